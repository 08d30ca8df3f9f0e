import ClientSetup
import Quorum
import StoreFormats
import Testing

@Suite("Doctor")
struct DoctorTests {
    static let gatewayKey = "quorate-gateway-desk-1:eIXkVJPucrUcZvhH+oVWuyOTjLL6KHJcorLVpiJyX2I="
    static let url = "http://127.0.0.1:8421"

    private static func reSign() throws -> GatewaySetup {
        GatewaySetup(url: url + "/", signing: .reSign(try NixPublicKey(parsing: gatewayKey)))
    }

    private static func filter() throws -> GatewaySetup {
        GatewaySetup(
            url: url,
            signing: .filter([
                try NixPublicKey(parsing: PolicyProposalTests.a), try NixPublicKey(parsing: PolicyProposalTests.b),
            ]))
    }

    /// Settings as the snippet makes them, and lines behind it.
    private static func settings(_ gateway: GatewaySetup, and lines: String = "") throws -> NixConfiguration {
        try NixConfiguration.parse(
            files: try Fixture.root(files: ["/etc/nix/nix.conf": ClientSnippet.nixConf(gateway) + lines + "\n"]),
            environment: [:])
    }

    @Test("the snippet leaves nothing to find")
    func healthy() throws {
        for gateway in [try Self.reSign(), try Self.filter()] {
            let findings = Doctor(nix: try Self.settings(gateway), environment: [:], gateway: gateway).examine()
            #expect(findings.filter { $0.severity != .ok } == [])
            #expect(findings.exitCode == 0)
            #expect(findings.allSatisfy { $0.fix == nil })
        }
    }

    @Test("nix as it comes is a bypass")
    func untouched() throws {
        let findings = Doctor(nix: NixConfiguration(), environment: [:], gateway: try Self.reSign()).examine()
        #expect(findings.exitCode == 1)
        #expect(
            findings.filter { $0.severity == .bypass }.map(\.setting) == [
                "substituters", "substituters", "trusted-public-keys",
            ])
        #expect(
            Set(findings.filter { $0.severity == .warning }.map(\.setting)) == [
                "trusted-public-keys", "fallback", "narinfo-cache-negative-ttl",
            ])
    }

    @Test(
        "the gateway is known by its root and by its address for nix",
        arguments: ["", "/", "/nix", "/nix/"], [nil, CacheKind.nix, .guix])
    func places(suffix: String, root: CacheKind?) throws {
        let key = try NixPublicKey(parsing: Self.gatewayKey)
        for given in ["", "/", "/nix", "/guix/"] {
            let gateway = GatewaySetup(url: Self.url + given, signing: .reSign(key), rootStore: root)
            #expect(gateway.url == Self.url)
            let nix = try Self.settings(gateway, and: "substituters = \(Self.url)\(suffix)")
            let findings = Doctor(nix: nix, environment: [:], gateway: gateway).examine()
            // At the root of one that serves Guix there, nix finds nothing that it takes.
            let isWrong = root == .guix && !suffix.hasPrefix("/nix")
            #expect(findings.worst == (isWrong ? .warning : .ok), "\(findings)")
            if isWrong { #expect(findings.first?.fix == "substituters = \(Self.url)/nix") }
        }
        let gateway = GatewaySetup(url: Self.url, signing: .reSign(key))
        let nix = try Self.settings(gateway, and: "substituters = \(Self.url)/guix")
        #expect(Doctor(nix: nix, environment: [:], gateway: gateway).examine().worst == .warning)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let line: String
        var filter = false
        let setting: String
        let severity: DoctorFinding.Severity
        var words = ""

        var testDescription: String { (filter ? "filter: " : "") + line }
    }

    @Test(
        "one line more",
        arguments: [
            Case(
                line: "extra-substituters = https://cache.nixos.org", setting: "substituters", severity: .warning,
                words: "content-addressed"),
            Case(
                line: "extra-substituters = https://cache.nixos.org", setting: "extra-substituters", severity: .warning),
            Case(
                line: "extra-substituters = https://cache.nixos.org", filter: true, setting: "substituters",
                severity: .bypass, words: "filter mode"),
            Case(
                line: "extra-substituters = https://x.example?trusted=1", setting: "substituters", severity: .bypass,
                words: "trusted=1"),
            Case(
                line: "substituters = \(url)?trusted=1", setting: "substituters", severity: .bypass, words: "trusted=1"),
            Case(
                line: "extra-trusted-public-keys = \(PolicyProposalTests.nixos)", setting: "trusted-public-keys",
                severity: .warning, words: "cache.nixos.org-1"),
            Case(
                line: "extra-trusted-public-keys = \(PolicyProposalTests.nixos)", filter: true,
                setting: "trusted-public-keys", severity: .warning),
            Case(line: "require-sigs = false", setting: "require-sigs", severity: .bypass),
            Case(line: "fallback = false", setting: "fallback", severity: .warning),
            Case(
                line: "narinfo-cache-negative-ttl = 3600", setting: "narinfo-cache-negative-ttl", severity: .warning,
                words: "1 hour"),
            Case(line: "trusted-users = root @wheel", setting: "trusted-users", severity: .warning, words: "@wheel"),
            Case(line: "trusted-users = *", setting: "trusted-users", severity: .warning, words: "Every user"),
            Case(
                line: "trusted-substituters = https://x.example", setting: "trusted-substituters", severity: .warning),
            Case(line: "builders = ssh://farm", setting: "builders", severity: .warning, words: "ssh://farm"),
            Case(line: "sandbox = false", setting: "sandbox", severity: .warning),
            Case(line: "substitute = false", setting: "substitute", severity: .warning),
            Case(line: "accept-flake-config = true", setting: "accept-flake-config", severity: .warning),
            Case(line: "substituters =", setting: "substituters", severity: .warning, words: "everything is built"),
            Case(
                line: "trusted-public-keys =", setting: "trusted-public-keys", severity: .warning, words: "not trusted"),
            Case(
                line: "trusted-public-keys = quorate-gateway-desk-1:MH3PE2Cb5XadkwsGbnSivGKoIqbxDDSzu/uE+ddtfbM=",
                setting: "trusted-public-keys", severity: .warning, words: "another value"),
        ])
    func line(entry: Case) throws {
        let gateway = entry.filter ? try Self.filter() : try Self.reSign()
        let nix = try Self.settings(gateway, and: entry.line)
        let findings = Doctor(nix: nix, environment: [:], gateway: gateway).examine()
        let finding = findings.first {
            $0.setting == entry.setting && $0.severity == entry.severity && $0.what.contains(entry.words)
        }
        #expect(finding?.fix != nil, "\(findings)")
        #expect(findings.exitCode == (entry.severity == .bypass ? 1 : 0))
    }

    @Test("another substituter and its key together")
    func together() throws {
        let gateway = try Self.reSign()
        let lines =
            "substituters = https://cache.nixos.org \(Self.url)\n"
            + "extra-trusted-public-keys = \(PolicyProposalTests.nixos)"
        let findings = Doctor(nix: try Self.settings(gateway, and: lines), environment: [:], gateway: gateway).examine()
        #expect(findings.exitCode == 1)
        #expect(findings.contains { $0.severity == .bypass && $0.setting == "trusted-public-keys" })
        #expect(findings.contains { $0.severity == .warning && $0.what.contains("not the first") })
    }

    @Test("unsigned paths from another substituter")
    func unsigned() throws {
        let gateway = try Self.reSign()
        let lines = "require-sigs = false\nsubstituters = \(Self.url) https://x.example"
        let findings = Doctor(nix: try Self.settings(gateway, and: lines), environment: [:], gateway: gateway).examine()
        #expect(findings.filter { $0.severity == .bypass }.map(\.setting) == ["substituters", "require-sigs"])
    }

    @Test("variables")
    func variables() throws {
        let gateway = try Self.reSign()
        let environment = ["NIX_CONFIG": "substituters = \(Self.url)", "NIX_REMOTE": "ssh-ng://elsewhere"]
        let root = try Fixture.root(files: ["/etc/nix/nix.conf": ClientSnippet.nixConf(gateway)])
        let nix = try NixConfiguration.parse(files: root, environment: environment)
        let findings = Doctor(nix: nix, environment: environment, gateway: gateway).examine()
        #expect(
            findings.filter { $0.severity == .warning }.map(\.setting) == [
                "NIX_CONFIG", "NIX_REMOTE", "user settings",
            ])
        let daemon = Doctor(
            nix: try Self.settings(gateway), environment: ["NIX_REMOTE": "daemon", "NIX_CONFIG": ""], gateway: gateway)
        #expect(daemon.examine().worst == .ok)
    }

    @Test("snippets")
    func snippets() throws {
        #expect(
            ClientSnippet.nixConf(try Self.reSign()) == """
                substituters = http://127.0.0.1:8421/nix
                trusted-public-keys = \(Self.gatewayKey)
                fallback = true
                narinfo-cache-negative-ttl = 0

                """)
        #expect(
            ClientSnippet.nixosModule(try Self.reSign()) == """
                { lib, ... }:
                {
                  nix.settings = {
                    substituters = lib.mkForce [ "http://127.0.0.1:8421/nix" ];
                    trusted-public-keys = lib.mkForce [
                      "\(Self.gatewayKey)"
                    ];
                    fallback = true;
                    narinfo-cache-negative-ttl = 0;
                  };
                }

                """)
    }
}
