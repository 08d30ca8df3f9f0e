import Foundation
import TestSupport
import Testing

@Suite("Policies that are signed and distributed")
struct PolicyDistributionTests {
    private let home: Home
    /// Where the signers work and publish.
    private let desk: TemporaryFolder

    init() async throws {
        home = try Home()
        desk = try TemporaryFolder()
        for name in ["anna", "bert", "carl"] {
            let made = try await Program.run(
                ["policy", "sign", "--key", desk.file("\(name).key"), "--name", "\(name).example/policy"], home: home)
            #expect(made.status == 0, "\(made.err)")
            try desk.write("\(name).line", made.out)
        }
        try desk.write("published/.keep", "")
    }

    private func policy(_ version: Int, until year: Int = 2099, signers: [String] = ["anna", "bert"]) throws -> String {
        let lines = try signers.map { try desk.text("\($0).line") }.joined()
        let file = "policy-\(version)"
        try desk.write(
            file,
            """
            version \(version) expires \(year)-01-01T00:00:00Z
            cache c nix cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY= https://cache.example builds
            group g any c
            quorum nix g
            \(lines)group board all \(signers.joined(separator: " "))
            signed-by board

            """)
        return desk.file(file)
    }

    /// Signs and publishes a version.
    private func publish(
        _ policy: String, as name: String, by signers: [String], after previous: String? = nil
    ) async throws -> Program.Output {
        let place = desk.file("published/\(name)")
        var last = Program.Output(status: 0, out: "", err: "")
        for (index, signer) in signers.enumerated() {
            var words = ["policy", "sign", "--key", desk.file("\(signer).key")]
            if let previous { words += ["--after", desk.file("published/\(previous)")] }
            last = try await Program.run(words + (index == 0 ? [policy, "-o", place] : [place]), home: home)
        }
        return last
    }

    private func update(_ more: String...) async throws -> Program.Output {
        try await Program.run(["policy", "update"] + more, home: home)
    }

    private var address: String { "file://" + desk.file("published") }

    /// Takes over version 1.
    private func begin() async throws {
        let signed = try await publish(try policy(1), as: "1", by: ["anna", "bert"])
        #expect(signed.status == 0, "\(signed.err)")
        let digest = try #require(signed.err.split(separator: " ").last).trimmingCharacters(in: .newlines)
        let taken = try await update(address, "--trust", digest)
        #expect(taken.status == 0, "\(taken.err)")
    }

    @Test("The first version is trusted by its digest, and by nothing else")
    func first() async throws {
        let half = try await publish(try policy(1), as: "1", by: ["anna"])
        #expect(half.status == 1 && half.err.contains("lacks signatures"), "\(half.err)")
        #expect(try await update(address, "--trust", String(repeating: "0", count: 64)).status == 78)
        try await begin()
        let shown = try await Program.run(["policy", "show"], home: home)
        #expect(shown.status == 0 && shown.out.contains("anna, bert"), "\(shown.err)")
        #expect(try home.folder.text("config/policy") == desk.text("policy-1"))

        let other = try Home()
        let untrusted = try await Program.run(["policy", "update", address], home: other)
        #expect(untrusted.status == 64 && untrusted.err.contains("--trust"))
        let wrong = try await Program.run(
            ["policy", "update", address, "--trust", String(repeating: "0", count: 64)], home: other)
        #expect(wrong.status == 78 && !FileManager.default.fileExists(atPath: other.folder.file("config/policy")))
    }

    @Test("Each next version needs the signatures of the one before and its own")
    func succession() async throws {
        try await begin()
        // Carl takes bert's place: bert has to agree, and carl to be there.
        let second = try policy(2, signers: ["anna", "carl"])
        #expect(try await publish(second, as: "2", by: ["anna", "carl"], after: "1").status == 1)
        let refused = try await update()
        #expect(refused.status == 78 && refused.err.contains("version 1 asks for"), "\(refused.err)")
        #expect(try home.folder.text("config/policy") == desk.text("policy-1"))
        #expect(try await publish(second, as: "2", by: ["anna", "carl", "bert"], after: "1").status == 0)
        // Two versions on: both are gone through.
        #expect(
            try await publish(try policy(3, signers: ["anna", "carl"]), as: "3", by: ["anna", "carl"], after: "2")
                .status == 0)
        #expect(try await update().status == 0)
        #expect(try home.folder.text("config/policy") == desk.text("policy-3"))

        // None left out, none older, nothing that is no policy, no line that does not verify.
        for bytes in [
            try desk.read("published/1"), Array("x".utf8),
            Array((try desk.text("published/3") + "\u{2014} anna.example/policy AAAAAA==\n").utf8),
        ] {
            try desk.write("published/4", bytes)
            #expect(try await update().status == 78)
            #expect(try home.folder.text("config/policy") == desk.text("policy-3"))
        }
        try FileManager.default.removeItem(atPath: desk.file("published/4"))
        // What was edited is told, and put right.
        try home.folder.write("config/policy", try desk.text("policy-3") + "# mine\n")
        let edited = try await Program.run(["policy", "show"], home: home)
        #expect(edited.status == 78 && edited.err.contains("edited"))
        #expect(try await update().status == 0)
        #expect(try await Program.run(["policy", "show"], home: home).status == 0)
    }

    @Test("An expired policy accepts nothing, and one that is about to end is told by every command")
    func expiry() async throws {
        try await begin()
        #expect(try await publish(try policy(2, until: 2020), as: "2", by: ["anna", "bert"], after: "1").status == 0)
        let expired = try await update()
        #expect(expired.status == 78 && expired.err.contains("accepts nothing"), "\(expired.err)")
        let path = "/nix/store/00000000000000000000000000000000-x"
        let verdict = try await Program.run(["verify", "--deadline", "1", path], home: home)
        #expect(verdict.status == 1 && verdict.err.contains("expired at 2020-01-01T00:00:00Z"), "\(verdict.err)")
        // An expired version leads on to the next.
        #expect(try await publish(try policy(3), as: "3", by: ["anna", "bert"], after: "2").status == 0)
        #expect(try await update().status == 0)
    }
}
