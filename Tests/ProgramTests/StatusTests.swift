import Foundation
import StoreFormats
import TestSupport
import Testing
import TransparencyLog

/// Exit statuses and JSON of small commands, as their help and docs have them.
@Suite("Statuses of small commands")
struct StatusTests {
    private static let path = "/nix/store/00000000000000000000000000000000-x"

    @Test("A log that another process has is busy, and where it is served is said")
    func busyLog() async throws {
        let home = try Home()
        let log = home.folder.file("shared")
        let made = try await Program.run(["log", "init", log, "--origin", "shared.example/log"], home: home)
        #expect(made.status == 0, "\(made.err)")
        try home.folder.write("bundle", "")
        let arguments = ["log", "add", "--log", log, home.folder.file("bundle")]
        #expect(try await Program.run(arguments, home: home).status == 0)
        let signer = try NoteSigner(home.folder.text("shared.key"))
        let sequencer = try await Sequencer.open(LogDirectory(log), signer: signer)
        let busy = try await Program.run(arguments, home: home)
        await sequencer.close()
        #expect(busy.status == 75 && busy.errorLines.count == 1, "\(busy.err)")
        #expect(busy.err.contains("another process writes this log") && busy.err.contains("--to"), "\(busy.err)")
    }

    @Test(
        "log restore wants an address", arguments: [("foo", 64), ("ftp://x/y", 64), ("", 64), ("file:///no/such", 69)])
    func restore(address: String, status: Int32) async throws {
        let home = try Home()
        let log = home.folder.file("shared")
        // What is no address is told before the key is looked for.
        let early = try await Program.run(["log", "restore", "--log", log, address], home: home)
        #expect(early.status == (status == 64 ? 64 : 66), "\(early.err)")
        #expect(try await Program.run(["log", "init", log, "--origin", "a.example/log"], home: home).status == 0)
        let output = try await Program.run(["log", "restore", "--log", log, address], home: home)
        #expect(output.status == status && output.errorLines.count == 1, "\(output.err)")
        if status == 64 { #expect(output.err.contains("file:///FOLDER"), "\(output.err)") }
    }

    @Test("policy check prints JSON too, and knows a signed policy when it sees one")
    func policyCheck() async throws {
        let home = try Home(policy: CacheFixture.policyText(["https://a.example", "https://b.example"]))
        let output = try await Program.run(["policy", "check", "--json"], home: home)
        #expect(output.status == 0 && output.err.isEmpty, "\(output.err)")
        let json = try JSONSerialization.jsonObject(with: Data(output.out.utf8)) as? [String: Any]
        #expect(json?["version"] as? Int == 1)
        #expect((json?["policy"] as? String)?.hasPrefix("sha256:") == true)
        #expect((json?["quorums"] as? [String: String])?["nix"] == "all of a, b")
        #expect((json?["explanation"] as? [String])?.isEmpty == false)
        #expect(json?["warnings"] is [Any])
        for (text, status, words) in [
            ("policy x\n\n\u{2014} anna.example/policy+00000000+AAAA\n", Int32(78), "this is a signed policy"),
            ("policy x\n\u{2013} anna\n", 78, "starts no statement"),
        ] {
            try home.folder.write("bad", text)
            for more in [[], ["--json"]] {
                let bad = try await Program.run(["policy", "check", home.folder.file("bad")] + more, home: home)
                #expect(bad.status == status && bad.out.isEmpty && bad.err.contains(words), "\(bad.err)")
            }
        }
    }

    @Test("conflict list: 0 when none stands, 2 when one does, with the same JSON", arguments: [false, true])
    func conflicts(stands: Bool) async throws {
        let home = try Home(policy: "")
        if stands { try home.folder.write("state/conflicts", "2026-01-01T00:00:00Z \(Self.path) ab=a+b\n") }
        for more in [[], ["--json"]] {
            let output = try await Program.run(["conflict", "list"] + more, home: home)
            #expect(output.status == (stands ? 2 : 0), "\(output.err)")
            #expect(output.out.contains(Self.path) == stands)
            #expect(output.out.contains("\"version\" : 1") == !more.isEmpty)
        }
    }
}
