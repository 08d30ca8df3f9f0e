import Foundation
import StoreFormats
import TestSupport
import Testing

@testable import QuorateCommands

@Suite("Where links lead")
struct LinkEndTests {
    private static let base = "00000000000000000000000000000000-hello-2.12"

    /// A folder with links in it, one with a store of ours and one that leads there by another name.
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("home/store/nix/store/\(Self.base)/bin/hello", "")
        try folder.write("home/store/nix/store/.links/x", "")
        try folder.write("plain", "")
        let inner = "home/store/nix/store/"
        for (name, target) in [
            ("result", folder.file(inner + Self.base)), ("relative", inner + Self.base), ("second", "result"),
            ("inside", inner + Self.base + "/bin/hello"), ("host", "/nix/store/\(Self.base)"),
            ("guix", "/gnu/store/\(Self.base)/bin"), ("gone", folder.file(inner + "1" + Self.base.dropFirst())),
            ("dangling", "nowhere/at/all"), ("round", "and-round"), ("and-round", "round"), ("file", "plain"),
            ("up", "home/../\(inner)\(Self.base)"), ("links", inner + ".links/x"), ("moved", "home"),
            ("bad", "/nix/store/no-hash"), ("by-folder", "moved/store/nix/store/\(Self.base)"),
            // A store path that is a link itself.
            ("linked", inner + "2" + Self.base.dropFirst()),
            (inner + "2" + Self.base.dropFirst(), "/nix/store/\(Self.base)"),
        ] {
            try FileManager.default.createSymbolicLink(atPath: folder.file(name), withDestinationPath: target)
        }
    }

    private var store: String { folder.file("home/store") }
    private func place(_ base: String) -> String { "\(store)/nix/store/\(base)" }

    private func follow(_ name: String, in store: String? = nil) throws -> LinkEnd {
        try LinkEnd(name.hasPrefix("/") ? name : folder.file(name), folder: store ?? self.store)
    }

    @Test(arguments: ["result", "relative", "second", "up", "by-folder", "home/store/nix/store/\(base)"])
    func ourOwnStore(_ name: String) throws {
        let path = try StorePath(baseName: Self.base, in: .nix)
        #expect(try follow(name) == .store(path, place: place(Self.base), isWhole: true))
        // The same where the store's folder is known by a name with a link in it.
        #expect(
            try follow(name, in: folder.file("moved/store"))
                == .store(path, place: place(Self.base), isWhole: true))
    }

    @Test func filesInside() throws {
        let path = try StorePath(baseName: Self.base, in: .nix)
        #expect(try follow("inside") == .store(path, place: place(Self.base), isWhole: false))
        #expect(try follow("result/bin/hello") == .store(path, place: place(Self.base), isWhole: false))
        let guix = try StorePath(baseName: Self.base, in: .gnu)
        #expect(try follow("guix") == .store(guix, place: "/gnu/store/\(Self.base)", isWhole: false))
    }

    @Test("What is not there any more is still named, in any store")
    func collected() throws {
        let gone = try StorePath(baseName: "1" + Self.base.dropFirst(), in: .nix)
        #expect(try follow("gone") == .store(gone, place: place(gone.baseName), isWhole: true))
        let host = try StorePath(baseName: Self.base, in: .nix)
        for name in ["host", "/nix/store/\(Self.base)", "/nix//store/./\(Self.base)/"] {
            #expect(try follow(name) == .store(host, place: "/nix/store/\(Self.base)", isWhole: true))
        }
    }

    @Test("A store path that is a link is what was meant, not where it leads")
    func linksInStores() throws {
        let path = try StorePath(baseName: "2" + Self.base.dropFirst(), in: .nix)
        #expect(try follow("linked") == .store(path, place: place(path.baseName), isWhole: true))
    }

    @Test func elsewhere() throws {
        let real = URL(fileURLWithPath: folder.path).resolvingSymlinksInPath().path
        #expect(try follow("file") == .elsewhere(real + "/plain"))
        #expect(try follow("links") == .elsewhere(real + "/home/store/nix/store/.links/x"))
        #expect(try follow("dangling") == .nothing(real + "/nowhere"))
        #expect(try follow("round") == .circle)
        guard case .nothing = try follow("bad") else {
            Issue.record("a name without a hash is no store path")
            return
        }
        // A store of ours that this program does not know of.
        let unknown = try LinkEnd(folder.file("result"))
        #expect(unknown == .elsewhere(real + "/home/store/nix/store/" + Self.base))
    }
}
