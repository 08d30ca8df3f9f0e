import Foundation
import Glibc
import StoreFormats
import TestSupport
import Testing

@Suite("quorate store")
struct StoreTests {
    /// A home with a tree to add.
    static func home() throws -> Home {
        let home = try Home()
        try home.folder.write("tree/sub/program", "#!/bin/sh\n")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: home.folder.file("tree/sub/program"))
        try FileManager.default.createSymbolicLink(
            atPath: home.folder.file("tree/link"), withDestinationPath: "sub/program")
        try home.folder.write("file", "hello\n")
        return home
    }

    /// Runs `quorate store`, which has to succeed, and returns what it prints without the last line's end.
    static func store(_ arguments: String..., home: Home) async throws -> String {
        let output = try await Program.run(["store"] + arguments, home: home)
        #expect(output.status == 0, "\(arguments): \(output.err)")
        return output.out.hasSuffix("\n") ? String(output.out.dropLast()) : output.out
    }

    @Test("Paths are those that Nix computes")
    func adds() async throws {
        let home = try Self.home()
        let file = home.folder.file("file")
        // By `nix-store --add` and `--add-fixed` of Nix 2.8.
        let expected: [([String], String)] = [
            ([], "/nix/store/xp0dpr9yz5h0fk5c5lpj7zzqjbdh3w8c-f"),
            (["--flat", "--hash-algo", "sha512"], "/nix/store/73j0b3a4s7j9abkll8kb61zam2n0cmmn-f"),
        ]
        for (options, path) in expected {
            let output = try await Program.run(["store", "add", "--name", "f"] + options + [file], home: home)
            #expect(output.out == path + "\n", "\(output.err)")
        }
        let weak = try await Self.store("add", "--flat", "--hash-algo", "md5", "--name", "g", file, home: home)
        #expect(weak == "/nix/store/cc0gqhic9l7r5chnmbpn80g51gh6fx7z-g")
    }

    @Test(
        "A store that is named and not there is a slip, and none is made",
        arguments: [
            ["store", "list"], ["store", "du"], ["store", "verify"], ["store", "gc"], ["store", "root", "list"],
            ["store", "publish", "--to", "c", "--all"], ["store", "root", "remove", "x"],
        ])
    func noStoreThere(_ words: [String]) async throws {
        let home = try Home()
        let typo = home.folder.file("typo")
        let output = try await Program.run(words + ["--store", typo], home: home)
        #expect(output.status == 66 && output.errorLines.count == 1, "\(output.err)")
        #expect(!home.folder.names.contains("typo"))
        // Without the option there is one to begin with.
        if words.last == "list" { #expect(try await Program.run(words, home: home).status == 0) }
    }

    @Test("With both stores in use, all of one is published, and what is left out is told")
    func publishesAllOfOneStore() async throws {
        let home = try Self.home()
        let file = home.folder.file("file")
        let nix = try await Self.store("add", file, home: home)
        let gnu = try await Self.store("add", "--gnu", file, home: home)
        for (options, path) in [([], nix), (["--gnu"], gnu), (["--guix"], gnu)] {
            let words = ["store", "publish", "--json", "--all", "--to", home.folder.file("c\(options.joined())")]
            let output = try await Program.run(words + options, home: home)
            #expect(output.status == 0, "\(output.err)")
            #expect(output.out.contains("\"\(path)\""))
            #expect(output.err.contains("1 path of the other store left out"))
        }
        #expect(try await Program.run(["store", "delete", nix], home: home).status == 0)
        let none = try await Program.run(["store", "publish", "--all", "--to", home.folder.file("d")], home: home)
        #expect(none.status == 64 && none.err.contains("--gnu"))
    }

    @Test("What cannot be read is left out of the sum, and said", .enabled(if: geteuid() != 0, "root reads everything"))
    func diskUsageOfWhatCannotBeRead() async throws {
        let home = try Self.home()
        let tree = try await Self.store("add", home.folder.file("tree"), home: home)
        let file = try await Self.store("add", home.folder.file("file"), home: home)
        #expect(chmod(home.folder.file("store" + tree + "/sub"), 0) == 0)
        let output = try await Program.run(["store", "du"], home: home)
        #expect(output.status == 1 && output.errorLines.count == 1, "\(output.err)")
        #expect(output.out.contains(file) && !output.out.contains(tree))
        #expect(chmod(home.folder.file("store" + tree + "/sub"), 0o755) == 0)
    }

    @Test("Commands that make the store at the same time wait for each other", arguments: 0..<3)
    func isMadeByFourAtATime(_ round: Int) async throws {
        let home = try Self.home()
        let paths = try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<4 {
                group.addTask {
                    try await Self.store("add", "--name", "f\(number)", home.folder.file("file"), home: home)
                }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(paths.count == 4)
        let listed = try await Self.store("list", "--paths", home: home).split(separator: "\n").map(String.init)
        #expect(Set(listed) == paths)
    }

    @Test func whatIsAddedIsListedVerifiedAndCollected() async throws {
        let home = try Self.home()
        let path = try await Self.store("add", home.folder.file("tree"), home: home)
        #expect(try await Self.store("list", "--paths", home: home) == path)
        #expect(try await Self.store("verify", home: home) == "1 of 1 paths are as recorded")
        #expect(try await Self.store("du", "--json", home: home).contains(path))
        let link = home.folder.file("result")
        #expect(try await Self.store("root", "add", "--link", link, path, home: home) == link)
        #expect(try await Self.store("show", link, home: home).hasPrefix(path))
        #expect(try await Self.store("gc", home: home).hasPrefix("0 paths"))
        try FileManager.default.removeItem(atPath: link)
        #expect(try await Self.store("gc", "--dry-run", home: home).hasPrefix(path))
        #expect(try await Self.store("gc", home: home).hasPrefix(path))
        #expect(try await Self.store("list", "--paths", home: home) == "")
    }

    @Test("A closure has what is referred to first")
    func closures() async throws {
        let home = try Self.home()
        let derivation = try HandMade.derivation("a")
        let needed = try HandMade.derivation("b", inputs: [derivation])
        var document = try DerivationJSON.serialize(
            [derivation, needed].map { DerivationJSON.Entry(path: try $0.storePath(), derivation: $0) }, as: .nix28)
        document.append(UInt8(ascii: "\n"))
        try Data(document).write(to: URL(filePath: home.folder.file("both.json")))
        let added = try await Program.run(["derivation", "add", home.folder.file("both.json")], home: home)
        #expect(added.status == 0, "\(added.err)")
        let closure = try await Self.store("closure", try needed.storePath().path, home: home)
        #expect(closure == "\(try derivation.storePath().path)\n\(try needed.storePath().path)")
        let none = try await Program.run(
            ["store", "closure", "/nix/store/00000000000000000000000000000000-x"], home: home)
        #expect(none.status == 66)
    }

    @Test("A changed file and a missing tree are told, with the status of a difference")
    func verifies() async throws {
        let home = try Self.home()
        let path = try await Self.store("add", "--name", "f", home.folder.file("file"), home: home)
        let other = try await Self.store("add", home.folder.file("tree"), home: home)
        let place = home.folder.file("store") + path
        chmod(place, 0o644)
        try Data("other\n".utf8).write(to: URL(fileURLWithPath: place))
        let moved = try await Program.run(
            shell: #"chmod -R u+w "$S" && rm -r "$S"; "$0" store verify"#, home: home,
            environment: ["S": home.folder.file("store") + other])
        #expect(moved.status == 2)
        #expect(moved.out.contains("changed  \(path): now sha256:"))
        #expect(moved.out.contains("missing  \(other)"))
        #expect(moved.out.hasSuffix("0 of 2 paths are as recorded\n"))
    }

    @Test func exportsAndImportsAgain() async throws {
        let home = try Self.home()
        let path = try await Self.store("add", home.folder.file("tree"), home: home)
        let output = try await Program.run(
            shell: #"cd "$QUORATE_HOME"; "$0" store export "$1" > e && "$0" store import --store "$PWD/s2" - < e"#,
            [path], home: home)
        #expect(output.status == 0, "\(output.err)")
        #expect(output.out == path + "\n")
        let second = home.folder.file("s2")
        #expect(
            try NarHasher.hash(path: second + path) == NarHasher.hash(path: home.folder.file("tree")))
        // What follows from its contents is known to do so, though exports do not say it.
        #expect(try await Self.store("show", "--store", second, path, home: home).contains("fixed:r:sha256:"))
        let nar = home.folder.file("tree.nar")
        _ = try await Self.store("export", "--nar", "-o", nar, path, home: home)
        #expect(
            try await Self.store("import", "--store", home.folder.file("s3"), "--name", "tree", nar, home: home) == path
        )
        let again = try await Program.run(["store", "export", "--nar", "-o", nar, path], home: home)
        #expect(again.status == 73)
    }

    @Test("Bad streams are refused in one line, and nothing is left of them", arguments: Stream.allCases)
    func refusesStreams(_ stream: Stream) async throws {
        let home = try Self.home()
        let path = try await Self.store("add", home.folder.file("tree"), home: home)
        _ = try await Self.store("export", "-o", home.folder.file("good"), path, home: home)
        _ = try await Self.store("export", "--nar", "-o", home.folder.file("nar"), path, home: home)
        try home.folder.write("bad", stream.bytes(export: home.folder.read("good"), nar: home.folder.read("nar")))
        let second = home.folder.file("s2")
        let output = try await Program.run(
            ["store", "import", "--store", second, home.folder.file("bad")] + stream.arguments, home: home)
        #expect(output.status == stream.status, "\(output.err)")
        #expect(output.errorLines.count == 1)
        #expect(try await Self.store("list", "--paths", "--store", second, home: home) == "")
        for folder in ["staging", "nix/store"] {
            let names = try FileManager.default.contentsOfDirectory(atPath: "\(second)/\(folder)")
            #expect(names.isEmpty, "\(folder)")
        }
    }

    /// Something that is no export and no NAR, or not all of one.
    enum Stream: CaseIterable {
        case empty, garbage, cutExport, cutNar, trailing, otherStore, nameless, forgedDerivation, badMagic

        var arguments: [String] {
            switch self {
            case .cutNar: ["--name", "tree"]
            case .otherStore: ["--gnu"]
            default: []
            }
        }

        var status: Int32 { self == .nameless ? 64 : 65 }

        func bytes(export: [UInt8], nar: [UInt8]) throws -> [UInt8] {
            switch self {
            case .empty: []
            case .garbage: Array("this is not an export".utf8)
            case .cutExport: Array(export.dropLast(9))
            case .cutNar: Array(nar.dropLast(1))
            case .trailing: export + [0]
            case .otherStore: export
            case .nameless: nar
            case .forgedDerivation:
                ExportWriter.objectStart + Nar.file(Array("Derive()".utf8))
                    + ExportWriter.objectEnd(
                        path: try StorePath(baseName: "00000000000000000000000000000000-x.drv", in: .nix),
                        references: [], deriver: nil)
                    + ExportWriter.end
            case .badMagic: export.map { $0 == UInt8(ascii: "X") ? UInt8(ascii: "Y") : $0 }
            }
        }
    }

    @Test(
        "What is not there has the status for it",
        arguments: [
            ["show", "/nix/store/00000000000000000000000000000000-x"],
            ["export", "-o", "x", "/nix/store/00000000000000000000000000000000-x"],
            ["delete", "/nix/store/00000000000000000000000000000000-x"],
            ["publish", "--to", "c", "/nix/store/00000000000000000000000000000000-x"],
            ["root", "remove", "none"], ["import", "no-such-file"], ["add", "no-such-file"],
        ])
    func missing(_ arguments: [String]) async throws {
        let home = try Self.home()
        let output = try await Program.run(
            shell: #"cd "$QUORATE_HOME" && exec "$0" store "$@""#, arguments, home: home)
        #expect(output.status == 66, "\(output.err)")
        #expect(output.errorLines.count == 1)
        #expect(!home.folder.names.contains("x"))
    }

    @Test func devicesAndPipesAreNotTaken() async throws {
        let home = try Self.home()
        mkfifo(home.folder.file("tree/pipe"), 0o600)
        let output = try await Program.run(["store", "add", home.folder.file("tree")], home: home)
        #expect(output.status == 65)
        #expect(output.errorLines.count == 1)
        #expect(try await Self.store("list", "--paths", home: home) == "")
    }

    @Test("A live cache answers what it has and nothing else")
    func serves() async throws {
        let home = try Self.home()
        let shown = try await Self.store("add", home.folder.file("tree"), home: home)
        let hidden = try await Self.store("add", "--name", "f", home.folder.file("file"), home: home)
        let server = try await CacheProcess(home, [shown])
        defer { server.process.signal(SIGKILL) }
        let hash = String(shown.dropFirst(11).prefix(32))
        let narInfo = try NarInfo(
            parsing: try await server.get("/\(hash).narinfo").body, accepting: .seenInCaches)
        #expect(narInfo.storePath.path == shown)
        for suffix in ["", ".zst", ".xz"] {
            let reply = try await server.get("/\(narInfo.url)\(suffix)")
            #expect(reply.status == 200)
            #expect(suffix != "" || reply.body.count == Int(narInfo.narSize))
        }
        #expect(try await server.get("/nix-cache-info").text.hasPrefix("StoreDir: /nix/store\n"))
        #expect(try await server.get("/\(hash).ls").text.hasPrefix("{\"version\":1"))
        #expect(try await server.get("/\(hash).narinfo", method: "HEAD").body.isEmpty)
        #expect(try await server.get("/\(hash).narinfo", method: "POST").status == 405)
        let others = [
            "/\(hidden.dropFirst(11).prefix(32)).narinfo", "/", "/..", "/nar/../db.sqlite", "/nar/\(hash)-x.nar",
            "/\(hash)", "/%2e%2e/db.sqlite", "/log/\(hash)-x.drv", "/nar/", "/.narinfo", "/store/db.sqlite",
        ]
        for path in others { #expect(try await server.get(path).status == 404, "\(path)") }
        #expect(try await server.stop() == 0)
    }
}

/// `quorate store serve`, running.
final class CacheProcess: Sendable {
    let port: Int
    let process: RunningProcess

    init(_ home: Home, _ arguments: [String]) async throws {
        let folder = try TemporaryFolder()
        await Slots.gateways.acquire()
        process = try RunningProcess(
            [Program.path, "store", "serve", "--listen", "127.0.0.1:0"] + arguments, environment: home.environment,
            folder: folder, slots: .gateways)
        let process = process
        var found: Int?
        _ = await eventually(within: .seconds(30)) {
            found = process.out.split(separator: "\n").first?.split(separator: ":").last.flatMap { Int($0) }
            return found != nil || kill(process.pid, 0) != 0
        }
        guard let found else {
            process.signal(SIGKILL)
            throw TestFailure("the cache does not listen: \(process.out)\(process.err)")
        }
        port = found
    }

    func get(_ path: String, method: String = "GET") async throws -> HTTPReply {
        let port = port
        return try await offPool { try HTTPReply(port, path, method: method, time: 15) }
    }

    /// - Returns: The exit status.
    func stop() async throws -> Int32 {
        process.signal(SIGTERM)
        return await process.wait(.seconds(20)) ?? -1
    }
}
