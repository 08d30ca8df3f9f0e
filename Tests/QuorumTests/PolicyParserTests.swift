import Quorum
import Testing

@Suite struct PolicyParserTests {
    @Test func readsTheExample() throws {
        let policy = try Policy.parse(DesignExample.text, verifierKeyID: TestSHA256.verifierKeyID)
        #expect(policy.name == "guix-two-farms")
        #expect(policy.text == DesignExample.text)
        #expect(policy.caches.map(\.name) == ["ci", "bordeaux", "nixos"])
        #expect(policy.caches.map(\.kind) == [.guix, .guix, .nix])
        #expect(policy.caches.allSatisfy { $0.builds && $0.urls.count == 1 })
        #expect(policy.caches[0].key.identity.algorithm == .ecdsaEd25519)
        #expect(policy.caches[0].key.name == "ci")
        #expect(policy.caches[2].key.name == "cache.nixos.org-1")
        #expect(policy.caches[2].urls == ["https://cache.nixos.org"])
        #expect(policy.builders.map(\.key.name) == ["alice.example/desk", "alice.example/laptop"])
        #expect(policy.builders[0].key.identity == Samples.key(1))
        #expect(policy.builders[1].urls == ["https://alice.example/log"])
        #expect(policy.parties.map(\.name) == ["ci", "bordeaux", "nixos", "alice"])
        #expect(policy.parties[3].leaves == ["desk", "laptop"])
        #expect(policy.parties.map(\.isDeclared) == [false, false, false, true])
        #expect(policy.groups.map(\.name) == ["farms", "nixers"])
        #expect(policy.groups[0].memberNames == ["ci", "bordeaux", "alice"])
        #expect(policy.quorums == [.guix: "farms", .nix: "nixers"])
        #expect(policy.parties(inQuorumOf: .nix).map(\.name) == ["nixos", "alice"])
        #expect(policy.parties(inQuorumOf: .debian).isEmpty)
        #expect(policy.voter(of: Samples.key(2))?.party == "alice")
        #expect(policy.voter(of: Samples.key(2))?.leaf == "laptop")
        #expect(policy.voter(of: Samples.key(3)) == nil)
        #expect(policy.distribution == nil)
        #expect(policy.caches[0].line == 3)
    }

    /// A Guix key is one key in all of its spellings.
    @Test(arguments: [
        "\(Samples.guixKey(2))", "\(Samples.guixKey(2).lowercased())",
        "\"(public-key (ecc (curve Ed25519) (q #\(Samples.guixKey(2))#)))\"",
        "\"( public-key(ecc\t(curve Ed25519)(q #\(Samples.guixKey(2).lowercased())#) ) ) \"",
    ])
    func readsGuixKeys(text: String) throws {
        let policy = try Policy.parse("cache c guix \(text) https://c.example builds\n")
        let expected = KeyIdentity(algorithm: .ecdsaEd25519, bytes: Samples.rawKey(2))
        #expect(policy.caches[0].key.identity == expected)
        #expect(policy.caches[0].urls == ["https://c.example"] && policy.caches[0].builds)
        let revoking = try Policy.parse("revoke key guix \(text) \"lost\"\nrevoke key nix \(Samples.nixKey("n", 2))\n")
        #expect(revoking.keyRevocations.first?.key == expected)
        #expect(revoking.keyRevocations.first?.reason == "lost")
        #expect(throws: PolicyError.self) {
            try Policy.parse(
                "cache c guix \(text) https://c.example\ncache d guix \(Samples.guixKey(2)) https://d.example\n")
        }
    }

    @Test func readsRSAKeysOfGuix() throws {
        let n = String(repeating: "AB", count: 256)
        for spelled in ["00\(n)", n, "00\(n.lowercased())"] {
            let policy = try Policy.parse(
                "cache c guix \"(public-key (rsa (n #\(spelled)#) (e #010001#)))\" https://c.example\n")
            let bytes =
                Array("(10:public-key(3:rsa(1:n257:\0".utf8) + [UInt8](repeating: 0xAB, count: 256)
                + Array(")(1:e3:\u{1}\0\u{1})))".utf8)
            #expect(policy.caches[0].key.identity == KeyIdentity(algorithm: .rsa, bytes: bytes))
        }
        for wrong in ["0000\(n)", "00\(n.dropLast(2))AA", "\(n)\(n)\(n)\(n)\(n)", ""] {
            #expect(throws: PolicyError.self) {
                try Policy.parse("cache c guix \"(public-key (rsa (n #\(wrong)#) (e #03#)))\" https://c.example\n")
            }
        }
    }

    @Test(arguments: ["", "\n", "# nothing\n", "  \t\n\t# nothing\n\n"])
    func emptyFilesAcceptNothing(text: String) throws {
        let policy = try Policy.parse(text)
        #expect(policy.quorums.isEmpty)
        let verdict = tally(
            Samples.subject, claims: [Samples.claim(Samples.key(1), 1)], policy: policy, context: Samples.context())
        #expect(verdict.status == .unclaimed)
        #expect(verdict.requirement == "nothing is enough: the policy has no quorum for nix")
        #expect(Policy.empty.text.isEmpty)
    }

    @Test func readsEveryStatement() throws {
        let keyLine = Samples.base64(
            [0x30, 0x2C, 0x30, 0x07, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x05, 0x00, 0x03, 0x21, 0x00]
                + Samples.rawKey(4))
        let text = """
            policy everything
            version 7 expires 2027-01-31T12:00:00Z
            signer s1 \(Samples.verifierKey("s/1", 20))
            signer s2 \(Samples.verifierKey("s/2", 21))
            group signers all s1 s2
            signed-by signers
            log \(Samples.verifierKey("log.example/1", 10)) https://log.example/1/
            log \(Samples.verifierKey("log.example/2", 11))
            witness w1 \(Samples.verifierKey("w/1", 12, type: 4)) https://w.example
            witness w2 \(Samples.verifierKey("w/2", 13, type: 4))
            group ws any w1 w2
            quorum ws
            cache c1 nix \(Samples.nixKey("c-1", 1)) https://a.example/ http://localhost:8080/x file:///srv/cache builds
            cache c2 guix \(Samples.guixKey(2).lowercased()) https://[::1]:80
            builder b \(Samples.verifierKey("b/1", 3)) log.example/1 https://b.example/log
            builder own \(Samples.verifierKey("b/2", 5))
            rebuilder r1 \(keyLine) https://r.example/amd64
            rebuilder r2 \(Samples.guixKey(6).lowercased()) https://r2.example
            rebuilder r3 \(Samples.base64(Samples.rawKey(7))) https://r3.example
            party me b own
            group built-by-two 2 built c1 me
            group anyone 1 contradictable r1 r2 r3
            quorum nix built-by-two
            quorum debian anyone
            except hello-* 1 until 2027-06-01T00:00:00Z "does not reproduce: #42 is open"
            except /nix/store/*-src 1 until 2027-06-01T00:00:00Z "x"
            revoke key nix \(Samples.nixKey("old-1", 30)) "leaked"
            revoke key guix \(Samples.guixKey(31))
            revoke key builder \(Samples.verifierKey("b/9", 32))
            revoke key rebuilder \(Samples.base64(Samples.rawKey(33)))
            revoke outcome sha256:\(Samples.digest(5).hex) \(Samples.path) "trojan"
            revoke outcome sha256:\(Samples.digest(5).hex)

            """
        let policy = try Policy.parse(text, verifierKeyID: TestSHA256.verifierKeyID)
        #expect(policy.distribution?.version == 7)
        #expect(policy.distribution?.signedBy == "signers")
        #expect(policy.logs.map(\.url) == ["https://log.example/1", nil])
        #expect(policy.witnesses.map(\.key.name) == ["w/1", "w/2"])
        #expect(policy.caches[0].urls == ["https://a.example", "http://localhost:8080/x", "file:///srv/cache"])
        #expect(policy.caches.map(\.builds) == [true, false])
        #expect(policy.builders[0].logOrigins == ["log.example/1"])
        #expect(policy.builders[0].urls == ["https://b.example/log"])
        #expect(policy.builders[1].urls.isEmpty)
        #expect(policy.rebuilders.map(\.key.identity) == [Samples.key(4), Samples.key(6), Samples.key(7)])
        #expect(policy.groups.map(\.kind) == [.signers, .witnesses, .parties, .parties])
        #expect(policy.groups[2].countsOnlyBuilt && policy.groups[3].isContradictable)
        #expect(policy.exceptions.map(\.threshold) == [1, 1])
        #expect(policy.exceptions[0].reason == "does not reproduce: #42 is open")
        #expect(policy.keyRevocations.map(\.key.algorithm) == [.ed25519, .ecdsaEd25519, .ed25519, .ed25519])
        #expect(policy.keyRevocations[0].reason == "leaked")
        #expect(policy.outcomeRevocations.map(\.outcome.subject) == [Samples.subject, nil])
        #expect(policy.isSigned(by: [Samples.key(20), Samples.key(21)]))
        #expect(!policy.isSigned(by: [Samples.key(20)]))
        #expect(policy.believesCheckpoint(cosignedBy: [Samples.key(13)]))
        #expect(!policy.believesCheckpoint(cosignedBy: [Samples.key(10)]))
    }

    @Test func namesAreBytes() throws {
        // U+212A is canonically equivalent to K, and yet another name (C2SP tlog-policy).
        let text = """
            cache K nix \(Samples.nixKey("a", 1)) https://a.example
            cache \u{212A} nix \(Samples.nixKey("b", 2)) https://b.example
            group g all K \u{212A}

            """
        let policy = try Policy.parse(text)
        #expect(policy.groups[0].memberNames.count == 2)
    }

    @Test func keysArePartOfOneAlgorithmOnly() throws {
        let policy = try Policy.parse("cache c nix \(Samples.nixKey("a", 1)) https://a.example\n")
        #expect(policy.voter(of: Samples.key(1, .ecdsaEd25519)) == nil)
        #expect(policy.voter(of: Samples.key(1)) != nil)
    }

    @Test func bytesMustBeUTF8() throws {
        #expect(try Policy.parse(utf8: Array(DesignExample.text.utf8)).name == "guix-two-farms")
        #expect {
            try Policy.parse(utf8: Array("# a\n# ".utf8) + [0xFF, 0x0A])
        } throws: { error in
            guard let error = error as? PolicyError else { return false }
            return error.code == .encoding && error.line == 2
        }
    }

    @Test func deepAndLargeFilesAreRefused() {
        var deep = "cache c nix \(Samples.nixKey("a", 1)) https://a.example\ngroup g0 1 c\n"
        for depth in 1...PolicyLimits.treeDepth { deep += "group g\(depth) 1 g\(depth - 1)\n" }
        expectRefusal(deep, .limit, line: 2 + PolicyLimits.treeDepth, "deep in one another")
        expectRefusal(String(repeating: "#", count: PolicyLimits.lineBytes + 1) + "\n", .limit, line: 1, "the line has")
        expectRefusal(String(repeating: "\n", count: PolicyLimits.fileBytes + 1), .limit, line: 0, "the file has")
        expectRefusal(
            String(repeating: "policy p\n", count: PolicyLimits.statements + 1), .limit,
            line: PolicyLimits.statements + 1, "statements")
    }

    /// The examples of C2SP tlog-policy's grammar: such a file is a policy of ours that has no quorum for any scope.
    @Test func readsTlogPolicies() throws {
        func witness(_ name: String, _ number: Int) -> String {
            "witness \(name) \(Samples.verifierKey("w/\(name)", number, type: 4))\n"
        }
        let names = ["X1", "X2", "X3", "Y1", "Y2", "Y3"]
        let keys = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, Samples.key($0 + 1)) })
        let nested =
            "log \(Samples.verifierKey("log.example/1", 99))\n"
            + names.enumerated().map { witness($1, $0 + 1) }.joined()
            + "group X 2 X1 X2 X3\ngroup Y any Y1 Y2 Y3\ngroup Q all X Y\nquorum Q\n"
        let policy = try Policy.parse(nested, verifierKeyID: TestSHA256.verifierKeyID)
        let truth: [([String], Bool)] = [
            ([], false), (["X1", "X2"], false), (["X1", "Y1"], false), (["X1", "X2", "Y3"], true),
            (["X1", "X2", "X3"], false), (["Y1", "Y2", "Y3"], false), (["X1", "X3", "Y1", "Y2"], true),
        ]
        for (have, expected) in truth {
            #expect(policy.believesCheckpoint(cosignedBy: Set(have.compactMap { keys[$0] })) == expected)
        }
        #expect(policy.quorums.isEmpty)
        #expect(try Policy.parse("quorum none\n").believesCheckpoint(cosignedBy: []))
        #expect(!(try Policy.parse(witness("A", 1) + "quorum A\n").believesCheckpoint(cosignedBy: [])))
        #expect(!(try Policy.parse(witness("A", 1) + witness("B", 2)).believesCheckpoint(cosignedBy: [Samples.key(1)])))
        #expect(throws: Never.self) {
            try Policy.parse("  # c\n\t" + witness("A", 1).dropLast() + " \n\ngroup\tG  any\tA\nquorum G\n")
        }
    }

    @Test(
        arguments: [
            "log.example.org/rebuild/1+a0e13f37+AVe7fRn9VzEVW7jddnyLkUom5tCtozgusJven6zfE84g",
            "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        ])
    func realVerifierKeysHaveTheRightHash(key: String) {
        #expect(throws: Never.self) {
            try Policy.parse("builder b \(key)\n", verifierKeyID: TestSHA256.verifierKeyID)
        }
    }
}

/// Expects a refusal with this code and line, and a message that holds the words.
func expectRefusal(
    _ text: String, _ code: PolicyError.Code, line: Int, _ words: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    do {
        _ = try Policy.parse(text, verifierKeyID: TestSHA256.verifierKeyID)
        Issue.record("accepted: \(text.prefix(200))", sourceLocation: sourceLocation)
    } catch {
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
        #expect(error.line == line, "\(error)", sourceLocation: sourceLocation)
        #expect(error.message.contains(words), "\(error)", sourceLocation: sourceLocation)
        #expect(!error.message.contains("\n"), sourceLocation: sourceLocation)
    }
}
