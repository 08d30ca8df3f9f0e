import ClientSetup
import Quorum
import Testing

@Suite("Settings of Guix")
struct GuixConfigurationTests {
    static let q = "8D156F295D24B0D9A86FA5741A840FF2D24F60F7B6C4134814AD55625971B394"

    private func parse(_ text: String) throws -> GuixConfiguration {
        try GuixConfiguration.parse(accessList: Array(text.utf8))
    }

    private static func entry(_ key: String, tag: String = "(guix import)") -> String {
        "(entry (public-key \(key)) (tag \(tag)))"
    }

    @Test("the list of the two farms")
    func real() throws {
        let guix = try #require(try GuixConfiguration.read(root: Fixture.root("guix")))
        #expect(guix.authorizedKeys.map(\.wellKnownHost) == ["ci.guix.gnu.org", "bordeaux.guix.gnu.org"])
        #expect(guix.authorizedKeys.first?.spelling == Self.q)
        #expect(guix.notes.isEmpty)
        #expect(guix.substituteURLs == GuixConfiguration.defaultSubstituteURLs)
    }

    @Test("no Guix, no settings")
    func none() throws {
        #expect(try GuixConfiguration.read(root: try Fixture.root(files: [:])) == nil)
        #expect(try parse("(acl)").authorizedKeys.isEmpty)
    }

    @Test("spellings")
    func spellings() throws {
        let key = "(ecc (curve \"Ed25519\") (q # \(Self.q.lowercased().prefix(32))\n\(Self.q.suffix(32)) #))"
        #expect(try parse("(acl \(Self.entry(key)))").authorizedKeys.map(\.spelling) == [Self.q])
        #expect(try parse("(acl \(Self.entry(key))\(Self.entry(key)))").authorizedKeys.count == 1)
    }

    @Test(
        "entries that cannot be used are named",
        arguments: [
            (entry("(ecc (curve Ed25519) (q #\(q)#))", tag: "(guix other)"), "guix import"),
            (entry("(rsa (n #00#) (e #03#))"), "RSA key"), (entry("(ecc (curve Ed25519) (q #00#))"), "needs 32"),
            (entry("(ecc (curve NIST-P256) (q #\(q)#))"), "(curve Ed25519)"), ("(tag x)", "not an (entry"),
            ("(entry (tag (guix import)))", "one public-key"),
        ])
    func notes(entry: String, expected: String) throws {
        let guix = try parse("(acl \(entry))")
        #expect(guix.authorizedKeys.isEmpty)
        #expect(guix.notes.count == 1)
        #expect(guix.notes.first?.contains(expected) == true)
    }

    @Test("a key of the old kind")
    func rsa() throws {
        let n = String(repeating: "AB", count: 256)
        let key = try #require(try parse("(acl \(Self.entry("(rsa (n #00\(n)#) (e #03#))")))").authorizedKeys.first)
        #expect(key.identity.algorithm == .rsa && key.hexadecimal == n && key.wellKnownHost == nil)
        #expect(key.spelling == "\"(public-key (rsa (n #00\(n)#) (e #03#)))\"")
        let policy = try Policy.parse("cache a guix \(key.spelling) https://a.example\n")
        #expect(policy.caches.map(\.key.identity) == [key.identity])
    }

    @Test("lines for a policy")
    func lines() throws {
        let other = String(repeating: "AB", count: 32)
        let old = "(rsa (n #00\(String(repeating: "CD", count: 256))#) (e #03#))"
        let list =
            [Self.q, other].map { Self.entry("(ecc (curve Ed25519) (q #\($0)#))") } + [Self.entry(old), "(tag)"]
        let guix = try parse("(acl \(list.joined()))")
        let lines = AccessListLines(guix: guix, addresses: ["https://a.example"])
        #expect(lines.lines[0] == "cache ci guix \(Self.q) https://ci.guix.gnu.org builds")
        #expect(lines.lines[1] == "cache key-abababab guix \(other) https://a.example")
        #expect(lines.lines[2].hasPrefix("cache key-cdcdcdcd guix \"(public-key (rsa"))
        #expect(lines.remarks.count == 1)
        #expect(lines.addressObjection?.contains("2 keys") == true)
        #expect(try Policy.parse(lines.lines.map { $0 + "\n" }.joined()).caches.count == 3)
        let one = try parse("(acl \(list[0])\(list[1]))")
        #expect(AccessListLines(guix: one, addresses: ["https://a.example"]).addressObjection == nil)
        let known = try parse("(acl \(list[0]))")
        #expect(AccessListLines(guix: known, addresses: ["https://a.example"]).addressObjection != nil)
        let without = AccessListLines(guix: guix, addresses: [])
        #expect(without.addressObjection == nil)
        #expect(without.lines[1] == "# cache key-abababab guix \(other) https://ADDRESS")
        #expect(without.remarks.last?.contains("key-abababab, key-cdcdcdcd") == true)
        #expect(try Policy.parse(without.lines.map { $0 + "\n" }.joined()).caches.count == 1)
    }

    @Test(
        "texts that are no list",
        arguments: [
            "", "(", "acl", "(acl", "(acl))", "(acl #0#)", "(acl #zz#)", "(acl #00", "(acl \"a)", "(other)", "(acl ;)",
        ])
    func malformed(text: String) {
        #expect(throws: ClientSetupError(.malformed, at: .byte(0), "")) { try parse(text) }
    }

    @Test("nesting has an end")
    func depth() {
        #expect(throws: ClientSetupError(.tooLarge, at: .byte(0), "")) {
            try parse(String(repeating: "(", count: 100_000))
        }
    }

    @Test(
        "servers named in the daemon's unit",
        arguments: [
            "ExecStart=/bin/guix-daemon --substitute-urls='https://a.example https://b.example' --x\n",
            "ExecStart=/bin/guix-daemon '--substitute-urls=https://a.example https://b.example'\n",
        ])
    func unit(text: String) throws {
        let root = try Fixture.root(files: [
            "/etc/guix/acl": "(acl)", "/etc/systemd/system/guix-daemon.service": "[Service]\n\(text)",
        ])
        #expect(
            try GuixConfiguration.read(root: root)?.substituteURLs == ["https://a.example", "https://b.example"])
    }
}
