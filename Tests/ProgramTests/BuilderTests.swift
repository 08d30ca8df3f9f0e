import Foundation
import TestSupport
import Testing
import TransparencyLog

@Suite("quorate builder")
struct BuilderTests {
    /// A home with a builder.
    static func home(_ name: String, at url: String) async throws -> Home {
        let home = try Home()
        let output = try await Program.run(["builder", "init", name, "--url", url], home: home)
        #expect(output.status == 0, "\(output.err)")
        return home
    }

    private func run(_ home: Home, _ arguments: String...) async throws -> Program.Output {
        try await Program.run(["builder"] + arguments, home: home)
    }

    @Test("One command makes keys, log and card, and prints the lines to hand on")
    func initialises() async throws {
        let home = try Home()
        let none = try await run(home, "show")
        #expect(none.status == 66)
        #expect(none.err.contains("quorate builder init"))
        let made = try await run(home, "init", "alice", "--url", "https://alice.example")
        #expect(made.status == 0, "\(made.err)")
        for role in ["builder", "log", "witness", "mirror"] {
            let mode = try FileManager.default.attributesOfItem(atPath: home.folder.file("state/keys/\(role)"))
            #expect(mode[.posixPermissions] as? Int == 0o600, "\(role)")
            let text = try home.folder.text("state/keys/\(role)")
            #expect(!made.out.contains(text.dropLast().suffix(40)) && !made.err.contains(text.dropLast().suffix(40)))
        }
        let lines = made.out.split(separator: "\n").filter {
            ["builder alice ", "log alice.example/log+", "witness alice-witness "].contains(where: $0.hasPrefix)
        }
        #expect(lines.count == 3)
        // The lines are a policy's.
        try home.folder.write("config/policy", lines.joined(separator: "\n") + "\nquorum nix alice\nquorum none\n")
        #expect(try await Program.run(["policy", "check"], home: home).status == 0)
        #expect(try await LogReading(home).origin == "alice.example/log")

        let keys = try home.folder.text("state/keys/log")
        let again = try await run(home, "init", "alice", "--url", "https://alice.example/")
        #expect(again.status == 0)
        #expect(again.out == made.out)
        #expect(try home.folder.text("state/keys/log") == keys)
        #expect(try await run(home, "init", "bob", "--url", "https://alice.example").status == 65)
        #expect(try await run(home, "init", "alice", "--url", "https://other.example").status == 65)
        #expect(try await run(home, "init", "a b", "--url", "https://alice.example").status == 64)
        #expect(try await run(home, "init", "alice", "--url", "alice.example").status == 64)
    }

    @Test("What was begun is finished, and foreign keys and logs are not touched")
    func resumes() async throws {
        let home = try Home()
        // Killed after two keys.
        #expect(try await run(home, "init", "alice", "--url", "https://alice.example").status == 0)
        let log = try home.folder.text("state/keys/log")
        for name in ["card", "keys/mirror"] {
            try FileManager.default.removeItem(atPath: home.folder.file("state/" + name))
        }
        #expect(try await run(home, "init", "alice", "--url", "https://alice.example").status == 0)
        #expect(try home.folder.text("state/keys/log") == log)
        // Somebody else's keys.
        try FileManager.default.removeItem(atPath: home.folder.file("state/card"))
        let other = try await run(home, "init", "alice", "--url", "https://other.example")
        #expect(other.status == 65)
        #expect(other.err.contains("alice.example/log"), "\(other.err)")
        // A key that others may read.
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o644], ofItemAtPath: home.folder.file("state/keys/witness"))
        let open = try await run(home, "init", "alice", "--url", "https://alice.example")
        #expect(open.status == 65)
        #expect(open.err.contains("chmod 600"), "\(open.err)")
    }

    @Test("A lost log key is told, and does not go unnoticed")
    func lostKey() async throws {
        let home = try await Self.home("alice", at: "https://alice.example")
        let path = try await StoreTests.store("add", "--flat", "--hash-algo", "md5", try written(home), home: home)
        try FileManager.default.removeItem(atPath: home.folder.file("state/keys/log"))
        let output = try await Program.run(["attest", "--public", "some-*", path], home: home)
        #expect(output.status == 66, "\(output.err)")
        try home.folder.write("state/keys/log", "PRIVATE+KEY+alice.example/log+00000000+AAAA\n")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o600], ofItemAtPath: home.folder.file("state/keys/log"))
        let damaged = try await Program.run(["attest", "--public", "some-*", path], home: home)
        #expect(damaged.status == 65)
        #expect(!damaged.err.contains("AAAA"), "\(damaged.err)")
    }

    private func written(_ home: Home) throws -> String {
        try home.folder.write("some-file", "text")
        return home.folder.file("some-file")
    }

    @Test("Two builders exchange cards, by file and over HTTP")
    func joins() async throws {
        let alice = try await Self.home("alice", at: "https://alice.example")
        let cache = FakeCache()
        try await Upstream.run(cache.serve) { upstream in
            let bob = try await Self.home("bob", at: "http://127.0.0.1:\(upstream.port)")
            let card = try await run(bob, "show", "--card").out
            cache.set("/builder", Array(card.utf8))
            let address = "http://127.0.0.1:\(upstream.port)"

            let wrong = try await run(alice, "join", address, "--key", String(repeating: "0", count: 64))
            #expect(wrong.status == 65)
            #expect(try await run(alice, "join", address, "--key", "00").status == 64)
            #expect(try await run(alice, "show", "bob").status == 66)
            let joined = try await run(alice, "join", address)
            #expect(joined.status == 0, "\(joined.err)")
            #expect(joined.err.contains("Compare the fingerprint"))
            #expect(joined.out.contains("builder bob "))
            #expect(try await run(alice, "show", "bob", "--card").out == card)
            let fingerprint = joined.out.split(separator: "\n").first { $0.hasPrefix("fingerprint") }?.dropFirst(11)
            let pinned = try await run(alice, "join", address, "--key", String(try #require(fingerprint)))
            #expect(pinned.status == 0, "\(pinned.err)")
            #expect(!pinned.err.contains("Compare"))

            // The other way by a file, under a name of one's own.
            try bob.folder.write("alice.card", try await run(alice, "show", "--card").out)
            let named = try await run(bob, "join", bob.folder.file("alice.card"), "--as", "al")
            #expect(named.status == 0, "\(named.err)")
            #expect(named.out.contains("witness al-witness alice.example/witness+"))
            #expect(try await run(bob, "show").out.contains("al    https://alice.example"))

            #expect(try await run(alice, "join", alice.folder.file("state/card")).status == 65)
            #expect(try await run(alice, "leave", "bob").status == 0)
            #expect(try await run(alice, "leave", "bob").status == 66)
            // A card is believed only where it says that it belongs.
            cache.set("/builder", Array(try await run(alice, "show", "--card").out.utf8))
            #expect(try await run(bob, "join", address).status == 65)
            cache.set("/builder", [UInt8](repeating: 0x61, count: 1 << 20))
            #expect(try await run(alice, "join", address).status == 65)
            cache.set("/builder", .answer(UpstreamAnswer(404)))
            #expect(try await run(alice, "join", address).status == 69)
        }
    }
}
