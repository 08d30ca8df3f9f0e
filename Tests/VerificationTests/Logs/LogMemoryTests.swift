import Foundation
import TestSupport
import Testing
import TransparencyLog

@testable import Verification

struct LogMemoryTests {
    @Test func keepsWhatItIsTold() throws {
        let folder = try TemporaryFolder()
        let log = try TestLog()
        try log.attest(0..<3)
        let note = try log.publish()
        let memory = LogMemory(directory: folder.path)
        #expect(try memory.checkpoint(of: log.origin) == nil)
        #expect(memory.keep(note, of: log.origin) == nil)
        memory.keep(pending: [7, 3, 7], of: log.origin)
        memory.keep(setback: "it shrank", of: log.origin)
        let again = LogMemory(directory: folder.path)
        #expect(try again.checkpoint(of: log.origin) == note)
        #expect(again.pending(of: log.origin) == [7, 3])
        #expect(again.setback(of: log.origin) == "it shrank")
        again.keep(setback: nil, of: log.origin)
        again.keep(pending: [], of: log.origin)
        #expect(memory.setback(of: log.origin) == nil)
        #expect(memory.pending(of: log.origin) == [])
        #expect(memory.fork(of: log.origin) == nil)
        // Nobody else reads what a machine follows.
        let file = "\(folder.path)/logs/\(Checkpoint.pathName(ofOrigin: log.origin))/checkpoint"
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func countsWithoutAFolderToo() throws {
        let log = try TestLog()
        try log.attest(0..<3)
        let note = try log.publish()
        for memory in [LogMemory(), LogMemory(directory: "/proc/nowhere")] {
            _ = memory.keep(note, of: log.origin)
            memory.keep(setback: "it shrank", of: log.origin)
            memory.keep(pending: [1], of: log.origin)
            memory.keep(
                LogEvidence(kind: .fork, origin: log.origin, remembered: note, seen: note, why: "two trees"))
            #expect(try memory.checkpoint(of: log.origin) == note)
            #expect(memory.setback(of: log.origin) == "it shrank")
            #expect(memory.pending(of: log.origin) == [1])
            #expect(memory.fork(of: log.origin) == "two trees")
        }
    }

    @Test func evidenceIsBounded() throws {
        let folder = try TemporaryFolder()
        let log = try TestLog()
        let memory = LogMemory(directory: folder.path)
        for number in 0..<40 {
            try log.attest(number..<(number + 1))
            let note = try log.note(at: [1_800_000_000])
            memory.keep(
                LogEvidence(kind: .rollback, origin: log.origin, remembered: note, seen: note, why: "\(number)"))
        }
        let kept = try FileManager.default.contentsOfDirectory(
            atPath: "\(folder.path)/forks/\(Checkpoint.pathName(ofOrigin: log.origin))")
        #expect(kept.count == 16)
    }

    @Test func oneFollowsAtATime() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("lock")
        let first = try #require(try FollowLock(path))
        #expect(try FollowLock(path) == nil)
        let start = ContinuousClock.now
        #expect(await FollowTurn.take(path) == nil)
        #expect(ContinuousClock.now - start >= .seconds(2))
        withExtendedLifetime(first) {}
    }

    @Test func aFreedLockIsTaken() throws {
        let path = try TemporaryFolder().file("lock")
        #expect(throws: (any Error).self) { try FollowLock(path) }
        let folder = try TemporaryFolder()
        for _ in 0..<3 { #expect(try FollowLock(folder.file("lock")) != nil) }
    }
}
