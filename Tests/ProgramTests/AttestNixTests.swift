import Foundation
import Glibc
import StoreFormats
import TestSupport
import Testing

/// What a real nix built and what it copied, told apart, and its post-build hook.
@Suite(
    "quorate attest beside a real nix",
    .enabled(
        if: ["/usr/bin", "/usr/local/bin", "/bin"].contains { access("\($0)/nix-build", X_OK) == 0 }
            && access("/bin/busybox", X_OK) == 0, "needs nix and a static busybox"))
struct AttestNixTests {
    private static let expression = #"""
        let make = name: input: derivation {
          inherit name input; system = "x86_64-linux"; builder = "${./tools}/busybox";
          args = [ "sh" "-c" "echo ${name} > $out" ];
        }; in make "thing" (make "input" "")
        """#

    /// A builder beside a nix of its own in the folder `root`, whose hook is the one of the documentation.
    private func home() async throws -> Home {
        let home = try await BuilderTests.home("alice", at: "https://alice.example")
        try home.folder.write(
            "nix-conf/nix.conf",
            """
            build-users-group =
            sandbox = false
            substituters =
            experimental-features = nix-command
            post-build-hook = \(home.folder.file("hook"))

            """)
        try home.folder.write(
            "hook", "#!/bin/sh\n[ -x '\(Program.path)' ] && '\(Program.path)' attest --enqueue\nexit 0\n")
        chmod(home.folder.file("hook"), 0o755)
        try home.folder.write("thing.nix", Self.expression)
        try home.folder.write("tools/readme", "what builds need")
        try FileManager.default.copyItem(atPath: "/bin/busybox", toPath: home.folder.file("tools/busybox"))
        return home
    }

    private func script(_ words: String, home: Home) async throws -> String {
        let output = try await Program.run(
            shell: "set -e; cd \"$QUORATE_HOME\"; " + words, home: home)
        #expect(output.status == 0, "\(output.err)")
        return output.out
    }

    @Test("Nix's hook fills the queue, and what it built stands in the log")
    func hook() async throws {
        let home = try await home()
        let out = try await script("nix-build --no-out-link thing.nix; ls state/queue | wc -l", home: home)
        let lines = out.split(separator: "\n").map(String.init)
        #expect(lines.last?.trimmingCharacters(in: .whitespaces) == "2", "\(out)")
        let path = try #require(lines.first)
        let worked = try await Program.run(
            ["attest", "--queue", "--json", "--public", "thing", "--public", "input"], home: home)
        #expect(worked.status == 0, "\(worked.err)")
        let paths = try AttestTests.Document(worked).paths
        #expect(paths.map(\.result) == ["attested", "attested"], "\(worked.out)")
        #expect(paths.allSatisfy { $0.inputsKnown == true && $0.witness == "Nix's store" })
        let hash = try NarHasher.hash(path: home.folder.file("root") + path).hash.hex
        #expect(try await LogReading(home).statements.contains("\(path) \(hash)"))
    }

    @Test("What nix copied is not attested, and what nix cannot read of its database it tells")
    func copied() async throws {
        let home = try await home()
        let out = try await script(
            """
            p=$(nix-build --no-out-link thing.nix); nix copy --no-check-sigs --to "$PWD/other" "$p"
            echo "$p"
            """, home: home)
        let path = try #require(out.split(separator: "\n").last).description
        let arguments = ["attest", "--json", "-n", "--public", "thing", path]
        let here = try await Program.run(arguments, home: home)
        #expect(try AttestTests.Document(here).paths.map(\.result) == ["ready"], "\(here.out)")
        let there = try await Program.run(
            arguments, home: home, environment: ["NIX_REMOTE": home.folder.file("other")])
        #expect(there.status == 1)
        let told = try AttestTests.Document(there).paths
        #expect(told.map(\.result) == ["not-built"], "\(there.out)")
        #expect(told.first?.reason?.contains("copied") == true)
    }

    @Test("A hook that is not there breaks no build")
    func noProgram() async throws {
        let home = try await home()
        try home.folder.write(
            "hook", "#!/bin/sh\n[ -x /nowhere/quorate ] && /nowhere/quorate attest --enqueue\nexit 0\n")
        chmod(home.folder.file("hook"), 0o755)
        let out = try await script("nix-build --no-out-link thing.nix", home: home)
        #expect(out.hasPrefix("/nix/store/"))
    }
}
