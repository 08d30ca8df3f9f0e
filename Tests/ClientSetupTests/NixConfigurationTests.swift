import ClientSetup
import Testing

@Suite("Settings of Nix")
struct NixConfigurationTests {
    private func parse(_ nixConf: String, environment: [String: String] = [:]) throws -> NixConfiguration {
        try NixConfiguration.parse(
            files: try Fixture.root(files: ["/etc/nix/nix.conf": nixConf]), environment: environment)
    }

    @Test("defaults are those of a real nix 2.8")
    func defaults() throws {
        let shown = try NixConfiguration.parse(showConfig: try Fixture.bytes("show-config-2.8-default.json"))
        #expect(shown == NixConfiguration())
        #expect(shown.substituters.whence == "nix's default")
    }

    @Test("files are read as a real nix 2.8 reads them")
    func realFiles() throws {
        let shown = try NixConfiguration.parse(showConfig: try Fixture.bytes("show-config-2.8-two-files.json"))
        let files = try NixConfiguration.parse(files: Fixture.root("two-files"), environment: [:])
        #expect(files.substituters.value == shown.substituters.value)
        #expect(Set(files.trustedPublicKeys.value) == Set(shown.trustedPublicKeys.value))
        #expect(Set(files.trustedUsers.value) == Set(shown.trustedUsers.value))
        #expect(files.fallback.value == shown.fallback.value)
        #expect(files.requireSigs.value == shown.requireSigs.value)
        #expect(files.narinfoCacheNegativeTTL.value == shown.narinfoCacheNegativeTTL.value)
        #expect(files.builders.value == shown.builders.value)
        #expect(files.sandbox.value == shown.sandbox.value)
        #expect(files.substituters.whence == "/etc/nix/nix.conf:4, /etc/nix/nix.conf:5")
        #expect(files.trustedPublicKeys.whence == "/etc/nix/more.conf:1, /etc/nix/more.conf:2")
    }

    @Test("nix's answer counts, the files say where it was set")
    func readBoth() async throws {
        let bytes = try Fixture.bytes("show-config-2.8-two-files.json")
        let read = try await NixConfiguration.read(root: Fixture.root("two-files"), environment: [:]) { command in
            command.contains("show-config") ? bytes : nil
        }
        #expect(read.fallback.value)
        #expect(read.fallback.whence == "/etc/nix/more.conf:4")
        #expect(read.trustedPublicKeys.whence == "/etc/nix/more.conf:1, /etc/nix/more.conf:2")
        let other = try await NixConfiguration.read(root: try Fixture.root(files: [:]), environment: [:]) { _ in bytes }
        #expect(other.fallback.whence == "nix itself")
        let none = try await NixConfiguration.read(root: Fixture.root("two-files"), environment: [:]) { _ in nil }
        #expect(none.fallback.value)
    }

    @Test("the newer answer")
    func newer() throws {
        let shown = try NixConfiguration.parse(showConfig: try Fixture.bytes("config-show-newer.json"))
        #expect(shown.substituters.value.count == 3)
        #expect(shown.postBuildHook.value == "")
        #expect(shown.trustedSubstituters.value.isEmpty)
    }

    @Test("later lines win, extra adds, aliases are known, comments end the line")
    func lines() throws {
        let nix = try parse(
            """
            # a comment
            binary-caches = https://a.example https://b.example # and no more
            extra-binary-caches = https://c.example
            build-fallback = yes
            sandbox = relaxed
            narinfo-cache-positive-ttl = 2K
            something-unknown = 3
            require-sigs = 0\r

            """)
        #expect(nix.substituters.value == ["https://a.example", "https://b.example", "https://c.example"])
        #expect(nix.substituters.origins.map(\.appends) == [false, true])
        #expect(nix.fallback.value)
        #expect(nix.sandbox.value == "relaxed")
        #expect(nix.narinfoCachePositiveTTL.value == 2048)
        #expect(!nix.requireSigs.value)
        #expect(nix.requireSigs.whence == "/etc/nix/nix.conf:8")
    }

    @Test("extra keeps the default")
    func extra() throws {
        let nix = try parse("extra-substituters = https://a.example\n")
        #expect(nix.substituters.value == ["https://cache.nixos.org/", "https://a.example"])
    }

    @Test(
        "lines that nix refuses",
        arguments: [
            "fallback", "fallback = perhaps", "sandbox = yes", "foo bar = 1", "narinfo-cache-negative-ttl = 1h",
            "include", "include /nowhere.conf", "narinfo-cache-negative-ttl = 99999999999999999999", "= 1",
            "include = x y",
        ])
    func refused(line: String) throws {
        let error = try #require(throws: ClientSetupError.self) { try parse("\n\(line)\n") }
        #expect(error.code == .malformed)
        #expect(error.description.hasPrefix("/etc/nix/nix.conf:2: "))
    }

    @Test("files in circles")
    func circle() throws {
        #expect(throws: ClientSetupError(.tooLarge, at: .byte(0), "")) { try parse("include nix.conf\n") }
    }

    @Test("the user's files and NIX_CONFIG come after the system's")
    func order() throws {
        let root = try Fixture.root(files: [
            "/etc/nix/nix.conf": "trusted-users = root a\nfallback = true\n",
            "/etc/xdg/nix/nix.conf": "substituters = https://xdg.example\n",
            "/home/me/.config/nix/nix.conf": "substituters = https://me.example\n",
        ])
        let nix = try NixConfiguration.parse(
            files: root, environment: ["HOME": "/home/me", "NIX_CONFIG": "fallback = false\n"])
        #expect(nix.substituters.value == ["https://me.example"])
        #expect(nix.substituters.origins.map(\.isPersonal) == [true])
        #expect(!nix.fallback.value)
        #expect(nix.fallback.whence == "NIX_CONFIG, line 1")
        let listed = try NixConfiguration.parse(
            files: root, environment: ["HOME": "/home/me", "NIX_USER_CONF_FILES": "/etc/xdg/nix/nix.conf"])
        #expect(listed.substituters.value == ["https://xdg.example"])
    }

    @Test("machines that build for this one")
    func machines() throws {
        let root = try Fixture.root(files: [
            "/etc/nix/nix.conf": "builders = ssh://one x86_64-linux ; @/etc/nix/more\n",
            "/etc/nix/more": "# none\nssh://two # fast\n\n",
        ])
        let nix = try NixConfiguration.parse(files: root, environment: [:])
        #expect(nix.remoteBuilders == ["ssh://one x86_64-linux", "ssh://two"])
        let usual = try Fixture.root(files: ["/etc/nix/machines": "ssh://three\n"])
        #expect(try NixConfiguration.parse(files: usual, environment: [:]).remoteBuilders == ["ssh://three"])
        #expect(try parse("builders =\n").remoteBuilders.isEmpty)
    }

    @Test(
        "two spellings of one place",
        arguments: [
            ("https://cache.nixos.org", "https://cache.nixos.org/?priority=3"),
            ("HTTPS://A.example:443/", "https://a.example"),
            ("http://localhost:8421", "http://127.0.0.1:8421/"),
        ])
    func samePlace(left: String, right: String) {
        #expect(SubstituterAddress(left).place == SubstituterAddress(right).place)
    }

    @Test(
        "two places",
        arguments: [
            ("https://a.example", "http://a.example"), ("https://a.example", "https://a.example/b"),
            ("https://a.example", "https://a.example:444"), ("http://localhost.example", "http://127.0.0.1"),
            ("/a", "/b"),
        ])
    func otherPlace(left: String, right: String) {
        #expect(SubstituterAddress(left).place != SubstituterAddress(right).place)
    }

    @Test(
        "blind trust",
        arguments: [
            ("https://a.example?trusted=1", true), ("https://a.example?x=2&trusted=true", true),
            ("https://a.example?trusted=0", false), ("https://trusted=1.example", false),
        ])
    func blindTrust(text: String, expected: Bool) {
        #expect(SubstituterAddress(text).isTrustedBlindly == expected)
    }
}
