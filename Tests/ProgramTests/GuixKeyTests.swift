import Foundation
import TestSupport
import Testing

@Suite("Keys and policies of Guix")
struct GuixKeyTests {
    private let home: Home
    private let desk: TemporaryFolder
    private static let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let fixtures = checkout.appendingPathComponent("Tests/Fixtures").path

    init() throws {
        home = try Home()
        desk = try TemporaryFolder()
    }

    @Test("a key is made, kept from others and shown as guix reads it")
    func generate() async throws {
        let secret = desk.file("signing-key.sec")
        let made = try await Program.run(["key", "generate", "--guix", "-o", secret], home: home)
        #expect(made.status == 0, "\(made.err)")
        #expect(made.out.hasPrefix("(public-key \n (ecc \n  (curve Ed25519)\n  (q #") && made.out.utf8.count == 118)
        let mode = try FileManager.default.attributesOfItem(atPath: secret)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(try desk.text("signing-key.sec").hasPrefix("(private-key \n (ecc \n  (curve Ed25519)\n"))
        try desk.write("signing-key.pub", made.out)
        for name in ["signing-key.sec", "signing-key.pub"] {
            let shown = try await Program.run(["key", "show", desk.file(name)], home: home)
            #expect(shown.status == 0 && shown.out == made.out)
        }
        let again = try await Program.run(["key", "generate", "--guix", "-o", secret], home: home)
        #expect(again.status == 73 && again.out.isEmpty)
        for words in [["--guix", "name"], []] {
            #expect(try await Program.run(["key", "generate"] + words, home: home).status == 64)
        }
    }

    @Test("an RSA key is shown", arguments: ["rsa2048", "rsa3072-41"])
    func showRSA(name: String) async throws {
        let shown = try await Program.run(["key", "show", "\(Self.fixtures)/guix/keys/\(name).sec"], home: home)
        #expect(shown.out == (try String(contentsOfFile: "\(Self.fixtures)/guix/keys/\(name).pub", encoding: .utf8)))
    }

    @Test("what is no key is refused without a word of it")
    func refuse() async throws {
        let text = try String(contentsOfFile: "\(Self.fixtures)/guix/keys/ecc.sec", encoding: .utf8)
        try desk.write("broken", text.replacing("(q #B4", with: "(q #B5"))
        let shown = try await Program.run(["key", "show", desk.file("broken")], home: home)
        #expect(shown.status == 65 && shown.out.isEmpty)
        #expect(!shown.err.contains("4486F156"))
    }

    @Test("the access list that Guix comes with")
    func accessList() async throws {
        let list = try await Program.run(
            ["policy", "from-guix-acl", "\(Self.fixtures)/client/guix/etc/guix/acl"], home: home)
        #expect(list.status == 0 && list.err.isEmpty)
        try desk.write("policy", list.out + "group farms 2 ci bordeaux\nquorum guix farms\n")
        let checked = try await Program.run(["policy", "check", desk.file("policy")], home: home)
        #expect(checked.status == 0 && checked.err.isEmpty)
        #expect(checked.out.contains("guix: 2 of these 2 parties"))
    }

    @Test("an access list of others")
    func otherList() async throws {
        let keys = try ["ecc", "rsa2048"].map {
            try String(contentsOfFile: "\(Self.fixtures)/guix/keys/\($0).pub", encoding: .utf8)
        }
        let list = "(acl \(keys.map { "(entry \($0) (tag (guix import)))" }.joined()))"
        let lines = try await Program.run(["policy", "from-guix-acl", "-"], home: home, input: list)
        #expect(lines.status == 0)
        #expect(lines.out.split(separator: "\n").allSatisfy { $0.hasPrefix("# cache key-") })
        #expect(lines.err.contains("key-b4952c97, key-cd53f264"))
        let words = ["policy", "from-guix-acl", "--url", "https://a.example", "-"]
        // One address cannot be that of two keys, nor of none.
        let farms = try String(contentsOfFile: "\(Self.fixtures)/client/guix/etc/guix/acl", encoding: .utf8)
        for refused in [list, farms] {
            let output = try await Program.run(words, home: home, input: refused)
            #expect(output.status == 64 && output.out.isEmpty)
            #expect(output.err.contains("--url:"))
        }
        let single = "(acl (entry \(keys[1]) (tag (guix import))))"
        let ready = try await Program.run(words, home: home, input: single)
        #expect(ready.status == 0 && ready.out.contains("https://a.example"))
        try desk.write("policy", ready.out)
        #expect(try await Program.run(["policy", "check", desk.file("policy")], home: home).status == 0)
        #expect(try await Program.run(words, home: home, input: "(acl").status == 65)
        #expect(try await Program.run(["policy", "from-guix-acl", "/nonexistent"], home: home).status == 66)
        #expect(
            try await Program.run(["policy", "from-guix-acl", "--url", "ftp://a", "-"], home: home, input: list).status
                == 64)
    }

    @Test("a policy names key files, beside it or anywhere")
    func keyFiles() async throws {
        let keys = "\(Self.fixtures)/guix/keys"
        try desk.write("keys/a.pub", Array(try Data(contentsOf: URL(fileURLWithPath: "\(keys)/ecc.pub"))))
        let policy = """
            cache a guix ./keys/a.pub https://a.example builds
            cache b guix \(keys)/rsa2048.pub https://b.example builds
            revoke key guix \(keys)/rsa3072-41.pub "old"
            group g 2 a b
            quorum guix g

            """
        try desk.write("policy", policy)
        let checked = try await Program.run(["policy", "check", desk.file("policy")], home: home)
        #expect(checked.status == 0, "\(checked.err)")
        #expect(checked.out.contains("guix: 2 of these 2 parties"))
        // The same key again, spelled out.
        let q = "B4952C9784EC27CE2B5673ED03D69788DB120A5790F1DD1DA46F1E371019B748"
        try desk.write("twice", policy + "cache c guix \(q) https://c.example\n")
        let twice = try await Program.run(["policy", "check", desk.file("twice")], home: home)
        #expect(twice.status == 78 && twice.err.contains("twice:6: the raw key of c is that of a on line 1"))
        try desk.write("missing", "\ncache a guix ./none.pub https://a.example\n")
        let missing = try await Program.run(["policy", "check", desk.file("missing")], home: home)
        #expect(missing.status == 78 && missing.err.contains("missing:2: ") && missing.err.contains("none.pub"))
    }

    @Test("a policy for others names no files")
    func distributed() async throws {
        let signer = try await Program.run(
            ["policy", "sign", "--key", desk.file("anna.key"), "--name", "anna.example/policy"], home: home)
        try desk.write(
            "policy",
            """
            version 1 expires 2099-01-01T00:00:00Z
            cache a guix \(Self.fixtures)/guix/keys/ecc.pub https://a.example
            \(signer.out)group board all anna
            signed-by board

            """)
        let checked = try await Program.run(["policy", "check", desk.file("policy")], home: home)
        #expect(checked.status == 78 && checked.err.contains("names no key files"))
        let signed = try await Program.run(
            ["policy", "sign", "--key", desk.file("anna.key"), desk.file("policy"), "-o", desk.file("signed")],
            home: home)
        #expect(signed.status != 0 && signed.err.contains("a policy file of one's own"))
    }

    @Test("the policies in docs are good", arguments: ["guix", "nix"])
    func documents(name: String) async throws {
        let file = Self.checkout.appendingPathComponent("docs/policies/\(name).policy").path
        let checked = try await Program.run(["policy", "check", file], home: home)
        #expect(checked.status == 0)
        let words = name == "guix" ? "guix: 2 of these 2 parties" : "nix: 1 of this 1 party"
        #expect(checked.out.contains(words))
        // One farm alone is told about, two are not.
        #expect(checked.err.isEmpty == (name == "guix"))
    }
}
