import Synchronization
import TestSupport
import Testing

@testable import TransparencyLog

@Suite struct CosigningTests {
    @Test func publishesWhenEnoughCosigned() async throws {
        let fixture = try LogFixture()
        let witnesses = try (0..<3).map { try FakeWitness("w\($0)") }
        witnesses[1].behave { $0.isSilent = true }
        let keys = Set(witnesses.map(\.key))
        let sequencer = try await fixture.open(cosigners: witnesses, believes: { $0.intersection(keys).count >= 2 })
        try await fixture.add(0..<300, to: sequencer)
        let checkpoint = sequencer.checkpoint()
        #expect(checkpoint.size == 300)
        #expect(Set(checkpoint.cosignatures.map(\.key)) == [witnesses[0].key, witnesses[2].key])
        // The files say the same.
        let note = try #require(try fixture.log.checkpointNote())
        #expect(try VerifiedCheckpoint(note, logKey: fixture.signer.key, cosigners: witnesses.map(\.key)) == checkpoint)
        // Each saw a growing tree, with proofs that it checked.
        #expect(witnesses[0].seen.size == 300)
        await sequencer.close()
    }

    /// Entries go on being durable; their checkpoint waits.
    @Test func withoutEnoughNothingIsPublished() async throws {
        let fixture = try LogFixture()
        let witnesses = try (0..<2).map { try FakeWitness("w\($0)") }
        witnesses[0].behave { $0.isRefusing = true }
        let sequencer = try await fixture.open(cosigners: witnesses, believes: { $0.count >= 2 })
        let place = try await sequencer.add([1])
        let waiting = Task { try await sequencer.published(place.index) }
        for _ in 0..<1000 where sequencer.status.trouble == nil { try await Task.sleep(for: .milliseconds(10)) }
        #expect(sequencer.checkpoint().size == 0)
        #expect(sequencer.status.durableSize == 1)
        #expect(sequencer.status.trouble?.contains("1 of 2") == true)
        witnesses[0].behave { $0.isRefusing = false }
        try await waiting.value
        #expect(sequencer.checkpoint().cosignatures.count == 2)
        // That all is well again is told after the checkpoint is.
        for _ in 0..<1000 where sequencer.status.trouble != nil { try await Task.sleep(for: .milliseconds(10)) }
        #expect(sequencer.status.trouble == nil)
        await sequencer.close()
    }

    @Test func wrongSignaturesAndForeignLinesDoNotCount() async throws {
        let fixture = try LogFixture()
        let good = try FakeWitness("good")
        let bad = try FakeWitness("bad")
        let odd = try FakeWitness("odd")
        bad.behave { $0.isForging = true }
        odd.behave { $0.answersAs = good }
        let sequencer = try await fixture.open(
            cosigners: [bad, odd, good], believes: { $0.contains(good.key) })
        try await fixture.add(0..<3, to: sequencer)
        #expect(sequencer.checkpoint().cosignatures.map(\.key) == [good.key])
        await sequencer.close()
    }

    /// A witness that has seen less than was thought says so, and is asked again from there.
    @Test func conflictIsAskedAgain() async throws {
        let fixture = try LogFixture()
        let witness = try FakeWitness("w")
        let sequencer = try await fixture.open(cosigners: [witness], believes: { !$0.isEmpty })
        try await fixture.add(0..<5, to: sequencer)
        witness.behave { $0.forget() }
        try await fixture.add(5..<300, to: sequencer)
        #expect(witness.seen.size == 300)
        await sequencer.close()
    }

    /// An old copy of the log is put back: its witnesses have seen more, so it must not go on.
    @Test func restoredBackupIsRefused() async throws {
        let fixture = try LogFixture()
        let witness = try FakeWitness("w")
        try await fixture.grow(by: 0..<10)
        let backup = try fixture.backup()
        let first = try await fixture.open(cosigners: [witness], believes: { !$0.isEmpty })
        try await fixture.add(10..<20, to: first)
        await first.close()
        try fixture.restore(backup)
        await #expect(throws: TransparencyLogError(.rollback, "")) {
            try await fixture.open(cosigners: [witness], believes: { !$0.isEmpty })
        }
        #expect(try fixture.publishedSize() == 10)
        // A witness that cannot be asked does not help: without its word nothing is signed.
        witness.behave { $0.isSilent = true }
        let sequencer = try await fixture.open(cosigners: [witness], believes: { !$0.isEmpty })
        let place = try await sequencer.add(LogFixture.entry(77))
        let waiting = Task { try await sequencer.published(place.index) }
        try await Task.sleep(for: .milliseconds(100))
        #expect(try fixture.log.head(key: fixture.signer.key)?.size == 10)
        // When it answers, the log stops for good.
        witness.behave { $0.isSilent = false }
        await #expect(throws: TransparencyLogError(.rollback, "")) { try await waiting.value }
        await #expect(throws: TransparencyLogError(.rollback, "")) { try await sequencer.add([9]) }
        #expect(try fixture.log.head(key: fixture.signer.key)?.size == 10)
        await sequencer.close()
    }

    @Test func forkSeenByAWitnessIsRefused() async throws {
        let fixture = try LogFixture()
        try await fixture.grow(by: 0..<10)
        let witness = try FakeWitness("w")
        let other = try Checkpoint(
            origin: fixture.signer.key.name, size: 5, root: MerkleHash.leaf([1, 2, 3]))
        witness.behave { $0.newest = try? other.signed(by: fixture.signer) }
        await #expect(throws: TransparencyLogError(.rollback, "")) { try await fixture.open(cosigners: [witness]) }
    }

    /// Only this log's own signature stops it: a witness cannot.
    @Test func witnessCannotStopALogWithALie() async throws {
        let fixture = try LogFixture()
        try await fixture.grow(by: 0..<10)
        let witness = try FakeWitness("w")
        let thief = try NoteSigner(name: fixture.signer.key.name, kind: .ed25519, seed: Array(7...38))
        let larger = try Checkpoint(origin: thief.key.name, size: 500, root: MerkleHash.leaf([1]))
        witness.behave { $0.newest = try? larger.signed(by: thief) }
        let sequencer = try await fixture.open(cosigners: [witness])
        try await fixture.add(10..<12, to: sequencer)
        #expect(sequencer.checkpoint().size == 12)
        await sequencer.close()
    }

    @Test func cosignaturesAreRenewed() async throws {
        let fixture = try LogFixture()
        let witness = try FakeWitness("w")
        var settings = LogFixture.eager
        settings.republishAfter = .milliseconds(50)
        let sequencer = try await fixture.open(cosigners: [witness], believes: { !$0.isEmpty }, settings: settings)
        try await fixture.add(0..<2, to: sequencer)
        let before = try #require(sequencer.checkpoint().cosignatures.first?.time)
        for _ in 0..<100 where sequencer.checkpoint().cosignatures.first?.time == before {
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(try #require(sequencer.checkpoint().cosignatures.first?.time) > before)
        #expect(sequencer.checkpoint().size == 2)
        await sequencer.close()
    }
}
