import StoreFormats
import Testing

@testable import QuorateCommands

@Suite struct WantedPathsTests {
    private static func path(_ name: String) throws -> StorePath {
        try StorePath(baseName: "00000000000000000000000000000000-\(name)", in: .nix)
    }

    @Test("What most others need comes first, counted through others and round circles")
    func ranking() throws {
        let paths = try ["libc", "lib", "app", "other", "lonely"].map(Self.path)
        let (libc, lib, app, other, lonely) = (paths[0], paths[1], paths[2], paths[3], paths[4])
        var wanted = WantedPaths()
        wanted.add(libc, references: [libc])
        wanted.add(lib, references: [libc, app])
        wanted.add(app, references: [lib, app])
        wanted.add(other, references: [libc])
        let ranking = wanted.ranking(of: [lonely, lib, libc], limit: 3)
        #expect(ranking.map(\.path) == [libc, lib, lonely])
        #expect(ranking.map(\.dependents) == [3, 1, 0])
        #expect(wanted.ranking(of: [lonely, lib, libc], limit: 1).map(\.path) == [libc])
        #expect(wanted.ranking(of: [], limit: 5).isEmpty)
    }
}
