import Foundation
import Synchronization
import TestSupport
import Testing

@testable import TransparencyLog

@Suite("A witness (c2sp.org/tlog-witness)")
struct WitnessTests {
    let folder: TemporaryFolder
    let signer: NoteSigner

    init() throws {
        folder = try TemporaryFolder()
        signer = try NoteSigner.generate(name: "witness.example/w", kind: .cosignature)
    }

    func witness(_ logs: SmallLog...) throws -> Witness {
        try Witness(directory: folder.file("witness"), signer: signer, logs: KnownLogs(logs.map(\.key)))
    }

    /// The record of a log as it stands in the folder.
    func record(_ log: SmallLog) throws -> String {
        try folder.text("witness/\(Checkpoint.pathName(ofOrigin: log.origin))/checkpoint")
    }

    @Test("Answers the transcript of the vectors")
    func transcript() throws {
        let vectors: WitnessVectors.Transcript = try WitnessVectors.decode("witness_add_checkpoint.json")
        let signer = try WitnessVectors.signer("witness.example.org/w1")
        #expect(signer.key.text == vectors.witnessVkey)
        let logs = KnownLogs([try NoteKey(vectors.logVkey)])
        let kept = try Witness(directory: folder.file("kept"), signer: signer, logs: logs)
        #expect(vectors.steps.count == 12)
        for (number, step) in vectors.steps.enumerated() {
            let witness =
                step.fresh == true
                ? try Witness(directory: folder.file("fresh\(number)"), signer: signer, logs: logs) : kept
            let answer = try witness.addCheckpoint(Array(step.body.utf8), now: 1_800_000_000)
            #expect(answer.status == step.status, "\(step.step): \(answer)")
            if case .accepted(let lines) = answer {
                let note = step.body[try #require(step.body.range(of: "\n\n")).upperBound...]
                let whole = try SignedNote(parsing: Array(note.utf8) + lines)
                let own = try whole.verified(by: [signer.key])
                #expect(own.map(\.time) == [1_800_000_000])
            }
            if let response = step.response { #expect(answer == .conflict(size: 5) && response == "5\n") }
        }
    }

    @Test("Stores the text, the log's verified lines and its own, and nothing else that came with them")
    func forgedLine() throws {
        let log = try SmallLog(count: 20)
        let witness = try witness(log)
        let request = try AddCheckpointRequest(parsing: log.body(0, 5))
        // A line under the witness's own name and key hash, as anyone can add to a log's checkpoint; and a stranger's.
        let forged = try signer.cosign(Array("another text\n".utf8), at: 1)
        let stranger = try NoteSigner.generate(name: "stranger.example", kind: .ed25519).sign(request.note.text)
        let poisoned = AddCheckpointRequest(
            oldSize: 0, proof: [],
            note: try SignedNote(text: request.note.text, signatures: [forged] + request.note.signatures + [stranger]))
        #expect(try witness.addCheckpoint(poisoned.bytes, now: 100).status == 200)
        let note = try SignedNote(parsing: Array(record(log).utf8))
        #expect(note.signatures.map(\.name) == [log.origin, signer.key.name])
        #expect(try note.verified(by: [log.key, signer.key]).count == 2)
        #expect(try witness.addCheckpoint(log.body(5, 9), now: 101).status == 200)
        #expect(try self.witness(log).addCheckpoint(log.body(9, 20), now: 102).status == 200)
        #expect(try witness.checkpoint(pathName: Checkpoint.pathName(ofOrigin: log.origin)) == Array(record(log).utf8))
    }

    @Test("Remembers across restarts, and never takes a damaged record for none")
    func restart() throws {
        let log = try SmallLog(count: 30)
        #expect(try witness(log).addCheckpoint(log.body(0, 10), now: 5).status == 200)
        #expect(try witness(log).addCheckpoint(log.body(0, 30), now: 6) == .conflict(size: 10))
        let path = "witness/\(Checkpoint.pathName(ofOrigin: log.origin))/checkpoint"
        let sound = try folder.text(path)
        let otherLog = try SmallLog(named: "log.example/other", count: 3)
        for damaged in [
            "", "x", String(sound.dropLast(1)), sound.replacing("\n10\n", with: "\n11\n"),
            String(decoding: try otherLog.checkpoint(3).signed(by: otherLog.signer).bytes, as: UTF8.self),
        ] {
            try folder.write(path, damaged)
            #expect(throws: TransparencyLogError(.records, "")) {
                try self.witness(log).addCheckpoint(log.body(0, 10), now: 7)
            }
            #expect(try folder.text(path) == damaged)
        }
        try folder.write(path, sound)
        #expect(try witness(log).addCheckpoint(log.body(10, 30), now: 8).status == 200)
    }

    @Test("One log with two trees gets one of them cosigned")
    func fork() throws {
        let log = try SmallLog(count: 40)
        let fork = SmallLog(log.signer, count: 40) { $0 < 7 ? WitnessVectors.entry($0) : [UInt8($0)] }
        let witness = try witness(log)
        #expect(try witness.addCheckpoint(log.body(0, 12), now: 1).status == 200)
        #expect(try witness.addCheckpoint(fork.body(12, 12), now: 2).status == 422)
        #expect(try witness.addCheckpoint(fork.body(12, 40), now: 3).status == 422)
        #expect(try witness.addCheckpoint(fork.body(7, 40), now: 3) == .conflict(size: 12))
        #expect(try witness.addCheckpoint(log.body(12, 40), now: 4).status == 200)
        #expect(try witness.addCheckpoint(log.body(12, 20), now: 5) == .conflict(size: 40))
        #expect(try witness.addCheckpoint(log.body(40, 40), now: 6).status == 200)
    }

    @Test("Wrong proofs are 422: too short, too long, of another pair of sizes, not empty where it must be")
    func proofs() throws {
        let log = try SmallLog(count: 40)
        let witness = try witness(log)
        #expect(try witness.addCheckpoint(log.body(0, 12), now: 1).status == 200)
        let proof = try log.consistency(12, 40)
        let note = try log.checkpoint(40).signed(by: log.signer)
        for wrong in [[], Array(proof.dropLast()), proof + [MerkleHash.empty], try log.consistency(11, 40)] {
            let body = AddCheckpointRequest(oldSize: 12, proof: wrong, note: note).bytes
            #expect(try witness.addCheckpoint(body, now: 2).status == 422)
        }
        let same = AddCheckpointRequest(
            oldSize: 12, proof: proof, note: try log.checkpoint(12).signed(by: log.signer))
        #expect(try witness.addCheckpoint(same.bytes, now: 2).status == 422)
        #expect(try witness.addCheckpoint(log.body(12, 40), now: 3).status == 200)
    }

    @Test("Of requests that run beside each other the record only ever grows")
    func race() async throws {
        let log = try SmallLog(count: 64)
        let witness = try witness(log)
        let other = try self.witness(log)
        await withTaskGroup(of: Void.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    var known = 0
                    while known < 64 {
                        let next = min(64, known + 1 + (worker + known) % 5)
                        guard let body = try? log.body(known, next),
                            let answer = try? (worker % 2 == 0 ? witness : other).addCheckpoint(body, now: 9)
                        else {
                            Issue.record("an answer expected")
                            return
                        }
                        switch answer {
                        case .accepted: known = next
                        case .conflict(let size):
                            #expect(size >= UInt64(known))
                            known = Int(size)
                        default:
                            Issue.record("\(answer)")
                            return
                        }
                    }
                }
            }
        }
        #expect(try record(log).contains("\n64\n"))
    }

    @Test("Asking again within a second costs no write; later it gives a newer time, and never an older one")
    func times() throws {
        let log = try SmallLog(count: 8)
        let witness = try witness(log)
        func time(_ answer: AddCheckpointAnswer) throws -> UInt64? {
            guard case .accepted(let lines) = answer else { return nil }
            let note = try log.checkpoint(8).signed(by: log.signer)
            return try SignedNote(parsing: note.bytes + lines).verified(by: [signer.key]).first?.time
        }
        #expect(try time(witness.addCheckpoint(log.body(0, 8), now: 1000)) == 1000)
        let path = folder.file("witness/\(Checkpoint.pathName(ofOrigin: log.origin))/checkpoint")
        let before = try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int
        #expect(try time(witness.addCheckpoint(log.body(8, 8), now: 1000)) == 1000)
        // The clock steps back a little.
        #expect(try time(witness.addCheckpoint(log.body(8, 8), now: 990)) == 1000)
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int == before)
        #expect(try time(witness.addCheckpoint(log.body(8, 8), now: 1001)) == 1001)
        // It had been a day ahead and was put right.
        #expect(try time(witness.addCheckpoint(log.body(8, 8), now: 90_000)) == 90_000)
        #expect(try time(witness.addCheckpoint(log.body(8, 8), now: 1002)) == 1002)
    }

    @Test("A log may grow often, and not without end")
    func flood() throws {
        let log = try SmallLog(count: 20)
        let witness = try Witness(
            directory: folder.file("witness"), signer: signer, logs: KnownLogs([log.key]),
            allowedGrowth: TokenBucket(burst: 10, rate: 2))
        var answers: [Int] = []
        var size = 0
        for _ in 0..<11 {
            let answer = try witness.addCheckpoint(log.body(size, size + 1), now: 50)
            if answer.status == 200 { size += 1 }
            answers.append(answer.status)
        }
        #expect(answers.filter { $0 == 200 }.count == 10)
        #expect(answers.last == 429)
        // To be asked for the same again costs nothing of that.
        #expect(try witness.addCheckpoint(log.body(size, size), now: 50).status == 200)
        #expect(try witness.addCheckpoint(log.body(size, size + 1), now: 51).status == 200)
        #expect(try witness.addCheckpoint(log.body(size + 1, size + 2), now: 51).status == 200)
        #expect(try witness.addCheckpoint(log.body(size + 2, size + 3), now: 51) == .tooMany(retryAfter: 1))
        // A clock that goes back gives nothing.
        #expect(try witness.addCheckpoint(log.body(size + 2, size + 3), now: 3) == .tooMany(retryAfter: 1))
        #expect(try witness.addCheckpoint(log.body(size + 2, size + 3), now: 60).status == 200)
    }

    @Test("The keys that sign for a log are the caller's, and can be changed")
    func logs() throws {
        let log = try SmallLog(count: 9)
        let newKey = try NoteSigner.generate(name: "log.example/rotated", kind: .ed25519)
        var logs = KnownLogs([log.key])
        let witness = try witness(log)
        #expect(try witness.addCheckpoint(log.body(0, 4), now: 1).status == 200)
        let rotated = AddCheckpointRequest(
            oldSize: 4, proof: try log.consistency(4, 9),
            note: try SignedNote(
                text: log.checkpoint(9).text, signatures: [newKey.sign(try log.checkpoint(9).text)]))
        #expect(try witness.addCheckpoint(rotated.bytes, now: 2).status == 403)
        logs.add(newKey.key, origin: log.origin)
        witness.setLogs(logs)
        #expect(try witness.addCheckpoint(rotated.bytes, now: 2).status == 200)
        witness.setLogs(KnownLogs())
        #expect(try witness.addCheckpoint(rotated.bytes, now: 3) == .unknownLog)
        // What was cosigned is still told.
        #expect(try witness.checkpoint(pathName: Checkpoint.pathName(ofOrigin: log.origin)) != nil)
        for name in ["", "..", String(repeating: "a", count: 63), String(repeating: "A", count: 64)] {
            #expect(try witness.checkpoint(pathName: name) == nil)
        }
        #expect(throws: TransparencyLogError(.key, "")) {
            try Witness(directory: folder.file("w"), signer: log.signer, logs: logs)
        }
    }
}
