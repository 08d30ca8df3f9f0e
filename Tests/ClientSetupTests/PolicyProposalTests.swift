import ClientSetup
import Quorum
import Testing

@Suite("Proposed policies")
struct PolicyProposalTests {
    static let nixos = "cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY="
    static let a = "cache-a.quorate.test-1:MH3PE2Cb5XadkwsGbnSivGKoIqbxDDSzu/uE+ddtfbM="
    static let b = "cache-b.quorate.test-1:eAl/RbrBXloYOECVXSu1RaZ4A48SlvkUwmvdV7GFfKQ="
    static let c = "cache-c.quorate.test-1:eIXkVJPucrUcZvhH+oVWuyOTjLL6KHJcorLVpiJyX2I="

    private func nix(_ substituters: [String], _ keys: [String]) -> NixConfiguration {
        var nix = NixConfiguration()
        nix.substituters.value = substituters
        nix.trustedPublicKeys.value = keys
        return nix
    }

    @Test("nix as it comes: one farm, which is no agreement")
    func nixDefault() throws {
        let proposal = PolicyProposal(nix: NixConfiguration())
        let policy = try Policy.parse(proposal.text)
        #expect(proposal.mode == .observe)
        #expect(proposal.text.contains("One of one is no agreement"))
        #expect(policy.caches.map(\.name) == ["nixos"])
        #expect(policy.caches.map(\.urls) == [["https://cache.nixos.org"]])
        #expect(policy.caches.map(\.builds) == [true])
        #expect(Set(policy.quorums.keys) == [.nix])
    }

    @Test("Guix as it comes: two farms, enforced")
    func guixDefault() throws {
        let guix = try #require(try GuixConfiguration.read(root: Fixture.root("guix")))
        let proposal = PolicyProposal(guix: guix)
        let policy = try Policy.parse(proposal.text)
        #expect(proposal.mode == .enforce)
        #expect(proposal.text.contains("\ngroup farms 2 ci bordeaux\n"))
        #expect(policy.caches.map(\.urls) == [["https://ci.guix.gnu.org"], ["https://bordeaux.guix.gnu.org"]])
    }

    @Test("both in one file")
    func both() throws {
        let guix = try #require(try GuixConfiguration.read(root: Fixture.root("guix")))
        let proposal = PolicyProposal(nix: NixConfiguration(), guix: guix)
        let policy = try Policy.parse(proposal.text)
        #expect(proposal.mode == .observe)
        #expect(Set(policy.quorums.keys) == [.nix, .guix])
    }

    @Test("caches that may copy are one voter beside the farm")
    func copies() throws {
        let proposal = PolicyProposal(
            nix: nix(
                [
                    "https://cache.nixos.org", "https://cache-a.quorate.test",
                    "https://cache-b.quorate.test/nix?priority=3",
                ],
                [Self.nixos, Self.a, Self.b]))
        let policy = try Policy.parse(proposal.text)
        #expect(proposal.mode == .warn)
        #expect(policy.caches.map(\.builds) == [true, false, false])
        #expect(policy.caches.map(\.name) == ["nixos", "cache-a-quorate-test", "cache-b-quorate-test"])
        #expect(proposal.text.contains("\nparty copies cache-a-quorate-test cache-b-quorate-test\n"))
        #expect(proposal.text.contains("\ngroup nixers 2 nixos copies\n"))
        #expect(policy.caches.last?.urls == ["https://cache-b.quorate.test/nix"])
    }

    @Test("caches that may copy and no farm: nobody to agree with")
    func onlyCopies() throws {
        let proposal = PolicyProposal(
            nix: nix(["https://cache-a.quorate.test", "https://cache-b.quorate.test"], [Self.a, Self.b]))
        _ = try Policy.parse(proposal.text)
        #expect(proposal.mode == .observe)
        #expect(proposal.text.contains("\ngroup nixers 1 copies\n"))
    }

    @Test("two keys of one farm are one party")
    func rotation() throws {
        let second = "cache.nixos.org-2:" + Self.c.split(separator: ":")[1]
        let proposal = PolicyProposal(nix: nix(["https://cache.nixos.org"], [Self.nixos, second]))
        let policy = try Policy.parse(proposal.text)
        #expect(policy.caches.map(\.name) == ["nixos", "nixos-2"])
        #expect(proposal.text.contains("\nparty nixos-keys nixos nixos-2\ngroup nixers 1 nixos-keys\n"))
        #expect(proposal.mode == .observe)
    }

    @Test("a key that names no substituter is looked for where no key is named after")
    func unpaired() throws {
        let proposal = PolicyProposal(
            nix: nix(
                ["https://cache.nixos.org", "https://mirror.example", "https://other.example"], [Self.nixos, Self.a]))
        let policy = try Policy.parse(proposal.text)
        #expect(policy.caches.last?.urls == ["https://mirror.example", "https://other.example"])
        #expect(proposal.text.contains("looked for at all of these addresses"))
    }

    @Test("what cannot be used is left out with its reason")
    func leftOut() throws {
        let gateway = "quorate-gateway-me-1:" + Self.b.split(separator: ":")[1]
        let twin = "other-1:" + Self.nixos.split(separator: ":")[1]
        let proposal = PolicyProposal(
            nix: nix(
                ["https://cache.nixos.org", "/local/store", "https://keyless.example"],
                [Self.nixos, twin, gateway, "short:AAAA", "evil\nquorum nix all:x"]))
        let policy = try Policy.parse(proposal.text)
        #expect(policy.caches.map(\.name) == ["nixos"])
        for words in [
            "/local/store: not a cache on the web", "key other-1: the same key", "a gateway's key", "key short:AAAA",
            "https://keyless.example: none of the trusted keys", "key evil?quorum nix all:x",
        ] {
            #expect(proposal.text.contains(words), "\(words)")
        }
    }

    @Test("nothing to propose")
    func nothing() throws {
        for proposal in [PolicyProposal(), PolicyProposal(nix: nix([], [])), PolicyProposal(nix: nix([], [Self.a]))] {
            let policy = try Policy.parse(proposal.text)
            #expect(policy.quorums.isEmpty)
            #expect(proposal.mode == .observe)
        }
    }

    /// The output of `nix config show` and a systemd unit may have any text in a list.
    @Test(
        "an address that no policy can name is left out, whatever it contains",
        arguments: [
            "https://a.example\nquorum guix farms", "https://a.example builds", "https://a.example/<x>",
            "https://a.example:080", "https://a.example/../b", "https://b\u{e4}r.example", "https://user@a$b.example",
        ])
    func hostileAddress(address: String) throws {
        let text = PolicyProposal(nix: nix(["https://cache-a.quorate.test", address], [Self.a])).text
        let policy = try Policy.parse(text)
        #expect(policy.caches.map(\.urls) == [["https://cache-a.quorate.test"]])
        #expect(Set(policy.quorums.keys) == [.nix])
        #expect(text.contains("\n# Nix, note: https://"))
    }

    @Test("a key that no policy can name is left out")
    func hostileKeys() throws {
        for key in [
            "with\"mark-1:\(Self.b.split(separator: ":")[1])", "x/Quorate-Gateway-1:\(Self.b.split(separator: ":")[1])",
        ] {
            let policy = try Policy.parse(
                PolicyProposal(nix: nix(["https://cache-a.quorate.test"], [Self.a, key])).text)
            #expect(policy.caches.map(\.key.name) == ["cache-a.quorate.test-1"], "\(key)")
        }
        let list =
            "(acl (entry (public-key (ecc (curve Ed25519) (q #\(String(repeating: "00", count: 32))#))) (tag (guix import))))"
        let guix = try GuixConfiguration.parse(accessList: Array(list.utf8))
        #expect(try Policy.parse(PolicyProposal(guix: guix).text).caches.isEmpty)
    }

    @Test("a voter is not called like a gateway")
    func gatewayName() throws {
        let key = "_quorate-gateway-1:\(Self.b.split(separator: ":")[1])"
        let policy = try Policy.parse(PolicyProposal(nix: nix(["https://cache-a.quorate.test"], [key])).text)
        #expect(policy.caches.map(\.name) == ["cache"])
    }

    @Test("more addresses than a line holds are left out")
    func manyAddresses() throws {
        let some = (0..<100).map { "https://\($0).example" }
        #expect(try Policy.parse(PolicyProposal(nix: nix(some, [Self.b])).text).caches.map(\.urls.count) == [64])
        let long = (0..<20).map { "https://\($0).example/" + String(repeating: "x", count: 1_000) }
        #expect(try Policy.parse(PolicyProposal(nix: nix(long, [Self.b])).text).caches.map(\.urls.count) == [8])
    }
}
