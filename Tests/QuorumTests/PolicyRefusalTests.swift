import Quorum
import Testing

/// A policy that is refused: the lines after three good ones, where the refusal is, and words of its message.
struct RefusalCase: CustomTestStringConvertible {
    let lines: [String]
    let code: PolicyError.Code
    let line: Int
    let words: String

    init(_ lines: String..., code: PolicyError.Code, line: Int? = nil, words: String) {
        self.lines = lines
        self.code = code
        self.line = line ?? lines.count + 3
        self.words = words
    }

    var testDescription: String { "\(code): \(lines.last?.prefix(80) ?? "")" }
}

@Suite struct PolicyRefusalTests {
    static let prelude = [
        "cache a nix \(Samples.nixKey("a", 1)) https://a.example builds",
        "cache b nix \(Samples.nixKey("b", 2)) https://b.example builds",
        "cache c nix \(Samples.nixKey("c", 3)) https://c.example builds",
    ]

    static let witness = "witness w \(Samples.verifierKey("w", 50, type: 4))"
    static let signer = "signer s \(Samples.verifierKey("s", 51))"

    @Test(arguments: names + groups + keys + addresses + rules + lexical)
    func refuses(_ refusal: RefusalCase) {
        let text = (Self.prelude + refusal.lines).map { $0 + "\n" }.joined()
        expectRefusal(text, refusal.code, line: refusal.line, refusal.words)
    }

    static let names: [RefusalCase] = [
        .init("group g 1 d", code: .undefined, words: "d is not defined on a line above"),
        .init("group g 2 a h", "group h 2 b c", code: .undefined, line: 4, words: "h is not defined"),
        .init("quorum nix g", "group g 2 a b", code: .undefined, line: 4, words: "g is not defined"),
        .init("party p d", code: .undefined, words: "d is not defined"),
        .init("party a b", code: .nameTaken, words: "a is defined on line 1 already"),
        .init("group a 1 b", code: .nameTaken, words: "a is defined on line 1"),
        .init("cache a nix \(Samples.nixKey("d", 4)) https://d.example", code: .nameTaken, words: "a is defined"),
        .init(witness, "group w 2 a b", code: .nameTaken, words: "w is defined on line 4"),
        .init("group none 2 a b", code: .name, words: "none is a word of the language"),
        .init("group built 2 a b", code: .name, words: "built is a word"),
        .init("group any 2 a b", code: .name, words: "any is a word"),
        .init("group g any none", code: .undefined, words: "none is no member"),
        .init("quorum nix none", code: .undefined, words: "accepts nothing already"),
        .init("party p a", "party q a", code: .twoGroups, words: "a counts in p on line 4 already"),
        .init("party p a", "group g 1 a", code: .twoGroups, words: "a is a key of the party p"),
        .init("party p a", "quorum nix a", code: .twoGroups, words: "a is a key of the party p"),
        .init("group g 2 a b", "party p a", code: .twoGroups, words: "a counts in g on line 4"),
        .init("group g 2 a b", "party p g", code: .mixedKinds, words: "g is no cache"),
        .init("party p a a", code: .memberTwice, words: "a stands twice"),
        .init(String(repeating: "policy p", count: 1), "policy q", code: .repeated, words: "name already, on line 4"),
        .init("policy \(String(repeating: "n", count: 129))", code: .limit, words: "a name of 129 bytes"),
    ]

    static let groups: [RefusalCase] = [
        .init("group g 0 a b", code: .threshold, words: "0 is no number of votes"),
        .init("group g 3 a b", code: .threshold, words: "g asks for 3 of 2 members"),
        .init("group g 02 a b", code: .threshold, words: "02 is no number of votes"),
        .init("group g -1 a b", code: .threshold, words: "-1 is no number"),
        .init("group g most a b", code: .threshold, words: "most is no number"),
        .init("group g 99999999999999999999 a b", code: .threshold, words: "is no number of votes"),
        .init("group g all", code: .syntax, words: "MEMBER is missing: write group NAME"),
        .init("group g", code: .syntax, words: "K, all or any is missing"),
        .init("group g 2 a a", code: .memberTwice, words: "a stands twice in g"),
        .init("group g 2 a b", "group h 2 a c", code: .twoGroups, words: "a is a member of g on line 4 already"),
        .init("group g 2 a b", "group h 2 a c", "quorum nix g", code: .twoGroups, line: 5, words: "a is a member of g"),
        .init(
            "group g 2 a b", "group h 2 a c", "quorum nix g", "quorum guix g", "group i 2 g h", "quorum debian i",
            code: .twoGroups, line: 5, words: "unless the two groups"),
        .init("group g 2 a b", "group h 2 a g", "quorum nix h", code: .twoGroups, line: 5, words: "a is a member of g"),
        .init("group g 1 a b", code: .contradictable, words: "without a common member could both meet g"),
        .init("group g any a b c", code: .contradictable, words: "write contradictable if you mean it"),
        .init(
            "group g 1 contradictable a b", "group h 1 g c", code: .contradictable, words: "could both meet h"),
        .init("group g 2 a b contradictable", code: .syntax, words: "contradictable stands once and before"),
        .init("group g 2 built built a b", code: .syntax, words: "built stands once and before"),
        .init("group g 2 a b", "quorum nix g", "quorum nix a", code: .repeated, words: "nix has a quorum on line 5"),
        .init("quorum fedora a", code: .syntax, words: "fedora is no scope"),
        .init("quorum nix", code: .syntax, words: "NAME is missing: write quorum nix NAME"),
        .init("quorum", code: .syntax, words: "nix, guix or debian is missing"),
        .init("quorum a", code: .mixedKinds, words: "write quorum nix|guix|debian a"),
        .init("quorum nix a b", code: .syntax, words: "b is one word too many"),
        .init(witness, "quorum nix w", code: .mixedKinds, words: "w holds no parties"),
        .init(witness, "group g 2 a w", code: .mixedKinds, words: "g mixes parties and witnesses"),
        .init(signer, "group g 2 a s", code: .mixedKinds, words: "g mixes parties and signers"),
        .init(witness, "group g 1 built w", code: .syntax, words: "built says something only about parties"),
        .init(witness, "group g 1 w", "group h 1 w", code: .twoGroups, words: "w is a member of g on line 5"),
        .init("quorum none", "quorum none", code: .repeated, words: "the witnesses have a quorum on line 4"),
    ]

    static let keys: [RefusalCase] = [
        .init(
            "cache d nix \(Samples.nixKey("x", 1)) https://d.example", code: .keyTaken,
            words: "is that of a on "
                + "line 1"),
        .init("cache d guix \(Samples.guixKey(1)) https://d.example", code: .keyTaken, words: "is that of a on line 1"),
        .init("builder d \(Samples.verifierKey("d", 1))", code: .keyTaken, words: "is that of a on line 1"),
        .init(
            "rebuilder d \(Samples.base64(Samples.rawKey(1))) https://d.example", code: .keyTaken, words: "is that of a"
        ),
        .init("log \(Samples.verifierKey("d", 1))", code: .keyTaken, words: "is that of a on line 1"),
        .init("witness d \(Samples.verifierKey("d", 1, type: 4))", code: .keyTaken, words: "is that of a on line 1"),
        .init("signer d \(Samples.verifierKey("d", 1))", code: .keyTaken, words: "is that of a on line 1"),
        .init(
            "log \(Samples.verifierKey("d", 4))", "log \(Samples.verifierKey("d", 5))", code: .nameTaken,
            words: "the log d stands on line 4 already"),
        .init(
            "cache d nix \(Samples.nixKey("quorate-gateway-desk-1", 4)) https://d.example", code: .gatewayKey,
            words: "is a gateway's key"),
        .init(
            "builder d \(Samples.verifierKey("x.example/Quorate-Gateway-1", 4))", code: .gatewayKey, words: "gateway"),
        .init(
            "cache quorate-gateway-x guix \(Samples.guixKey(4)) "
                + "https://d.example", code: .gatewayKey, words: "gateway"),
        .init("cache d nix d:AAAA https://d.example", code: .key, words: "is no Nix key"),
        .init("cache d nix \(Samples.base64(Samples.rawKey(4))) https://d.example", code: .key, words: "is no Nix key"),
        .init(
            "cache d nix :\(Samples.base64(Samples.rawKey(4))) https://d.example", code: .key, words: "is no Nix key"),
        .init("cache d nix x:\(zeroKey) https://d.example", code: .key, words: "with which anybody can sign"),
        .init("cache d nix x:\(overlongKey) https://d.example", code: .key, words: "no canonical point"),
        .init("cache d nix x:\(unusedBits) https://d.example", code: .key, words: "is no Nix key"),
        .init("cache d guix 00 https://d.example", code: .key, words: "is no Guix key"),
        .init("cache d guix \(Samples.guixKey(4))00 https://d.example", code: .key, words: "is no Guix key"),
        .init("cache d guix ./signing-key.pub https://d.example", code: .key, words: "a policy file of one's own"),
        .init("cache d guix \"64\" https://d.example", code: .syntax, words: "where KEY is expected"),
        .init("cache d nix \"(public-key)\" https://d.example", code: .syntax, words: "where KEY is expected"),
        .init("cache d guix \"(public-key)\" https://d.example", code: .key, words: "is no Guix key"),
        .init(
            "cache d guix \"(public-key (ecc (curve Ed25519) (q #00#)))\" https://d.example", code: .key,
            words: "is no Guix key"),
        .init(
            "cache d guix \"(public-key (ecc (curve Ed448) (q #\(Samples.guixKey(4))#)))\" https://d.example",
            code: .key, words: "is no Guix key"),
        .init(
            "cache d guix \"(public-key (ecc (curve Ed25519) (q #\(Samples.guixKey(4))#))\" https://d.example",
            code: .key, words: "is no Guix key"),
        .init(
            "cache d guix \"(public-key (rsa (n #\(Samples.guixKey(5))#) (e #03#)))\" https://d.example",
            code: .key, words: "is no Guix key"),
        .init("cache d npm \(Samples.guixKey(4)) https://d.example", code: .syntax, words: "npm is no kind of cache"),
        .init("builder d \(Samples.guixKey(4))", code: .key, words: "is no verifier key"),
        .init(
            "builder d d+00000000+\(Samples.base64([1] + Samples.rawKey(4)))", code: .key,
            words: "does not fit its name"),
        .init(
            "builder d \(Samples.verifierKey("d", 4).replacing("+", with: " "))", code: .key,
            words: "is no verifier key"),
        .init("builder d \(Samples.verifierKey("d", 4, type: 4))", code: .key, words: "has type 04, not 01"),
        .init("witness d \(Samples.verifierKey("d", 4))", code: .key, words: "has type 01, not 04"),
        .init("rebuilder d \(Samples.guixKey(0xABCD)) https://d.example", code: .key, words: "is no rebuilderd key"),
        .init("rebuilder d AAAA https://d.example", code: .key, words: "is no rebuilderd key"),
    ]

    static let addresses: [RefusalCase] = [
        .init("cache d nix \(Samples.nixKey("d", 4))", code: .syntax, words: "URL is missing"),
        .init("cache d nix \(Samples.nixKey("d", 4)) builds", code: .syntax, words: "URL is missing"),
        .init("rebuilder d \(Samples.base64(Samples.rawKey(4)))", code: .syntax, words: "URL is missing"),
        address("builds https://d.example", "is no URL"), address("ftp://d.example", "is no URL"),
        address("HTTPS://d.example", "is no URL"), address("https://", "no readable host"),
        address("https://d.example?x=1", "has a query"), address("https://d.example/#x", "has a query"),
        address("https://u:p@d.example", "has a user name"), address("https://d.example:0", "no readable port"),
        address("https://d.example:65536", "no readable port"), address("https://d.example:+80", "no readable port"),
        address("https://d.example/a/../b", "has . or .."), address("https://d.example/%zz", "has a % without"),
        address("https://d.example/a%2", "has a % without"), address("https://dé.example", "that URLs do not have"),
        address("file://host/x", "names no file"), address("file:///", "names no file"),
        address("https://[::1", "unfinished host"), address("https://[x]/", "no readable IPv6"),
        address("https://[]", "no readable IPv6"), address("https://a\\b", "that URLs do not have"),
        .init(
            "cache d nix \(Samples.nixKey("d", 4)) https://d.example https://d.example/", code: .memberTwice,
            words: "https://d.example stands twice"),
        .init(
            "builder d \(Samples.verifierKey("d", 4)) log.example", code: .undefined,
            words: "neither a URL nor the origin"),
        .init("log \(Samples.verifierKey("d", 4)) https://d.example x", code: .syntax, words: "x is one word too many"),
        .init(
            "cache d nix \(Samples.nixKey("d", 4)) https://d.example/\(String(repeating: "x", count: 2_048))",
            code: .limit, words: "a URL of"),
    ]

    static func address(_ url: String, _ words: String) -> RefusalCase {
        .init("cache d nix \(Samples.nixKey("d", 4)) \(url)", code: .address, words: words)
    }

    static let rules: [RefusalCase] = [
        exception("* 1 until 2027-01-01T00:00:00Z \"x\"", .pattern, "names no packages"),
        exception("h** 1 until 2027-01-01T00:00:00Z \"x\"", .pattern, "names no packages"),
        exception("h\u{e9} 1 until 2027-01-01T00:00:00Z \"x\"", .pattern, "names no packages"),
        exception("hello 0 until 2027-01-01T00:00:00Z \"x\"", .threshold, "0 is no number of votes"),
        exception("hello any until 2027-01-01T00:00:00Z \"x\"", .threshold, "any is no number"),
        exception("hello 1 till 2027-01-01T00:00:00Z \"x\"", .syntax, "the word until is missing"),
        exception("hello 1 until 2027-01-01 \"x\"", .time, "2027-01-01 is no time"),
        exception("hello 1 until never \"x\"", .time, "never is no time"),
        exception("hello 1 until 2027-01-01T00:00:00Z", .syntax, "the \"REASON\" is missing"),
        exception("hello 1 until 2027-01-01T00:00:00Z reason", .syntax, "where a \"REASON\" is expected"),
        exception("hello 1 until 2027-01-01T00:00:00Z \" \"", .syntax, "the reason is empty"),
        exception("hello 1 until 2027-01-01T00:00:00Z \"a\tb\"", .syntax, "has a tab"),
        exception("hello 1 until 2027-01-01T00:00:00Z \"a\" \"b\"", .syntax, "one word too many"),
        exception("hello 1 until 2027-01-01T00:00:00Z \"a\"b\"", .syntax, "stands within a word"),
        exception("hello 1 until 2027-01-01T00:00:00Z \"a", .syntax, "has no partner"),
        exception(
            "hello 1 until 2027-01-01T00:00:00Z \"\(String(repeating: "r", count: 1_025))\"", .limit, "a reason of"),
        exception("hello 2 until 2027-01-01T00:00:00Z \"x\"", .exception, "2 lowers nothing"),
        .init("except hello 1 until 2027-01-01T00:00:00Z \"x\"", code: .exception, words: "there is no quorum"),
        .init("revoke", code: .syntax, words: "key or outcome is missing"),
        .init("revoke party a", code: .syntax, words: "party cannot be revoked"),
        .init("revoke key a", code: .syntax, words: "KEY is missing"),
        .init("revoke key pgp \(Samples.guixKey(4))", code: .syntax, words: "pgp is no kind of key"),
        .init("revoke key nix \(Samples.guixKey(4))", code: .key, words: "is no Nix key"),
        .init(
            "revoke key nix \(Samples.nixKey("a", 4))", "revoke key nix \(Samples.nixKey("b", 4))", code: .keyTaken,
            words: "revoked on line 4 already"),
        .init("revoke outcome \(Samples.digest(1).hex)", code: .syntax, words: "is no outcome"),
        .init("revoke outcome sha256:\(Samples.guixKey(0xABCD))", code: .syntax, words: "is no outcome"),
        .init("revoke outcome sha256:\(Samples.digest(1).hex) hello", code: .pattern, words: "is no store path"),
        .init("revoke outcome sha256:\(Samples.digest(1).hex) /nix/../x", code: .pattern, words: "is no store path"),
        .init("revoke outcome sha256:\(Samples.digest(1).hex) /nix/store/", code: .pattern, words: "is no store path"),
        .init(
            "revoke outcome sha256:\(Samples.digest(1).hex)", "revoke outcome sha256:\(Samples.digest(1).hex) \"x\"",
            code: .repeated, words: "revoked on line 4 already"),
        .init("version 1 expires 2027-01-01T00:00:00Z", code: .distribution, words: "says who signs the next"),
        .init(signer, "signed-by s", code: .distribution, words: "needs a version"),
        .init(signer, "version 0 expires 2027-01-01T00:00:00Z", code: .threshold, words: "0 is no version"),
        .init(signer, "version 1 until 2027-01-01T00:00:00Z", code: .syntax, words: "the word expires is missing"),
        .init(
            "version 1 expires 2027-01-01T00:00:00Z", "version 2 expires 2027-01-01T00:00:00Z", code: .repeated,
            words: "the version stands on line 4"),
        .init(signer, "signed-by s", "signed-by s", code: .repeated, words: "signed-by stands on line 5"),
        .init("signed-by a", code: .mixedKinds, words: "a holds no signers"),
    ]

    static func exception(_ rest: String, _ code: PolicyError.Code, _ words: String) -> RefusalCase {
        .init("group g 2 a b c", "quorum nix g", "except \(rest)", code: code, words: words)
    }

    static let lexical: [RefusalCase] = [
        .init("allow a", code: .unknownWord, words: "allow starts no statement"),
        .init("Cache d", code: .unknownWord, words: "Cache starts no statement"),
        .init("\"quorum\" nix a", code: .unknownWord, words: "starts no statement"),
        .init("group \"g\" 2 a b", code: .syntax, words: "a text in quotation marks stands where NAME"),
        .init("group g\"h 2 a b", code: .syntax, words: "within a word"),
        .init("quorum nix a # mine", code: .syntax, words: "# is one word too many"),
        .init("quorum nix a\r", code: .character, words: "carriage return"),
        .init("# \u{0}", code: .character, words: "U+0000"), .init("# \u{c}", code: .character, words: "U+000C"),
        .init("# \u{7f}", code: .character, words: "U+007F"), .init("# \u{85}", code: .character, words: "U+0085"),
        .init("# \u{202e}", code: .character, words: "U+202E"), .init("# \u{200b}", code: .character, words: "U+200B"),
        .init("quorum nix\u{a0}a", code: .character, words: "U+00A0"),
        .init("\u{feff}# x", code: .character, words: "U+FEFF"),
    ]

    static let zeroKey = Samples.base64([UInt8](repeating: 0, count: 32))
    static let overlongKey = Samples.base64([0xED] + [UInt8](repeating: 0xFF, count: 31))
    /// The last digit before the padding holds two bits that belong to no byte.
    static let unusedBits = String(repeating: "A", count: 42) + "B="

    @Test func lastLinesMustEnd() {
        expectRefusal("# a\n# b", .unfinished, line: 2, "has no newline")
        expectRefusal("policy p", .unfinished, line: 1, "has no newline")
    }

    @Test func errorsSayWhere() {
        let error = PolicyRefusalTests.error(of: "\nallow\n")
        #expect(error?.description.hasPrefix("policy line 2: allow starts no statement") == true)
        #expect(error == PolicyRefusalTests.error(of: "deny\n"))
        #expect(error != PolicyRefusalTests.error(of: "quorum\n"))
    }

    private static func error(of text: String) -> PolicyError? {
        do {
            _ = try Policy.parse(text)
            return nil
        } catch {
            return error
        }
    }
}
