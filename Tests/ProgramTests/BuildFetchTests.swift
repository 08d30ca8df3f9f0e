import Compression
import Foundation
import Glibc
import StoreFormats
import TestSupport
import Testing

/// Fixed outputs, whose files come from a server, and the features that derivations ask for.
@Suite(
    "quorate build of fixed outputs",
    .enabled(if: BuildGround.obstacle == nil, "no builds here: \(BuildGround.obstacle ?? "")"))
struct BuildFetchTests {
    private let ground: BuildGround

    init() throws { ground = try BuildGround() }

    private static func address(
        _ bytes: [UInt8], _ method: ContentAddress.Method = .flat, _ algorithm: HashAlgorithm = .sha256
    ) throws -> ContentAddress {
        try ContentAddress(method: method, hash: ContentHash(of: bytes, algorithm: algorithm))
    }

    private func text(_ derivation: Derivation, _ file: String = "") throws -> String {
        try String(
            contentsOfFile: ground.home.folder.file("store" + derivation.outputs[0].path.path + file), encoding: .utf8)
    }

    @Test("builtin:fetchurl takes what has the right hash, and says what another has")
    func fetchurl() async throws {
        let tree = Nar.folder([("file", "in a tree")])
        let cache = FakeCache()
        cache.set("/good", Array("text".utf8))
        cache.set("/bad", Array("other".utf8))
        cache.set("/tree.nar.xz", try compressed(tree, .xz))
        cache.set("/cut", .raw(Array("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\ntext".utf8)))
        try await serving([cache]) { addresses in
            func fetch(
                _ file: String, _ made: ContentAddress, _ environment: [(String, String)] = []
            ) throws -> Derivation {
                try HandMade.derivation(
                    "fetched", system: "builtin", environment: [("url", "\(addresses[0])\(file)")] + environment,
                    fixed: made, builder: "builtin:fetchurl")
            }
            let text = Array("text".utf8)
            for algorithm in [HashAlgorithm.md5, .sha1, .sha256, .sha512] {
                let good = try fetch("good", Self.address(text, .flat, algorithm))
                let output = try await ground.run(["build", try ground.write(good)])
                #expect(output.status == 0, "\(output.err)")
                #expect(try self.text(good) == "text")
            }
            let program = try fetch(
                "good", Self.address(Nar.file(text, executable: true), .recursive), [("executable", "1")])
            #expect(try await ground.run(["build", try ground.write(program)]).status == 0)
            #expect(access(ground.home.folder.file("store" + program.outputs[0].path.path), X_OK) == 0)
            let unpacked = try fetch("tree.nar.xz", Self.address(tree, .recursive), [("unpack", "1")])
            #expect(try await ground.run(["build", try ground.write(unpacked)]).status == 0)
            #expect(try self.text(unpacked, "/file") == "in a tree")

            let made = try Self.address(Array("never".utf8))
            for (file, words) in [
                ("bad", "hash mismatch in fixed-output derivation"), ("gone", "404"),
                ("cut", "could not be downloaded"),
            ] {
                let failing = try fetch(file, made)
                let output = try await ground.run(["build", try ground.write(failing)])
                #expect(output.status == 1, "\(file)")
                #expect(output.err.contains(words), "\(file): \(output.err)")
                #expect(output.out == "")
            }
            let got = ContentHash(of: Array("other".utf8), algorithm: .sha256).spelled(.sri)
            let bad = try await ground.run(["build", try ground.write(fetch("bad", made))])
            #expect(bad.err.contains("got:       \(got)"), "\(bad.err)")
            #expect(try await ground.run(["store", "verify"]).status == 0)
        }
    }

    @Test("builtin:download goes from mirror to mirror until the bytes are right")
    func mirrors() async throws {
        let (lying, honest) = (FakeCache(), FakeCache())
        lying.set("/x.tar", Array("lie".utf8))
        honest.set("/x.tar", Array("text".utf8))
        try await serving([lying, honest, FakeCache()]) { addresses in
            let list = "((gnu \"\(addresses[2])\" \"\(addresses[0])\" \"\(addresses[1])\"))"
            try ground.home.folder.write("mirrors", list)
            let added = try await ground.run(
                ["store", "add", "--gnu", "--name", "mirrors", ground.home.folder.file("mirrors")])
            let mirrors = try StorePath(added.out.trimmingCharacters(in: .newlines), in: .gnu)
            let derivation = try HandMade.derivation(
                "x.tar", system: "builtin",
                environment: [("url", #"("mirror://gnu/x.tar")"#), ("mirrors", mirrors.path)],
                fixed: Self.address(Array("text".utf8)), builder: "builtin:download", sources: [mirrors], in: .gnu)
            let output = try await ground.run(["build", try ground.write(derivation)])
            #expect(output.status == 0, "\(output.err)")
            #expect(try text(derivation) == "text")
            let log = try await ground.run(["log", "show", try derivation.storePath().path])
            #expect(log.out.contains("404") && log.out.contains("instead of"), "\(log.out)")
            #expect(lying.count("/x.tar") == 1 && honest.count("/x.tar") == 1)
        }
    }

    @Test("Variables of the caller reach fixed outputs that ask for them, and nobody else")
    func impureVariables() async throws {
        let asks = [("impureEnvVars", "QUORATE_TEST_WORD other")]
        let script = "echo \"$QUORATE_TEST_WORD\" > $out"
        let fixed = try HandMade.derivation(
            "fixed", script: script, environment: asks, fixed: Self.address(Array("word\n".utf8)))
        let silent = try HandMade.derivation(
            "silent", script: script, fixed: Self.address(Array("\n".utf8)))
        let normal = try HandMade.derivation("normal", script: script, environment: asks)
        let without = try await ground.run(["build", try ground.write(fixed)])
        #expect(without.status == 1)
        #expect(without.err.contains("hash mismatch"), "\(without.err)")
        let files = try [fixed, silent, normal].map { try ground.write($0) }
        let output = try await Program.run(
            ["build"] + files, home: ground.home, environment: ["QUORATE_TEST_WORD": "word"])
        #expect(output.status == 0, "\(output.err)")
        #expect(try text(normal) == "\n")
    }

    @Test("A feature that this machine lacks is named, and can be given")
    func features() async throws {
        let quantum = try HandMade.derivation(
            "quantum", environment: [("requiredSystemFeatures", "big-parallel quantum")])
        let file = try ground.write(quantum)
        let without = try await ground.run(["build", file])
        #expect(without.status == 1)
        #expect(without.err.contains("quantum"), "\(without.err)")
        #expect(try await ground.run(["build", "--system-feature", "quantum", file]).status == 0)
        let foreign = try HandMade.derivation("foreign", system: "riscv64-linux")
        let output = try await ground.run(["build", try ground.write(foreign)])
        #expect(output.status == 1)
        #expect(output.err.contains("riscv64-linux"), "\(output.err)")
    }

    @Test(
        "Builtins that are not known are named, before anything is built too",
        arguments: ["builtin:buildenv", "builtin:git-download"])
    func unknownBuiltin(builder: String) async throws {
        let derivation = try HandMade.derivation("profile", system: "builtin", builder: builder)
        let file = try ground.write(derivation)
        let output = try await ground.run(["build", file])
        #expect(output.status == 1)
        #expect(output.err.contains(builder), "\(output.err)")
        let forecast = try await ground.run(["build", "--dry-run", file])
        #expect(forecast.status == 1)
        #expect(forecast.out.contains("1 cannot be built here:"), "\(forecast.out)")
        #expect(forecast.out.contains("the builder \(builder) is not known here"), "\(forecast.out)")
        #expect(!forecast.out.contains("to be built:"))
        let json = try await ground.run(["build", "--dry-run", "--json", file])
        #expect(json.out.filter { !$0.isWhitespace }.contains(#""complete":false"#), "\(json.out)")
        #expect(json.out.contains("the builder \(builder) is not known here"))
    }

    @Test("What this machine does not build is said before anything is built")
    func foreignForecast() async throws {
        let foreign = try HandMade.derivation("foreign", system: "riscv64-linux")
        let forecast = try await ground.run(["build", "--dry-run", try ground.write(foreign)])
        #expect(forecast.status == 1)
        #expect(forecast.out.contains("riscv64-linux"), "\(forecast.out)")
        let own = try HandMade.derivation("own")
        let good = try await ground.run(["build", "--dry-run", try ground.write(own)])
        #expect(good.status == 0)
        #expect(good.out.contains("1 to be built:"), "\(good.out)")
    }
}
