import Attestations
import ClaimSources
import Foundation
import Ledger
import Quorum
import Synchronization
import TestSupport
import Testing
import TransparencyLog

@testable import Verification

/// Logs, and those between a log and its reader, that lie.
struct LogAdversaryTests {
    /// Follows a log of ten entries, and returns it with what it showed.
    private func followed(_ scene: LogScene) async throws -> TestLog {
        let log = try TestLog()
        try log.attest(0..<10)
        try log.publish()
        #expect(try await scene.follow(log.policy()).standing == .current)
        return log
    }

    /// Checks that a log stands badly, that its claims do not count, and that a new program remembers it.
    private func expectRefused(
        _ log: TestLog, _ scene: LogScene, _ standing: LogStatus.Standing, because words: String,
        at policy: Policy? = nil
    ) async throws {
        let policy = try policy ?? log.policy()
        try await scene.withProgram(policy) { program in
            let status = try #require(await program.logs.follow().first)
            #expect(status.standing == standing)
            #expect(status.isAlarm)
            #expect(status.message != nil)
        }
        try await scene.withProgram(policy) { program in
            let verdict = await program.verdict(3)
            #expect(verdict.word == "unclaimed")
            #expect(verdict.refused.first?.contains(words) == true, "\(verdict.refused)")
            #expect(verdict.reports == ["stated"])
        }
    }

    @Test(arguments: [0, 1, 300])
    func forkOfOneSizeOrALaterOne(more: Int) async throws {
        let scene = try LogScene()
        let log = try TestLog()
        try log.attest(0..<9)
        let twin = try log.twin()
        try log.attest(9..<10)
        try log.publish()
        #expect(try await scene.follow(log.policy()).standing == .current)
        try twin.attest(100..<(101 + more))
        try twin.publish(at: 1_800_000_050)
        try await expectRefused(log, scene, .forked, because: "two histories", at: log.policy(url: twin.url))
        // Both notes are kept, and what ties them together.
        #expect(
            Set(scene.evidence.compactMap { $0.split(separator: "/").last }) == ["proof", "remembered", "seen", "why"])
        let names = scene.evidence
        let remembered = try #require(names.first { $0.hasSuffix("/remembered") })
        let kept = try SignedNote(parsing: scene.folder.read("forks/" + remembered))
        #expect(String(decoding: kept.text, as: UTF8.self).hasPrefix("\(log.origin)\n10\n"))
        // It stays forked although the first history is shown again, and although the policy changes.
        try await expectRefused(log, scene, .forked, because: "two histories")
        // Until a person decides.
        let memory = LogMemory(directory: scene.folder.path)
        #expect(try memory.forget(forkOf: log.origin))
        #expect(try !memory.forget(forkOf: log.origin))
        #expect(try await scene.follow(log.policy()).standing == .current)
        #expect(scene.evidence.contains { $0.contains("settled-1-fork-") })
    }

    @Test func aForkNeedsNoWitnessesToBeOne() async throws {
        let scene = try LogScene()
        let log = try await followed(scene)
        let twin = try TestLog(keysOf: log)
        try twin.attest(50..<70)
        try twin.publish(by: 0)
        try await expectRefused(log, scene, .forked, because: "two histories", at: log.policy(url: twin.url))
    }

    @Test func forkOfASmallerSize() async throws {
        let scene = try LogScene()
        let log = try await followed(scene)
        let twin = try TestLog(keysOf: log)
        try twin.attest(50..<55)
        // The tiles of the true log are still there: with them the smaller tree is shown to be none of its past.
        try log.show(twin.note(at: [1_800_000_050, 1_800_000_050]))
        try await expectRefused(log, scene, .forked, because: "two histories")
    }

    @Test func rollback() async throws {
        let scene = try LogScene()
        let log = try TestLog()
        try log.attest(0..<5)
        let old = try log.publish()
        try log.attest(5..<10)
        let new = try log.publish()
        #expect(try await scene.follow(log.policy()).standing == .current)
        try log.show(old)
        try await expectRefused(log, scene, .rolledBack, because: "took entries back")
        #expect(scene.evidence.filter { $0.contains("/rollback-") }.count == 4)
        // An old state may come from a stale copy: what takes it back is the newer state.
        try log.show(new)
        try await scene.withProgram(log.policy()) { program in
            #expect(await program.logs.follow().first?.standing == .current)
            #expect(await program.verdict(3).word == "quorate")
        }
    }

    @Test func rollbackToNothing() async throws {
        let scene = try LogScene()
        let log = try await followed(scene)
        let empty = try TestLog(keysOf: log)
        try log.show(empty.note(at: [1_800_000_050, 1_800_000_050]))
        try await expectRefused(log, scene, .rolledBack, because: "took entries back")
    }

    @Test func frozen() async throws {
        let scene = try LogScene()
        let log = try await followed(scene)
        scene.advance(3 * 86_400 - 200)
        #expect(try await scene.follow(log.policy()).standing == .current)
        scene.advance(200)
        try await expectRefused(log, scene, .frozen, because: "is frozen")
        // Fresh cosignatures on the same tree, and all is well.
        try log.publish(at: scene.now.secondsSince1970 - 10)
        try await scene.withProgram(log.policy()) { program in
            #expect(await program.logs.follow().first?.standing == .current)
            #expect(await program.verdict(3).word == "quorate")
        }
    }

    @Test func oneFreshWitnessDoesNotThawALog() async throws {
        let scene = try LogScene()
        let log = try await followed(scene)
        scene.advance(4 * 86_400)
        try log.show(log.note(at: [1_800_000_000, scene.now.secondsSince1970]))
        try await expectRefused(log, scene, .frozen, because: "is frozen")
    }

    /// Freezing works also while nobody answers: time alone does it.
    @Test func unreachableForDays() async throws {
        let scene = try LogScene()
        let log = try await followed(scene)
        try FileManager.default.removeItem(atPath: log.folder.file("checkpoint"))
        let soon = try await scene.follow(log.policy())
        #expect(soon.standing == .unreachable)
        scene.advance(4 * 86_400)
        try await scene.withProgram(log.policy()) { program in
            _ = await program.logs.follow()
            #expect(await program.verdict(3).word == "unclaimed")
        }
    }

    @Test func cosignaturesOfTheFuture() async throws {
        let scene = try LogScene()
        let log = try TestLog()
        try log.attest(0..<10)
        try log.publish(at: scene.now.secondsSince1970 + 301)
        let status = try await scene.follow(log.policy())
        #expect(status.standing == .unbelieved && status.newClaims == 0)
        try log.publish(at: scene.now.secondsSince1970 + 300)
        #expect(try await scene.follow(log.policy()).standing == .current)
    }

    @Test func tooFewWitnesses() async throws {
        let scene = try LogScene()
        let log = try TestLog()
        try log.attest(0..<10)
        try log.publish(by: 1)
        let status = try await scene.follow(log.policy())
        #expect(status.standing == .unbelieved && status.newClaims == 0)
        #expect(status.message?.contains("not cosigned") == true)
        // The same witness twice is one witness.
        let note = try log.note(at: [1_800_000_000, 1_800_000_001], by: [log.witnesses[0], log.witnesses[0]])
        try log.show(note)
        #expect(try await scene.follow(log.policy()).standing == .unbelieved)
        #expect(try await scene.follow(log.policy(witnessed: nil)).standing == .current)
    }

    @Test func forgedCosignature() async throws {
        let scene = try LogScene()
        let log = try TestLog()
        try log.attest(0..<10)
        let note = try log.publish()
        // A line under a witness's name and key that its key did not make: the note is refused, not the line ignored.
        var line = try log.witnesses[2].cosign(note.text, at: 1_800_000_000).line.dropLast()
        let place = line.count - 20
        line[place] = line[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
        let forged = try #require(NoteSignature(line: line))
        try log.show(SignedNote(text: note.text, signatures: note.signatures + [forged]))
        let status = try await scene.follow(log.policy())
        #expect(status.standing == .unreachable && status.newClaims == 0)
        // A line of nobody that is known is nobody's business.
        let stranger = try NoteSigner.generate(name: "stranger.example", kind: .cosignature)
        let unknown = try stranger.cosign(note.text, at: 1_800_000_000)
        try log.show(SignedNote(text: note.text, signatures: note.signatures + [unknown]))
        #expect(try await scene.follow(log.policy()).standing == .current)
    }

    @Test func anotherLogsCheckpoint() async throws {
        let scene = try LogScene()
        let log = try TestLog()
        let other = try TestLog("mallory.example")
        try other.attest(0..<10)
        let note = try other.publish()
        try log.show(note)
        #expect(try await scene.follow(log.policy()).standing == .unreachable)
        // The right name over another key.
        let posing = try NoteSigner.generate(name: log.origin, kind: .ed25519)
        try log.show(Checkpoint(origin: log.origin, size: 10, root: other.checkpoint().root).signed(by: posing))
        #expect(try await scene.follow(log.policy(witnessed: nil)).standing == .unreachable)
    }

    @Test(arguments: [
        "tile/entries/000.p/10", "tile/0/000.p/10", "tile/entries/001.p/44", "tile/0/001.p/44", "tile/1/000.p/1",
    ])
    func damagedTiles(name: String) async throws {
        for damage in ["swapped", "truncated", "missing", "lengthened"] {
            let scene = try LogScene()
            let log = try TestLog()
            try log.attest(0..<(name.contains("10") ? 10 : 300))
            try log.publish()
            let bytes = try log.folder.read(name)
            switch damage {
            case "swapped":
                let evil = try TestLog.attestation(0, byte: 66, by: log.attester).leaf
                var changed = bytes
                if name.contains("entries") {
                    changed.replaceSubrange(2..<(2 + evil.count), with: evil)
                } else {
                    changed[7] ^= 1
                }
                try log.folder.write(name, changed)
            case "truncated": try log.folder.write(name, Array(bytes.dropLast(5)))
            case "missing": try FileManager.default.removeItem(atPath: log.folder.file(name))
            default: try log.folder.write(name, bytes + bytes)
            }
            let status = try await scene.follow(log.policy())
            #expect(status.message != nil, "\(damage)")
            #expect(status.standing != .current && !status.isAlarm, "\(damage)")
            try await scene.withProgram(log.policy()) { program in
                // What was checked counts, and nothing else does.
                let words = ["quorate", "unclaimed"]
                #expect(words.contains(await program.verdict(1).word))
                #expect(await program.verdict(name.contains("10") ? 9 : 299).word == "unclaimed")
                #expect(await program.verdict(0).word != "conflict")
            }
            // When the file is whole again, the rest is read.
            try log.folder.write(name, bytes)
            let after = try await scene.follow(log.policy())
            #expect(after.standing == .current && after.read == log.size, "\(damage)")
        }
    }

    @Test func damagedMemoryIsNotAFirstSight() async throws {
        let scene = try LogScene()
        let log = try await followed(scene)
        let file = "logs/\(Checkpoint.pathName(ofOrigin: log.origin))/checkpoint"
        let kept = try scene.folder.read(file)
        try scene.folder.write(file, Array(kept.dropLast(3)))
        try await scene.withProgram(log.policy()) { program in
            #expect(await program.logs.follow().first?.standing == .unreachable)
            let verdict = await program.verdict(3)
            #expect(verdict.word == "unclaimed")
            #expect(verdict.refused.first?.contains("cannot be compared") == true)
        }
        try scene.folder.write(file, kept)
        #expect(try await scene.follow(log.policy()).standing == .current)
    }

    @Test func anUnlistedBuildersClaimsAreNobodys() async throws {
        let log = try TestLog()
        let other = try NoteSigner.generate(name: log.builder.key.name, kind: .ed25519)
        try log.append([TestLog.attestation(3, by: TestLog.attester(other)).leaf])
        try log.publish()
        let scene = try LogScene()
        let status = try await scene.follow(log.policy())
        #expect(status.newClaims == 0 && status.unlistedEntries == 1)
        try await scene.withProgram(log.policy()) { program in
            #expect(await program.verdict(3).word == "unclaimed")
        }
    }

    @Test func theAnswersThatServersGive() async throws {
        let log = try TestLog()
        try log.attest(0..<10)
        try log.publish()
        let answers: [UpstreamAnswer] = [
            UpstreamAnswer(500), UpstreamAnswer(404), UpstreamAnswer(body: ""), UpstreamAnswer(body: "\n\n"),
            UpstreamAnswer(body: [UInt8](repeating: 0x41, count: 5 << 20)),
            UpstreamAnswer(302, headers: ["Location: /"]),
            UpstreamAnswer(headers: ["Content-Encoding: gzip"], body: try log.folder.read("checkpoint")),
        ]
        for answer in answers {
            try await Upstream.serving({ _ in answer }) { server in
                let status = try await LogScene().follow(log.policy(url: server.address + "log"))
                #expect(status.standing == .unreachable && status.message != nil)
            }
        }
    }

    @Test func aLedgerThatCannotBeWrittenKeepsItsPlace() async throws {
        let scene = try LogScene()
        let log = try TestLog()
        try log.attest(0..<10)
        try log.publish()
        let broken = BrokenLedger(try scene.ledger(), failing: .writing)
        try await scene.withProgram(log.policy(), ledger: broken) { program in
            let status = try #require(await program.logs.follow().first)
            #expect(status.standing == .behind && status.newClaims == 0)
            #expect(status.message?.contains("disk is full") == true)
        }
        #expect(try await scene.follow(log.policy()).newClaims == 10)
    }
}
