import ClientSetup
import Quorum
import StoreFormats
import Testing

@Suite("Doctor of Guix")
struct GuixDoctorTests {
    static let url = "http://127.0.0.1:8421"
    static let own = String(repeating: "4D", count: 32)
    static let acl = "(acl \(entry(own)))"
    static let environment = ["GUIX_BUILD_OPTIONS": "--cores=2 --fallback"]

    static func entry(_ q: String) -> String {
        "(entry (public-key (ecc (curve Ed25519) (q #\(q)#))) (tag (guix import)))"
    }

    private static func gateway(filter: Bool = false, root: CacheKind? = nil) throws -> GatewaySetup {
        let key = try NixPublicKey(parsing: DoctorTests.gatewayKey)
        let identity = try #require(KeyIdentity(algorithm: .ecdsaEd25519, bytes: Array(repeating: 0x4D, count: 32)))
        return GatewaySetup(
            url: url, signing: filter ? .filter([key]) : .reSign(key), guixKeys: [identity], rootStore: root)
    }

    private static func findings(
        acl: String = acl, daemon: String, environment: [String: String] = environment,
        gateway: GatewaySetup? = nil, more: [String: String] = [:]
    ) throws -> [DoctorFinding] {
        var files = more
        files["/etc/guix/acl"] = acl
        files["/proc/77/cmdline"] = ("guix-daemon " + daemon).replacing(" ", with: "\0") + "\0"
        let guix = try #require(try GuixConfiguration.read(root: try Fixture.root(files: files)))
        return GuixDoctor(guix: guix, environment: environment, gateway: try gateway ?? Self.gateway()).examine()
    }

    @Test(
        "what the guide says is in order",
        arguments: ["--substitute-urls=\(url)/guix", "--substitute-urls \(url)/guix/"])
    func healthy(daemon: String) throws {
        let findings = try Self.findings(daemon: daemon)
        #expect(findings.worst == .ok, "\(findings)")
        #expect(findings.allSatisfy { $0.fix == nil })
        let atRoot = try Self.findings(daemon: "--substitute-urls=\(Self.url)", gateway: Self.gateway(root: .guix))
        #expect(atRoot.worst == .ok, "\(atRoot)")
    }

    @Test("guix as it comes is a bypass")
    func untouched() throws {
        let farms = GuixConfiguration.wellKnownKeys.map { Self.entry($0.q) }.joined()
        let findings = try Self.findings(acl: "(acl \(farms))", daemon: "--build-users-group=x", environment: [:])
        #expect(findings.exitCode == 1)
        #expect(Set(findings.filter { $0.severity == .bypass }.map(\.setting)) == ["/etc/guix/acl", "substitute-urls"])
        #expect(findings.contains { $0.what.contains("ci.guix.gnu.org") })
        #expect(findings.contains { $0.severity == .warning && $0.setting == "GUIX_BUILD_OPTIONS" })
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var acl = GuixDoctorTests.acl
        var daemon = "--substitute-urls=\(GuixDoctorTests.url)/guix"
        var variable = "--fallback"
        var isFiltered = false
        var root: CacheKind?
        var more: [String: String] = [:]
        let setting: String
        let severity: DoctorFinding.Severity
        var words = ""

        var testDescription: String { "\(setting) \(severity) \(words)" }
    }

    private static let foreign = "(acl \(entry(own))\(entry(GuixConfiguration.wellKnownKeys[0].q)))"

    @Test(
        "one thing that is not as it should be",
        arguments: [
            Case(acl: "(acl)", setting: "/etc/guix/acl", severity: .warning, words: "not authorized"),
            Case(acl: foreign, setting: "/etc/guix/acl", severity: .warning, words: "anybody may pass"),
            Case(
                acl: foreign, daemon: "--substitute-urls=\(url)/guix https://x.example", setting: "/etc/guix/acl",
                severity: .bypass, words: "one signature"),
            Case(
                acl: foreign, daemon: "--substitute-urls=\(url)/guix --discover", setting: "discover",
                severity: .bypass),
            Case(
                acl: "(acl \(entry(own)) (tag x))", setting: "/etc/guix/acl", severity: .warning, words: "another way"),
            Case(
                daemon: "--substitute-urls=https://x.example", setting: "substitute-urls", severity: .warning,
                words: "never asked"),
            Case(
                daemon: "--substitute-urls=https://x.example \(url)/guix", isFiltered: true,
                setting: "substitute-urls", severity: .bypass, words: "filter mode"),
            Case(
                daemon: "--substitute-urls=\(url)", root: .nix, setting: "substitute-urls", severity: .warning,
                words: "another store"),
            Case(
                acl: foreign, variable: "--fallback --substitute-urls=https://x.example", setting: "substitute-urls",
                severity: .bypass, words: "GUIX_BUILD_OPTIONS"),
            Case(daemon: "--no-substitutes", setting: "substitute-urls", severity: .warning, words: "Nothing"),
            Case(variable: "", setting: "GUIX_BUILD_OPTIONS", severity: .warning),
            Case(more: ["/etc/guix/machines.scm": "()"], setting: "/etc/guix/machines.scm", severity: .warning),
        ])
    func line(entry: Case) throws {
        // A word with a space is one word of a command line.
        let gateway = try Self.gateway(filter: entry.isFiltered, root: entry.root)
        var files = entry.more
        files["/etc/guix/acl"] = entry.acl
        files["/proc/8/cmdline"] =
            "/bin/guile\0/bin/guix-daemon\0"
            + entry.daemon.replacing(" --", with: "\0--") + "\0"
        let guix = try #require(try GuixConfiguration.read(root: try Fixture.root(files: files)))
        let findings = GuixDoctor(
            guix: guix, environment: ["GUIX_BUILD_OPTIONS": entry.variable], gateway: gateway
        ).examine()
        let finding = findings.first {
            $0.setting == entry.setting && $0.severity == entry.severity && $0.what.contains(entry.words)
        }
        #expect(finding?.fix != nil, "\(findings)")
        #expect(findings.exitCode == (entry.severity == .bypass ? 1 : 0))
    }

    @Test("a gateway whose key is not known makes every key foreign")
    func unknownKey() throws {
        let key = try NixPublicKey(parsing: DoctorTests.gatewayKey)
        let findings = try Self.findings(
            daemon: "--substitute-urls=\(Self.url)/guix", gateway: GatewaySetup(url: Self.url, signing: .reSign(key)))
        #expect(findings.worst == .warning)
        #expect(findings.contains { $0.what.contains("not known") })
    }

    @Test(
        "the daemon is found among processes",
        arguments: [
            (["/proc/1/cmdline": "init\0"], GuixConfiguration.defaultSubstituteURLs),
            (
                ["/proc/self/cmdline": "guix-daemon\0--substitute-urls=https://a\0"],
                GuixConfiguration.defaultSubstituteURLs
            ),
            (
                ["/proc/2/cmdline": "/x/guix-daemon\0--substitute-urls=https://a https://b\0"],
                ["https://a", "https://b"]
            ),
            (["/proc/2/cmdline": "guix-daemon\0--substitute-urls\0https://a\0--cores=1\0"], ["https://a"]),
            (
                [
                    "/proc/2/cmdline": "guix-daemon\01234\0--substitute-urls=https://c\0",
                    "/proc/3/cmdline": "guix-daemon\0--substitute-urls=\0",
                ], []
            ),
        ] as [([String: String], [String])])
    func processes(files: [String: String], urls: [String]) throws {
        let all = files.merging(["/etc/guix/acl": "(acl)"]) { $1 }
        #expect(try GuixConfiguration.read(root: try Fixture.root(files: all))?.substituteURLs == urls)
    }
}
