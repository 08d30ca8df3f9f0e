import Foundation
import TestSupport
import Testing

@Suite("Keys and names that are for ever")
struct KeyTests {
    private func run(_ home: Home, _ arguments: String...) async throws -> Program.Output {
        try await Program.run(arguments, home: home)
    }

    @Test("The public half of every key can be had again")
    func again() async throws {
        let home = try Home()
        let log = home.folder.file("log")
        let made = try await run(home, "log", "init", log, "--origin", "logs.example/builds")
        #expect(made.status == 0, "\(made.err)")
        let witness = try await run(home, "witness", "init", "witness.example/w")
        let signer = try await run(
            home, "policy", "sign", "--key", home.folder.file("anna.key"), "--name", "anna.example/policy")
        for (line, file) in [
            (made.out, log + ".key"), (witness.out, home.folder.file("state/keys/witness")),
            (signer.out, home.folder.file("anna.key")),
        ] {
            let key = try #require(line.split(whereSeparator: \.isWhitespace).first { $0.contains("+") })
            let shown = try await run(home, "key", "show", file)
            #expect(shown.status == 0 && shown.out == key + "\n", "\(shown.err)")
            try home.folder.write("public", shown.out)
            #expect(try await run(home, "key", "show", home.folder.file("public")).out == shown.out)
        }
        #expect(try await run(home, "key", "show", home.folder.file("state/keys/mirror")).status == 0)
        #expect(try await run(home, "log", "init", log, "--origin", "logs.example/builds").out == made.out)
        #expect(try await run(home, "witness", "init", "witness.example/w").out == witness.out)
        #expect(try await run(home, "policy", "sign", "--key", home.folder.file("anna.key")).out == signer.out)
        // A changed secret is none, and no secret is shown.
        let secret = try home.folder.text("anna.key")
        try home.folder.write("broken", secret.replacing("anna", with: "alma"))
        let broken = try await run(home, "key", "show", home.folder.file("broken"))
        #expect(broken.status == 65 && broken.out == "")
        #expect(!broken.err.contains(secret.suffix(20)))
    }

    @Test("A log whose key is another's is not told to be this one")
    func foreignKey() async throws {
        let home = try Home()
        let log = home.folder.file("log")
        #expect(try await run(home, "log", "init", log, "--origin", "logs.example/x").status == 0)
        #expect(try await run(home, "log", "init", home.folder.file("b"), "--origin", "logs.example/x").status == 0)
        let words = ["log", "init", log, "--origin", "logs.example/x", "--key"]
        let swapped = try await Program.run(words + [home.folder.file("b.key")], home: home)
        #expect(swapped.status != 0 && swapped.out == "")
        // Nor is a key made for a log that is there.
        let missing = try await Program.run(words + [home.folder.file("none.key")], home: home)
        #expect(missing.status == 66 && !home.folder.names.contains("none.key"))
    }

    @Test(
        "A name that is no address is refused before a key is made",
        arguments: [
            "https://logs.example/x", "http://x", "://", "", "/x", "logs.example/", "logs.example//x", "a b", "a+b",
            "logs.example/x?y", "LOGS.example/x", "logs.example/ä", "user@logs.example",
        ])
    func badNames(name: String) async throws {
        let home = try Home()
        let log = try await run(home, "log", "init", home.folder.file("log"), "--origin", name)
        #expect(log.status == 64 && log.out == "", "\(log.err)")
        let witness = try await run(home, "witness", "init", name)
        #expect(witness.status == 64 && witness.out == "", "\(witness.err)")
        #expect(!home.folder.names.contains("log.key") && !home.folder.names.contains("state"))
    }

    @Test(
        "A voter's name is one that a policy takes",
        arguments: [
            ("desk", true), ("desk.example-1", true), ("a b", false), ("none", false), ("all", false), ("", false),
            ("a\ncache", false), ("quorate-gateway-x", false),
        ])
    func voters(name: String, isTaken: Bool) async throws {
        let home = try Home()
        let output = try await run(home, "key", "builder", "--name", name)
        #expect(output.status == (isTaken ? 0 : 64), "\(output.err)")
        #expect(output.out.isEmpty != isTaken)
        guard isTaken else { return }
        try home.folder.write("policy", output.out)
        #expect(try await run(home, "policy", "check", home.folder.file("policy")).status == 0)
    }

    @Test("This machine's own log does not end by a word too few")
    func retire() async throws {
        let home = try Home()
        let founded = try await run(home, "builder", "init", "desk", "--url", "https://desk.example")
        #expect(founded.status == 0, "\(founded.err)")
        let refused = try await run(home, "log", "retire")
        #expect(refused.status == 64 && refused.err.contains("--yes"))
        let key = try await run(home, "log", "retire", "--key", home.folder.file("state/keys/log"))
        #expect(key.status == 64)
        let retired = try await run(home, "log", "retire", "--yes")
        #expect(retired.status == 0 && retired.out.contains("is retired"), "\(retired.err)")
    }
}
