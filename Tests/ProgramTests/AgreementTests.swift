import Foundation
import StoreFormats
import TestSupport
import Testing

/// What builders state in their logs, from the build to the proof file, through the program.
@Suite(
    "Builders that agree in their logs", .serialized,
    .enabled(if: BuildGround.obstacle == nil, "no builds here: \(BuildGround.obstacle ?? "")"))
struct AgreementTests {
    /// A builder of which the log lies in a folder, and is read there.
    private struct Party {
        let name: String
        let ground: BuildGround
        /// `builder` and `log` lines for a policy that reads the folder.
        let lines: String

        init(_ name: String) async throws {
            self.name = name
            ground = try BuildGround()
            let made = try await ground.run(["builder", "init", name, "--url", "https://\(name).example"])
            #expect(made.status == 0, "\(made.err)")
            let folder = ground.home.folder.file("state/log")
            let lines = made.out.split(separator: "\n").map(String.init)
            let builder = try #require(lines.first { $0.hasPrefix("builder \(name) ") && $0.contains("https:") })
            let log = try #require(lines.first { $0.hasPrefix("log ") })
            self.lines =
                "\(log.split(separator: " ").dropLast().joined(separator: " ")) file://\(folder)\n"
                + "\(builder.split(separator: " ").dropLast().joined(separator: " ")) \(name).example/log\n"
        }

        /// Builds something and states it in the log.
        func attest(_ thing: String) async throws -> StorePath {
            let derivation = try HandMade.derivation(thing)
            let built = try await ground.run(["build", try ground.write(derivation)])
            #expect(built.status == 0, "\(built.err)")
            let path = derivation.outputs[0].path
            let attested = try await ground.run(["attest", "--public", "*\(thing)*", path.path])
            #expect(attested.status == 0, "\(attested.err)\(attested.out)")
            return path
        }

        func copyLog(to name: String) throws {
            try? FileManager.default.removeItem(atPath: ground.home.folder.file(name))
            try FileManager.default.copyItem(
                atPath: ground.home.folder.file("state/log"), toPath: ground.home.folder.file(name))
        }

        func restoreLog(from name: String) throws {
            try FileManager.default.removeItem(atPath: ground.home.folder.file("state/log"))
            try FileManager.default.copyItem(
                atPath: ground.home.folder.file(name), toPath: ground.home.folder.file("state/log"))
        }
    }

    private func policy(_ parties: [Party], votes: Int) -> String {
        parties.map(\.lines).joined()
            + "group all-of-them \(votes) built \(parties.map(\.name).joined(separator: " "))\n"
            + "quorum nix all-of-them\nquorum none\n"
    }

    private func run(_ home: Home, _ arguments: String...) async throws -> Program.Output {
        try await Program.run(arguments, home: home)
    }

    @Test("What two builders state is quorate, and a file proves it to others")
    func proof() async throws {
        let (alice, bob) = (try await Party("alice"), try await Party("bob"))
        let path = try await alice.attest("thing")
        let text = policy([alice, bob], votes: 2)
        let home = try Home(policy: text)
        let short = try await run(home, "verify", path.path)
        #expect(short.status == 1, "\(short.out)\(short.err)")
        let early = try await run(home, "proof", "export", path.path, "-o", home.folder.file("early"))
        #expect(early.status == 1 && !FileManager.default.fileExists(atPath: home.folder.file("early")))

        #expect(try await bob.attest("thing") == path)
        let quorate = try await run(home, "verify", path.path)
        #expect(quorate.status == 0, "\(quorate.out)\(quorate.err)")
        let file = home.folder.file("thing.proof")
        let exported = try await run(home, "proof", "export", path.path, "-o", file)
        #expect(exported.status == 0, "\(exported.err)")

        // Another person, who has the file, a policy and the thing, and asks nobody.
        let other = try Home(policy: text)
        for party in [alice, bob] {
            try FileManager.default.removeItem(atPath: party.ground.home.folder.file("state/log"))
        }
        let thing = alice.ground.home.folder.file("store" + path.path)
        let good = try await run(other, "proof", "verify", file, "--file", thing)
        #expect(good.status == 0 && good.out.contains("Reproduced by alice, bob"), "\(good.out)\(good.err)")
        let json = try await run(other, "proof", "verify", "--json", file)
        #expect(json.status == 0 && json.out.contains("\"not-given\""))
        try other.folder.write("another", "another thing")
        #expect(try await run(other, "proof", "verify", file, "--file", other.folder.file("another")).status == 2)
        let summary = try await run(other, "proof", "verify", file, "--summary", other.folder.file("vsa"))
        #expect(summary.status == 0 && other.folder.names.contains("vsa"))

        // Whose policy wants somebody else is not convinced.
        let carol = try await Party("carol")
        try other.folder.write("stricter", policy([alice, carol], votes: 2))
        let unconvinced = try await run(other, "proof", "verify", file, "--policy", other.folder.file("stricter"))
        #expect(unconvinced.status == 1, "\(unconvinced.out)")
        // What this machine revoked counts for nothing in a file either.
        let key = try #require(alice.lines.split(separator: " ").first { $0.hasPrefix("quorate-builder-") })
        #expect(try await run(other, "revoke", "key", "builder", String(key)).status == 0)
        #expect(try await run(other, "proof", "verify", file).status == 1)

        // Nothing of a file that was changed convinces anybody.
        let bytes = try home.folder.read("thing.proof")
        let fresh = try Home(policy: text)
        for position in stride(from: 7, to: bytes.count, by: bytes.count / 12) {
            var changed = bytes
            changed[position] ^= 1
            try fresh.folder.write("changed", changed)
            let output = try await run(fresh, "proof", "verify", fresh.folder.file("changed"))
            // The policy that the file carries is only told; all else counts.
            #expect(output.status != 0 || output.out.contains("quorate"), "\(position)")
            #expect([0, 1, 2, 65].contains(output.status), "\(position): \(output.err)")
        }
        try fresh.folder.write("cut", Array(bytes.dropLast(40)))
        let cut = try await run(fresh, "proof", "verify", fresh.folder.file("cut"))
        #expect(cut.status == 65 && cut.errorLines.count == 1, "\(cut.err)")
    }

    @Test("A log that goes back or forks is told, and counts as no claim until a person has looked")
    func misbehaviour() async throws {
        let alice = try await Party("alice")
        let home = try Home(policy: policy([alice], votes: 1))
        let first = try await alice.attest("first")
        try alice.copyLog(to: "old")
        let second = try await alice.attest("second")
        try alice.copyLog(to: "new")
        #expect(try await run(home, "verify", first.path, second.path).status == 0)

        try alice.restoreLog(from: "old")
        let back = try await run(home, "verify", first.path)
        #expect(back.status == 1 && back.err.contains("ALARM") && back.err.contains("rolled-back"), "\(back.err)")
        try alice.restoreLog(from: "new")
        #expect(try await run(home, "verify", first.path).status == 0, "what it shows again counts again")

        // The old copy goes on as if nothing had been: another history of the same length.
        try alice.restoreLog(from: "old")
        _ = try await alice.attest("third")
        let forked = try await run(home, "verify", first.path)
        #expect(forked.status == 1 && forked.err.contains("ALARM") && forked.err.contains("forked"), "\(forked.err)")
        let forks = home.folder.file("state/forks")
        let evidence = FileManager.default.enumerator(atPath: forks)?.allObjects.compactMap { $0 as? String } ?? []
        #expect(evidence.contains { $0.hasSuffix("/remembered") } && evidence.contains { $0.hasSuffix("/seen") })
        try alice.restoreLog(from: "new")
        #expect(try await run(home, "verify", first.path).status == 1, "a fork is not forgotten")
        let monitored = try await run(home, "log", "monitor")
        #expect([0, 2].contains(monitored.status))
        let unwatched = try await run(try Home(policy: "policy nobody\n"), "log", "monitor")
        #expect(unwatched.status == 78 && unwatched.err.contains("nothing to watch"), "\(unwatched.err)")
        try FileManager.default.removeItem(atPath: forks)
        #expect(try await run(home, "verify", first.path).status == 0)
    }

    @Test("fsck, prove, add, mirror and retire work on the folder of a log")
    func folder() async throws {
        let alice = try await Party("alice")
        _ = try await alice.attest("thing")
        let check = try await alice.ground.run(["log", "fsck", "--json"])
        #expect(check.status == 0 && check.out.contains("\"sound\" : true"), "\(check.out)")
        let proof = try await alice.ground.run(["log", "prove", "0"])
        #expect(proof.status == 0 && proof.out.hasPrefix("c2sp.org/tlog-proof@v1\nextra "))
        #expect(try await alice.ground.run(["log", "prove", "1"]).status == 66)

        // The same attestation in a log that others share, twice; what is none is refused.
        let extra = try #require(proof.out.split(separator: "\n").dropFirst().first?.dropFirst(6))
        let leaf = try #require(Data(base64Encoded: String(extra)))
        let home = try Home()
        try home.folder.write("bundle", Array(leaf) + Array("\n".utf8) + Array(leaf) + Array("\n".utf8))
        let made = try await run(home, "log", "init", home.folder.file("shared"), "--origin", "shared.example/log")
        #expect(made.status == 0 && made.out.hasPrefix("log shared.example/log+"), "\(made.err)")
        let again = try await run(home, "log", "init", home.folder.file("shared"), "--origin", "shared.example/log")
        #expect(again.status == 0 && again.out == made.out, "\(again.err)")
        let other = try await run(home, "log", "init", home.folder.file("shared"), "--origin", "other.example/log")
        #expect(other.status == 65 && other.out == "")
        let added = try await run(home, "log", "add", "--log", home.folder.file("shared"), home.folder.file("bundle"))
        #expect(added.status == 0 && added.out == "0\n0\n", "\(added.out)\(added.err)")
        try home.folder.write("free", "anything\n")
        let free = try await run(home, "log", "add", "--log", home.folder.file("shared"), home.folder.file("free"))
        #expect(free.status == 65 && free.err.contains("line 1"), "\(free.err)")

        let copied = try await run(
            home, "log", "mirror", "--into", home.folder.file("mirror"),
            String(try #require(made.out.split(separator: " ").dropFirst().first)),
            "file://" + home.folder.file("shared"))
        #expect(copied.status == 0, "\(copied.err)")

        let retired = try await run(home, "log", "retire", "--log", home.folder.file("shared"))
        #expect(retired.status == 0, "\(retired.err)")
        let late = try await run(home, "log", "add", "--log", home.folder.file("shared"), home.folder.file("bundle"))
        #expect(late.status != 0)
        #expect(try await run(home, "log", "fsck", "--log", home.folder.file("shared")).status == 0)

        // A bit that fell over is found.
        let bundle = home.folder.file("shared/tile/entries/000.p/1")
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: bundle)
        var bytes = try Data(contentsOf: URL(filePath: bundle))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(filePath: bundle))
        let damaged = try await run(home, "log", "fsck", "--log", home.folder.file("shared"))
        #expect(damaged.status == 1 && damaged.out.contains("damage"), "\(damaged.out)")
    }
}
