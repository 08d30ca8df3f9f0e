import Compression
import Foundation
import Glibc
import GuixFormats
import StoreFormats
import TestSupport
import Testing

/// `quorate store serve --guix`.
@Suite("quorate store serve --guix")
struct GuixServeTests {
    /// A store with a tree and a file of /gnu/store, and a key.
    struct Scene {
        let home: Home
        let key: GuixSecretKey
        let tree: String
        let file: String

        init() async throws {
            home = try StoreTests.home()
            key = try GuixSecretKey.generate()
            try home.folder.write("key", String(decoding: key.fileContents(), as: UTF8.self))
            chmod(home.folder.file("key"), 0o600)
            tree = try await StoreTests.store("add", "--gnu", home.folder.file("tree"), home: home)
            file = try await StoreTests.store(
                "add", "--gnu", "--flat", "--name", "f", home.folder.file("file"), home: home)
        }

        func serve(_ arguments: [String] = []) async throws -> CacheProcess {
            try await CacheProcess(home, ["--guix", "--key", home.folder.file("key")] + arguments)
        }

        static func hash(_ path: String) -> String { String(path.dropFirst("/gnu/store/".count).prefix(32)) }
    }

    @Test(
        "Narinfos are signed, and each address has the NAR",
        arguments: [([], ["zstd", "gzip"]), (["xz", "none", "bzip2"], ["xz", "none", "bzip2"])])
    func serves(_ compressions: [String], _ expected: [String]) async throws {
        let scene = try await Scene()
        let server = try await scene.serve(compressions.flatMap { ["--compression", $0] })
        defer { server.process.signal(SIGKILL) }
        let reply = try await server.get("/\(Scene.hash(scene.tree)).narinfo")
        #expect(reply.headers["cache-control"] == "max-age=3600")
        #expect(reply.headers["content-length"] == String(reply.body.count))
        let narInfo = try GuixNarInfo(parsing: reply.body)
        #expect(narInfo.storePath.path == scene.tree)
        #expect(narInfo.isSigned(by: scene.key.publicKey))
        #expect(narInfo.downloads.map(\.compression.rawValue) == expected)
        for download in narInfo.downloads {
            let nar = try await server.get("/\(download.url)")
            #expect(download.fileSize == nil || download.fileSize == UInt64(nar.body.count))
            let format = try #require(CompressionFormat(rawValue: download.compression.rawValue))
            let decompressor = try Decompressor(format, limits: DecompressionLimits(outputBytes: 1 << 20))
            var hasher = NarHasher()
            try decompressor.push(Self.body(nar)) { hasher.update($0) }
            try decompressor.finish { hasher.update($0) }
            #expect(hasher.digest() == NarDigest(hash: narInfo.narHash, size: narInfo.narSize))
        }
        #expect(try await server.get("/signing-key.pub").body == scene.key.publicKey.fileContents)
        #expect(try await server.get("/nix-cache-info").text.hasPrefix("StoreDir: /gnu/store\n"))
        let hash = ContentHash(of: try scene.home.folder.read("file"), algorithm: .sha256)
        let digits = hash.spelled(.nix32).split(separator: ":").last ?? ""
        let file = try await server.get("/file/f/sha256/\(digits)")
        #expect(try file.body == scene.home.folder.read("file"))
        let others = [
            "/00000000000000000000000000000000.narinfo", "/file/g/sha256/\(digits)", "/file/../f/sha256/\(digits)",
            "/file/f/sha1/\(digits)", "/nar/\(Scene.hash(scene.tree))-x.nar", "/log/x", "/hashes/x.narinfo",
            "/.narinfo", "/hashes/\(Scene.hash(scene.tree)).narinfo",
        ]
        for path in others {
            let reply = try await server.get(path)
            #expect(reply.status == 404, "\(path)")
            #expect(reply.headers["cache-control"] == "max-age=60")
            #expect(reply.headers["content-length"] == String(reply.body.count))
            #expect(try await server.get(path, method: "HEAD").body == [])
        }
        #expect(try await server.stop() == 0)
    }

    /// Bodies whose length is not known come in pieces.
    private static func body(_ reply: HTTPReply) -> [UInt8] {
        guard reply.headers["transfer-encoding"] == "chunked" else { return reply.body }
        var (bytes, rest) = ([UInt8](), reply.body[...])
        while let end = rest.firstRange(of: [13, 10]),
            let size = Int(String(decoding: rest[..<end.lowerBound], as: UTF8.self), radix: 16), size > 0
        {
            bytes += rest[end.upperBound...].prefix(size)
            rest = rest[end.upperBound...].dropFirst(size + 2)
        }
        return bytes
    }

    @Test("Hashes alone stand apart; a client that looks for substitutes finds nothing")
    func hashOnly() async throws {
        let scene = try await Scene()
        let server = try await scene.serve(["--hash-only"])
        defer { server.process.signal(SIGKILL) }
        let hidden = try await server.get("/\(Scene.hash(scene.tree)).narinfo")
        #expect(hidden.status == 404)
        #expect(hidden.headers["cache-control"] == "max-age=3600")
        let narInfo = try GuixNarInfo(parsing: try await server.get("/hashes/\(Scene.hash(scene.tree)).narinfo").body)
        #expect(narInfo.isSigned(by: scene.key.publicKey))
        // Guix's client crashes over a narinfo without an address.
        let download = try #require(narInfo.downloads.first)
        for path in ["/hashes/\(download.url)", "/\(download.url)"] {
            #expect(try await server.get(path).status == 404)
        }
        #expect(server.process.out.contains("/hashes\n"))
        #expect(try await server.get("/hashes/nix-cache-info").status == 200)
    }

    @Test("A folder has the same for a web server, and what is there already stays", arguments: [false, true])
    func publishes(_ isHashOnly: Bool) async throws {
        let scene = try await Scene()
        let folder = scene.home.folder
        let arguments =
            ["store", "publish", "--guix", "--key", folder.file("key"), "--to", folder.file("cache"), "--all"]
            + (isHashOnly ? ["--hash-only"] : [])
        for said in ["2 paths published", "2 were there already"] {
            let result = try await Program.run(arguments, home: scene.home)
            #expect(result.status == 0 && result.out.contains(said), "\(result)")
            #expect(result.out.contains(scene.key.publicKey.hexadecimal))
        }
        let name = "\(Scene.hash(scene.tree)).narinfo"
        let isAtRoot = FileManager.default.fileExists(atPath: folder.file("cache/\(name)"))
        #expect(isAtRoot == !isHashOnly)
        let narInfo = try GuixNarInfo(parsing: folder.read(isHashOnly ? "cache/hashes/\(name)" : "cache/\(name)"))
        #expect(narInfo.storePath.path == scene.tree && narInfo.isSigned(by: scene.key.publicKey))
        let download = try #require(narInfo.downloads.first)
        #expect(FileManager.default.fileExists(atPath: folder.file("cache/\(download.url)")) == !isHashOnly)
        #expect(try folder.read("cache/signing-key.pub") == scene.key.publicKey.fileContents)
        guard !isHashOnly else { return }
        // A client without guile-zstd finds what it reads.
        #expect(narInfo.downloads.map(\.compression) == [.zstd, .gzip])
        for download in narInfo.downloads {
            let file = try folder.read("cache/\(download.url)")
            #expect(UInt64(file.count) == download.fileSize)
            let nar = try decompressed(file, download.compression == .zstd ? .zstd : .gzip)
            #expect(try NarHash(ContentHash(of: nar, algorithm: .sha256)) == narInfo.narHash)
        }
    }

    @Test("A folder gets the formats that are asked for, and keeps the files that it has")
    func formats() async throws {
        let scene = try await Scene()
        let folder = scene.home.folder
        let name = "cache/\(Scene.hash(scene.tree)).narinfo"
        func publish(_ formats: [String], _ said: String) async throws -> [GuixNarInfo.Download] {
            let result = try await Program.run(
                ["store", "publish", "--guix", "--key", folder.file("key"), "--to", folder.file("cache"), "--all"]
                    + formats.flatMap { ["--compression", $0] }, home: scene.home)
            #expect(result.status == 0 && result.out.contains(said), "\(result)")
            return try GuixNarInfo(parsing: folder.read(name)).downloads
        }
        let first = try await publish(["zstd"], "2 paths published")
        #expect(first.map(\.compression) == [.zstd])
        let both = try await publish([], "2 paths published")
        #expect(both.map(\.compression) == [.zstd, .gzip])
        #expect(both[0] == first[0])
        #expect(try await publish(["zstd", "gzip", "zstd"], "2 were there already") == both)
        // A file that somebody took away is made again.
        try FileManager.default.removeItem(atPath: folder.file("cache/\(both[1].url)"))
        #expect(try await publish([], "1 path published") == both)
        #expect(FileManager.default.fileExists(atPath: folder.file("cache/\(both[1].url)")))
        let twice = try await Program.run(
            ["store", "publish", "--to", folder.file("nix"), "--compression", "xz", "--compression", "zstd", "--all"],
            home: scene.home)
        #expect(twice.status == 64 && twice.err.contains("give it once"))
        let brotli = try await Program.run(
            ["store", "publish", "--guix", "--to", folder.file("x"), "--compression", "br", "--all"], home: scene.home)
        #expect(brotli.status == 64)
    }

    @Test(
        "A signature that stands in a folder stays, whoever publishes there next",
        arguments: [[], ["--key", "second"], ["--compression", "gzip"]])
    func keepsSignatures(_ more: [String]) async throws {
        let scene = try await Scene()
        let folder = scene.home.folder
        try folder.write("second", String(decoding: try GuixSecretKey.generate().fileContents(), as: UTF8.self))
        chmod(folder.file("second"), 0o600)
        let arguments = ["store", "publish", "--guix", "--to", folder.file("cache"), "--all"]
        #expect(try await Program.run(arguments + ["--key", folder.file("key")], home: scene.home).status == 0)
        let name = "cache/\(Scene.hash(scene.tree)).narinfo"
        let before = try GuixNarInfo(parsing: folder.read(name))
        let words = more.map { $0 == "second" ? folder.file("second") : $0 }
        let again = try await Program.run(arguments + words, home: scene.home)
        #expect(again.status == 0 && again.out.contains("2 were there already"), "\(again.out)\(again.err)")
        #expect(again.err.contains("signed by another key already") == words.contains("--key"), "\(again.err)")
        #expect(!again.err.contains("without any signature"), "\(again.err)")
        #expect(try GuixNarInfo(parsing: folder.read(name)) == before)
        // A NAR that is gone comes back below the signature that stands.
        let download = try #require(before.downloads.first)
        try FileManager.default.removeItem(atPath: folder.file("cache/\(download.url)"))
        #expect(try await Program.run(arguments + words, home: scene.home).status == 0)
        let after = try GuixNarInfo(parsing: folder.read(name))
        #expect(after.isSigned(by: scene.key.publicKey) && after.signature == before.signature)
        let url = try #require(after.downloads.first).url
        #expect(FileManager.default.fileExists(atPath: folder.file("cache/\(url)")))
    }

    @Test("A thousand requests on one connection have a thousand answers, in order")
    func pipelined() async throws {
        let scene = try await Scene()
        let server = try await scene.serve()
        defer { server.process.signal(SIGKILL) }
        let names = [Scene.hash(scene.tree), "00000000000000000000000000000000", Scene.hash(scene.file)]
        let requests = (0..<1000).map { "GET /\(names[$0 % 3]).narinfo HTTP/1.1\r\nHost: x\r\n\r\n" }.joined()
        let port = server.port
        let text = try await offPool {
            let connection = try TestConnection(port)
            try connection.send(requests)
            var text: [UInt8] = []
            while text.count(of: "HTTP/1.1 ") < 1000 || !text.hasSuffix("\n"), let part = try connection.read(15),
                !part.isEmpty
            { text += part }
            return String(decoding: text, as: UTF8.self)
        }
        let answers = text.components(separatedBy: "HTTP/1.1 ").dropFirst()
        #expect(answers.count == 1000)
        let inOrder = answers.enumerated().allSatisfy { index, answer in
            index % 3 == 1
                ? answer.hasPrefix("404")
                : answer.hasPrefix("200") && answer.contains("StorePath: /gnu/store/\(names[index % 3])-")
        }
        #expect(inOrder)
    }

    @Test(
        "What makes no sense is refused",
        arguments: [
            (["--hash-only", "--key", "key"], 64), (["--guix", "--hash-only"], 64),
            (["--guix", "--key", "key", "--compression", "br"], 64),
            (["--compression", "xz", "--compression", "zstd"], 64),
            (["--guix", "--key", "nix"], 65), (["--key", "key"], 65), (["--guix", "--key", "absent"], 66),
        ] as [([String], Int32)])
    func refuses(_ arguments: [String], _ status: Int32) async throws {
        let scene = try await Scene()
        _ = try await Program.run(
            ["key", "generate", "cache.example-1", "-o", scene.home.folder.file("nix")], home: scene.home)
        let output = try await Program.run(
            shell: #"cd "$QUORATE_HOME"; exec "$0" store serve --listen 127.0.0.1:0 "$@""#, arguments, home: scene.home)
        #expect(output.status == status, "\(output.err)")
    }

    @Test("A real client takes NARs, and builds where there are only hashes", .enabled(if: GuixClient.found != nil))
    func realClient() async throws {
        let guix = try #require(GuixClient.found)
        let scene = try await Scene()
        let made = try await guix.run(
            "guix build --no-substitutes $DRV > /dev/null 2>&1; guix archive --export -r $OUT | base64 -w 0; echo; echo $OUT"
        )
        let lines = made.text.split(separator: "\n")
        try #require(made.status == 0 && lines.count == 2, "\(made.text.suffix(2000))")
        try #require(Data(base64Encoded: String(lines[0]))).write(to: URL(fileURLWithPath: scene.home.folder.file("e")))
        let imported = try await Program.run(
            ["store", "import", "--gnu", scene.home.folder.file("e")], home: scene.home)
        #expect(imported.status == 0, "\(imported.err)")
        let key = String(decoding: scene.key.publicKey.fileContents, as: UTF8.self)
        let ask = """
            echo "$1" | guix archive --authorize
            guix build -v1 $DRV --substitute-urls="$2"; echo; test -f $OUT/dep; test -f $DEP/numbers
            """
        let cases: [(arguments: [String], prefix: String, builds: Bool)] = [
            (["--sign-all"], "", false), (["--sign-all", "--compression", "gzip"], "", false),
            // Signed by nobody, it is not believed.
            ([], "", true),
            (["--sign-all", "--hash-only"], "", true),
        ]
        for one in cases {
            let server = try await scene.serve(one.arguments)
            defer { server.process.signal(SIGKILL) }
            let output = try await guix.run(ask, [key, "http://127.0.0.1:\(server.port)\(one.prefix)"])
            #expect(output.status == 0, "\(one): \(output.text)")
            #expect(output.text.contains("building /gnu/store/") == one.builds, "\(one): \(output.text)")
        }
    }
}

extension [UInt8] {
    fileprivate func hasSuffix(_ text: String) -> Bool { suffix(text.utf8.count).elementsEqual(text.utf8) }

    fileprivate func count(of text: String) -> Int { ranges(of: Array(text.utf8)).count }
}
