import Attestations
import Foundation
import Quorum
import StoreFormats
import TestSupport
import Testing
import TransparencyLog

/// Logs, and builders in them, that lie: written here, and read by the program.
@Suite("Logs that lie")
struct LyingLogTests {
    private func run(_ home: Home, _ arguments: String...) async throws -> Program.Output {
        try await Program.run(arguments, home: home)
    }

    private func verdict(_ home: Home, _ path: Int) async throws -> (word: String, status: Int32, err: String) {
        let output = try await run(home, "verify", "--json", "--refresh", TestLog.path(path))
        return (try VerifyTests.Document(output.out).paths[0].verdict, output.status, output.err)
    }

    // MARK: - Time and witnesses

    @Test("A log that nobody has cosigned for days is frozen: told, and counted for nothing until it goes on")
    func frozen() async throws {
        let log = try TestLog()
        try log.attest(0..<5)
        try log.publish(at: Parties.now - 10 * 86_400)
        let home = try Home(policy: try log.policy().text)
        let verdict = try await verdict(home, 3)
        #expect(verdict.status == 1 && verdict.word == "unclaimed")
        #expect(verdict.err.contains("ALARM") && verdict.err.contains("frozen"), "\(verdict.err)")
        let told = home.folder.file("told")
        let monitored = try await run(home, "log", "monitor", "--exec", "cat >> '\(told)'")
        #expect(monitored.status == 2 && monitored.err.contains("ALARM"), "\(monitored.err)")
        let words = try home.folder.text("told")
        #expect(words.contains(log.origin) && words.split(separator: "\n").count == 1, "\(words)")
        try log.publish(at: Parties.now)
        #expect(try await self.verdict(home, 3).word == "quorate")
        #expect(try await run(home, "log", "monitor").status == 0)
    }

    /// What stands for two cosignatures below a checkpoint, and is none.
    enum Cosigning: String, CaseIterable {
        case one, oneTwice, oneKeyUnderAnotherName, forgedLine, ofTheFuture, ofAnotherTree, ofStrangers, asTheLog
    }

    @Test("Checkpoints that enough witnesses did not cosign count for nothing", arguments: Cosigning.allCases)
    func cosigning(_ cosigning: Cosigning) async throws {
        let log = try TestLog()
        try log.attest(0..<4)
        let other = try log.checkpoint()
        try log.attest(4..<5)
        let good = try log.publish(at: Parties.now)
        let (own, first) = (good.signatures[0], good.signatures[1])
        let text = good.text
        let second: [NoteSignature] =
            switch cosigning {
            case .one: []
            case .oneTwice: [first, try log.witnesses[0].cosign(text, at: UInt64(Parties.now) - 60)]
            case .oneKeyUnderAnotherName:
                [try log.witnesses[0].renamed(log.witnesses[1].key.name).cosign(text, at: UInt64(Parties.now))]
            case .forgedLine: [try good.signatures[2].forged]
            case .ofTheFuture: [try log.witnesses[1].cosign(text, at: UInt64(Parties.now) + 10 * 86_400)]
            case .ofAnotherTree: [try log.witnesses[1].cosign(other.text, at: UInt64(Parties.now))]
            case .ofStrangers:
                [
                    try NoteSigner.generate(name: log.witnesses[1].key.name, kind: .cosignature)
                        .cosign(text, at: UInt64(Parties.now))
                ]
            case .asTheLog: [try log.witnesses[1].renamed(log.origin).cosign(text, at: UInt64(Parties.now))]
            }
        try log.show(try good.signed([own, first] + second))
        let home = try Home(policy: try log.policy().text)
        let verdict = try await verdict(home, 3)
        #expect(verdict.status == 1 && verdict.word == "unclaimed", "\(verdict)")
        #expect(verdict.err.contains(log.origin), "\(verdict.err)")
        try log.show(good)
        #expect(try await self.verdict(home, 3).word == "quorate")
    }

    @Test("A log that shows its witness another history is found out by a monitor, which calls for somebody")
    func equivocatingLog() async throws {
        let log = try TestLog()
        try log.attest(0..<4)
        let twin = try log.twin()
        try log.attest(4..<10)
        try log.publish(at: Parties.now)
        try twin.attest(104..<110)
        let folder = try TemporaryFolder()
        let note = try twin.note(at: [Parties.now], by: [log.witnesses[0]])
        try folder.write(Checkpoint.pathName(ofOrigin: log.origin) + "/checkpoint", note.bytes)
        let home = try Home(policy: try log.policy(witnessURLs: ["file://" + folder.path]).text)
        // From here all looks well.
        #expect(try await verdict(home, 3).word == "quorate")
        let told = home.folder.file("told")
        let monitored = try await run(home, "log", "monitor", "--json", "--exec", "cat >> '\(told)'; exit 3")
        #expect(monitored.status == 2, "\(monitored.err)")
        #expect(monitored.out.contains("\"split\""), "\(monitored.out)")
        #expect(monitored.err.contains("--exec"), "that the command failed is told: \(monitored.err)")
        #expect(try home.folder.text("told").contains("another history"))
        let evidence =
            FileManager.default.enumerator(atPath: home.folder.file("state/monitor/forks"))?
            .compactMap { $0 as? String } ?? []
        for name in ["remembered", "seen", "proof", "why"] {
            #expect(evidence.contains { $0.hasSuffix("/" + name) }, "\(evidence)")
        }
        #expect(try await run(home, "log", "monitor").status == 2, "a fork is not forgotten")
    }

    @Test("A witness whose record is no note of the log proves nothing, and is told")
    func lyingWitnessRecord() async throws {
        let log = try TestLog()
        try log.attest(0..<4)
        let good = try log.publish(at: Parties.now)
        let folder = try TemporaryFolder()
        let home = try Home(policy: try log.policy(witnessURLs: ["file://" + folder.path]).text)
        let name = Checkpoint.pathName(ofOrigin: log.origin) + "/checkpoint"
        let stranger = try NoteSigner.generate(name: log.origin, kind: .ed25519)
        let twin = try TestLog(keysOf: log)
        try twin.attest(50..<54)
        let records: [[UInt8]] = [
            Array("nonsense\n".utf8),
            // A line under the log's name that it never wrote, over another history and over its own.
            try good.signed([try good.signatures[0].forged]).bytes,
            try twin.checkpoint().signed(by: stranger).bytes,
            // Its own line is forged: that is no reason to call the log forked.
            try twin.note(at: []).signed([good.signatures[0]]).bytes,
        ]
        for record in records {
            try folder.write(name, record)
            let monitored = try await run(home, "log", "monitor")
            #expect(monitored.status == 1, "\(monitored.err)")
            #expect(monitored.err.contains("w1") && !monitored.err.contains("ALARM"), "\(monitored.err)")
        }
    }

    // MARK: - Builders

    @Test("A builder that states two outcomes counts for each; a conflict stands until a person clears it")
    func equivocatingBuilder() async throws {
        let parties = try Parties("alice", "bob")
        try parties.state(1, 1, by: 0, 1)
        let single = try Home(policy: parties.policy("1 contradictable"))
        let both = try Home(policy: parties.policy("2"))
        #expect(try await verdict(single, 1).word == "quorate")
        #expect(try await run(both, "log", "monitor").status == 0)

        try parties.state(1, 2, by: 0)
        // Both outcomes meet a quorum of one; that of two is met by what bob says too.
        let conflict = try await verdict(single, 1)
        #expect(conflict.word == "conflict" && conflict.status == 2)
        #expect(try await verdict(both, 1).word == "quorate")
        let told = both.folder.file("told")
        let monitored = try await run(both, "log", "monitor", "--exec", "cat >> '\(told)'")
        #expect(monitored.status == 2 && monitored.err.contains("2 outcomes of \(TestLog.path(1))"), "\(monitored.err)")
        #expect(try both.folder.text("told").contains(TestLog.path(1)))
        #expect(try await run(both, "log", "monitor").status == 0, "each alarm is told once")
        // Nobody but a person takes a conflict away.
        #expect(try await verdict(single, 1).word == "conflict")
    }

    @Test("Dissent that is withheld gains nothing: what was refused without it is not accepted")
    func withheldDissent() async throws {
        let parties = try Parties("alice", "bob", "carol")
        try parties.state(1, 1, by: 0, 1)
        try parties.state(1, 2, by: 2)
        try parties.state(2, 1, by: 0)
        try parties.state(2, 2, by: 1, 2)
        try parties.state(3, 1, by: 0)
        try parties.state(3, 2, by: 1)
        try parties.state(3, 3, by: 2)
        let expected = [1: "quorate", 2: "quorate", 3: "split"]
        for (path, word) in expected {
            #expect(try await verdict(try Home(policy: parties.policy("2")), path).word == word, "\(path)")
        }
        // Whoever withholds logs from somebody new, be it any of them, does not get anything accepted that was not.
        for hidden in [[0], [1], [2], [0, 1], [1, 2], [0, 1, 2]] {
            for index in hidden {
                try FileManager.default.moveItem(
                    atPath: parties.logs[index].folder.file("checkpoint"),
                    toPath: parties.logs[index].folder.file("hidden"))
            }
            let home = try Home(policy: parties.policy("2"))
            let third = try await verdict(home, 3)
            #expect(third.status != 0 && third.word != "quorate", "\(hidden)")
            for index in hidden {
                try FileManager.default.moveItem(
                    atPath: parties.logs[index].folder.file("hidden"),
                    toPath: parties.logs[index].folder.file("checkpoint"))
            }
        }
    }

    @Test("Entries of any bytes, and attestations of others, stand in nobody's way")
    func hostileEntries() async throws {
        let parties = try Parties("alice")
        let log = parties.logs[0]
        let other = try TestLog.attester(NoteSigner.generate(name: "alice.example", kind: .ed25519))
        let good = try TestLog.attestation(1, by: log.attester).leaf
        let text = String(decoding: good, as: UTF8.self)
        var hostile: [[UInt8]] = [
            [0], Array("{}".utf8), Array("null".utf8),
            [UInt8](repeating: 0xFF, count: EntryBundle.maximumEntryByteCount),
            Array(#"{"payload":""#.utf8) + [UInt8](repeating: UInt8(ascii: "A"), count: 65_000),
            Array(String(repeating: "[", count: 65_535).utf8),
            Array(String(repeating: #"{"a":"#, count: 13_000).utf8),
            // Another spelling of what alice did sign, cut and lengthened; an unlisted builder's; a subject swapped.
            Array(text.replacingOccurrences(of: ":", with: ": ").utf8), Array(text.dropLast().utf8), good + [10],
            try TestLog.attestation(2, by: other).leaf,
            try Self.swapped(good, TestLog.path(1), TestLog.path(3)),
        ]
        hostile += (0..<60).map { number in
            var changed = good
            changed[number * (good.count - 1) / 60] ^= 0x20
            return changed
        }
        try log.append(hostile)
        try log.attest(7...7)
        try log.append(Array(repeating: hostile[3], count: 300))
        try log.attest(8...8)
        try log.publish()
        let home = try Home(policy: parties.policy("1"))
        for (path, word) in [(7, "quorate"), (8, "quorate"), (1, "unclaimed"), (2, "unclaimed"), (3, "unclaimed")] {
            let verdict = try await verdict(home, path)
            #expect(verdict.word == word && !verdict.err.contains("ALARM"), "\(path): \(verdict)")
        }
        #expect(try await run(home, "log", "monitor").status == 0)
        // They are copied like anything else.
        let copied = try await run(
            home, "log", "mirror", "--into", home.folder.file("copy"), "\(log.signer.key)", log.url)
        #expect(copied.status == 0, "\(copied.err)")
    }

    /// An attestation in which the one path stands for the other, under the old signature.
    static func swapped(_ leaf: [UInt8], _ path: String, _ other: String) throws -> [UInt8] {
        let text = String(decoding: leaf, as: UTF8.self)
        let parts = text.split(separator: "\"", omittingEmptySubsequences: false)
        guard parts.count > 3, let payload = Data(base64Encoded: String(parts[3])) else { throw TestFailure("no leaf") }
        let changed = String(decoding: payload, as: UTF8.self).replacingOccurrences(of: path, with: other)
        guard changed != String(decoding: payload, as: UTF8.self) else { throw TestFailure("nothing to swap") }
        return Array(
            text.replacingOccurrences(of: parts[3], with: Data(changed.utf8).base64EncodedString()).utf8)
    }

    // MARK: - Policies

    @Test("One key in two places of a policy is refused, under whatever names")
    func oneKeyTwice() async throws {
        let parties = try Parties("alice", "bob")
        let (alice, bob) = (parties.logs[0], parties.logs[1])
        let twin = try alice.builder.renamed("mallory.example")
        let nix = "alice-1:" + Data(alice.builder.key.publicKey).base64EncodedString()
        let witness = try NoteSigner.generate(name: "w.example/w", kind: .cosignature)
        let lines = parties.lines(of: 0)
        let policies = [
            lines + parties.lines(of: 1, key: twin.key),
            lines + "cache depot nix \(nix) https://depot.example builds\n",
            lines + "log \(try alice.signer.renamed("mallory.example/log").key) \(bob.url)\n",
            lines + "witness w1 \(witness.key)\nwitness w2 \(try witness.renamed("v.example/w").key)\n",
        ]
        for policy in policies {
            let home = try Home(policy: policy + "quorum none\nquorum nix alice\n")
            let checked = try await run(home, "policy", "check")
            #expect(checked.status == 78 && checked.errorLines.count == 1, "\(checked.err)")
            #expect(try await run(home, "verify", TestLog.path(1)).status == 78)
        }
    }

    @Test("A policy of which two disjoint sets of parties could meet the quorum is refused, unless that is meant")
    func disjointQuorums() async throws {
        let parties = try Parties("alice", "bob", "carol", "dora")
        for votes in ["1", "2", "any"] {
            let home = try Home(policy: parties.policy(votes))
            let checked = try await run(home, "policy", "check")
            #expect(checked.status == 78 && checked.err.contains("without a common member"), "\(checked.err)")
            #expect(try await run(home, "verify", TestLog.path(1)).status == 78)
        }
        try parties.state(1, 1, by: 0, 1)
        let home = try Home(policy: parties.policy("2 contradictable"))
        #expect(try await verdict(home, 1).word == "quorate")
        // The other half tells another story: from then on neither is accepted, although the first is still there.
        try parties.state(1, 2, by: 2, 3)
        let verdict = try await verdict(home, 1)
        #expect(verdict.word == "conflict" && verdict.status == 2)
        for log in parties.logs[2...] { try FileManager.default.removeItem(atPath: log.folder.file("checkpoint")) }
        #expect(try await self.verdict(home, 1).word == "conflict")
    }
}

extension NoteSigner {
    /// The same key under another name.
    func renamed(_ name: String) throws -> NoteSigner {
        let typed = secretText.split(separator: "+", maxSplits: 4).last.map(String.init) ?? ""
        guard let bytes = Data(base64Encoded: typed) else { throw TestFailure("no secret") }
        return try NoteSigner(name: name, kind: key.kind, seed: Array(bytes.dropFirst()))
    }
}
