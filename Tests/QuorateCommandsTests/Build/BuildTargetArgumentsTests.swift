import Building
import StoreFormats
import TestSupport
import Testing

@testable import QuorateCommands

@Suite("What can be named to be built")
struct BuildTargetArgumentsTests {
    static let derivation = "/nix/store/0c5ksl9qdnq1z7ab0v4rmvllqkmlb2n5-hello-1.0.drv"
    static let path = "/nix/store/0c5ksl9qdnq1z7ab0v4rmvllqkmlb2n5-hello-1.0"

    @Test func understands() throws {
        let drv = try StorePath(Self.derivation)
        let path = try StorePath(Self.path)
        let cases: [(String, BuildTarget)] = [
            (Self.derivation, .derivation(drv, .all)),
            (Self.derivation + "^*", .derivation(drv, .all)),
            (Self.derivation + "^out", .derivation(drv, .named(["out"]))),
            (Self.derivation + "^out,dev", .derivation(drv, .named(["out", "dev"]))),
            (Self.path, .path(path)),
            (Self.path + "/bin/hello", .path(path)),
        ]
        for (text, target) in cases {
            #expect(try BuildTargetArguments([text], folders: []).targets == [target], "\(text)")
        }
    }

    @Test(arguments: [
        path + "^out", derivation + "^", derivation + "^out,,dev", derivation + "^o/t", "/nix/store/short-hello",
        "no-such-file.drv", "hello",
    ])
    func refuses(text: String) {
        #expect(throws: (any Error).self) { try BuildTargetArguments([text], folders: []) }
    }

    @Test func readsFiles() throws {
        let folder = try TemporaryFolder()
        let derivation = try HandMade.derivation("thing")
        let path = try derivation.storePath()
        try folder.write("thing.drv", String(decoding: derivation.serialized(), as: UTF8.self))
        let arguments = try BuildTargetArguments([folder.file("thing.drv^out"), Self.path], folders: [])
        #expect(arguments.targets == [.derivation(path, .named(["out"])), .path(try StorePath(Self.path))])
    }
}
