import Glibc
import TestSupport
import Testing

@testable import TransparencyLog

@Suite struct SequencerTests {
    @Test func entriesGetTheirPlacesAndProofs() async throws {
        let fixture = try LogFixture()
        let sequencer = try await fixture.open()
        let places = try await fixture.add(0..<1000, to: sequencer)
        #expect(Set(places.values) == Set(0..<1000))
        let checkpoint = sequencer.checkpoint()
        #expect(checkpoint.size == 1000)
        for number in stride(from: 0, to: 1000, by: 37) {
            let index = try #require(places[number])
            let entry = LogFixture.entry(number)
            #expect(try await sequencer.entry(index) == entry)
            let proof = try await sequencer.inclusionProof(of: index)
            _ = try proof.verify(leaf: MerkleHash.leaf(entry), logKey: fixture.signer.key, cosigners: [])
            #expect(await sequencer.index(ofLeaf: MerkleHash.leaf(entry)) == index)
        }
        #expect(try await sequencer.entry(1000) == nil)
        await #expect(throws: TransparencyLogError(.range, "")) { try await sequencer.inclusionProof(of: 1000) }
        #expect(
            sequencer.status
                == SequencerStatus(
                    durableSize: 1000, publishedSize: 1000, pendingEntries: 0, trouble: nil, isRetired: false))
        await sequencer.close()
        // A reader who trusts nothing but the checkpoint sees the same.
        let reader = TileReader(source: fixture.log, checkpoint: checkpoint)
        for number in stride(from: 0, to: 1000, by: 41) {
            #expect(try await reader.entry(try #require(places[number])) == LogFixture.entry(number))
        }
        #expect(try fixture.damage() == [])
    }

    @Test func duplicatesKeepTheirPlaceAlsoAcrossStarts() async throws {
        let fixture = try LogFixture()
        var places: [Int: UInt64] = [:]
        for start in 0..<4 {
            let sequencer = try await fixture.open()
            #expect(sequencer.status.durableSize == UInt64(places.count))
            let new = try await fixture.add(0..<(start * 200 + 130), to: sequencer)
            for (number, place) in places { #expect(new[number] == place) }
            places = new
            let again = try await sequencer.add(LogFixture.entry(5))
            #expect(again == Sequenced(index: try #require(places[5]), isDuplicate: true))
            await sequencer.close()
        }
        #expect(Set(places.values) == Set(0..<730))
        #expect(try fixture.damage() == [])
    }

    /// The index is a convenience: without it everything is found again.
    @Test func indexIsMadeAgain() async throws {
        let fixture = try LogFixture()
        try await fixture.grow(by: 0..<600)
        for file in ["covered", "0"] { unlink(fixture.folder.file("log/.state/index/leaves/\(file)")) }
        let sequencer = try await fixture.open()
        #expect(try await sequencer.add(LogFixture.entry(3)).isDuplicate)
        #expect(try await sequencer.add(LogFixture.entry(599)).isDuplicate)
        await sequencer.close()
    }

    /// What the index says is held against the log.
    @Test func indexThatLiesIsNotBelieved() async throws {
        let fixture = try LogFixture()
        try await fixture.grow(by: 0..<600)
        do {
            let index = try HashIndex(fixture.folder.file("log/.state/index/leaves"))
            try index.insert(MerkleHash.leaf(LogFixture.entry(1000)), 17)
            try index.insert(MerkleHash.leaf(LogFixture.entry(1001)), 1 << 40)
        }
        let sequencer = try await fixture.open()
        #expect(try await sequencer.add(LogFixture.entry(1000)) == Sequenced(index: 600, isDuplicate: false))
        #expect(try await sequencer.add(LogFixture.entry(1001)) == Sequenced(index: 601, isDuplicate: false))
        await sequencer.close()
    }

    @Test func keysLeadToEntries() async throws {
        let fixture = try LogFixture()
        let keysOf: @Sendable ([UInt8]) -> [LogHash] = { [MerkleHash.leaf([$0.last ?? 0]), MerkleHash.leaf($0)] }
        var sequencer = try await fixture.open(keysOf: keysOf)
        let places = try await fixture.add(0..<400, to: sequencer)
        await sequencer.close()
        // Another start without the index, which then comes from bundles.
        for file in ["covered", "0"] { unlink(fixture.folder.file("log/.state/index/keys/\(file)")) }
        sequencer = try await fixture.open(keysOf: keysOf)
        for number in [0, 255, 256, 399] {
            let found = await sequencer.indexes(ofKey: MerkleHash.leaf(LogFixture.entry(number)))
            #expect(found == [try #require(places[number])])
        }
        let byte = try #require(LogFixture.entry(3).last)
        let expected = (0..<400).filter { LogFixture.entry($0).last == byte }.compactMap { places[$0] }.sorted()
        #expect(await sequencer.indexes(ofKey: MerkleHash.leaf([byte]), limit: 1000) == expected)
        #expect(await sequencer.indexes(ofKey: MerkleHash.leaf([byte]), limit: 1) == Array(expected.prefix(1)))
        await sequencer.close()
    }

    @Test func refusesWhatNoLogCanHold() async throws {
        let fixture = try LogFixture()
        let sequencer = try await fixture.open()
        await #expect(throws: TransparencyLogError(.limit, "")) { try await sequencer.add([]) }
        await #expect(throws: TransparencyLogError(.limit, "")) {
            try await sequencer.add(Array(repeating: 1, count: 65_536))
        }
        let largest = Array(repeating: 1 as UInt8, count: 65_535)
        #expect(try await sequencer.add(largest).index == 0)
        try await sequencer.published(0)
        #expect(try await sequencer.entry(0) == largest)
        await sequencer.close()
        await #expect(throws: TransparencyLogError(.closed, "")) { try await sequencer.add([1]) }
    }

    @Test func fullPoolRefuses() async throws {
        let fixture = try LogFixture()
        var settings = LogFixture.eager
        settings.poolEntries = 2
        let sequencer = try await fixture.open(settings: settings)
        let answers = await withTaskGroup { group in
            for number in 0..<500 {
                group.addTask { () -> TransparencyLogError? in
                    do throws(TransparencyLogError) {
                        _ = try await sequencer.add(LogFixture.entry(number))
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0 == nil || $0?.code == .full })
        #expect(answers.contains { $0?.code == .full })
        #expect(sequencer.status.durableSize == UInt64(answers.count { $0 == nil }))
        await sequencer.close()
    }

    @Test func onlyOneWrites() async throws {
        let fixture = try LogFixture()
        let sequencer = try await fixture.open()
        await #expect(throws: TransparencyLogError(.busy, "")) { try await fixture.open() }
        await sequencer.close()
        await sequencer.close()
        let next = try await fixture.open()
        await next.close()
        await #expect(throws: TransparencyLogError(.missing, "")) {
            try await Sequencer.open(LogDirectory(fixture.folder.file("none")), signer: fixture.signer)
        }
    }

    @Test func retiredLogTakesNothingForEver() async throws {
        let fixture = try LogFixture()
        let sequencer = try await fixture.open()
        try await fixture.add(0..<10, to: sequencer)
        try await sequencer.retire()
        await #expect(throws: TransparencyLogError(.closed, "")) { try await sequencer.add([1]) }
        #expect(sequencer.status.isRetired)
        await sequencer.close()
        let again = try await fixture.open()
        await #expect(throws: TransparencyLogError(.closed, "")) { try await again.add([1]) }
        #expect(again.checkpoint().size == 10)
        await again.close()
    }

    @Test func waitingForACheckpointEndsWithTheTaskAndTheLog() async throws {
        let fixture = try LogFixture()
        let sequencer = try await fixture.open()
        let waiting = Task { try await sequencer.published(0) }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        let other = Task { try await sequencer.published(0) }
        try await Task.sleep(for: .milliseconds(20))
        await sequencer.close()
        await #expect(throws: TransparencyLogError(.closed, "")) { try await other.value }
    }

    /// Whoever changes the head behind the lock's back, as on a file system whose locks do not hold, ends signing.
    @Test func nothingIsSignedOverSomebodyElsesHead() async throws {
        let fixture = try LogFixture()
        let sequencer = try await fixture.open()
        try await fixture.add(0..<3, to: sequencer)
        let other = try Checkpoint(origin: fixture.signer.key.name, size: 50, root: MerkleHash.leaf([1]))
        let theirs = try other.signed(by: fixture.signer).bytes
        try fixture.folder.write("log/.state/head", theirs)
        _ = try await sequencer.add(LogFixture.entry(7))
        for _ in 0..<1000 where sequencer.status.trouble == nil { try await Task.sleep(for: .milliseconds(10)) }
        #expect(sequencer.status.trouble?.contains("changed by somebody else") == true)
        #expect(sequencer.checkpoint().size == 3)
        #expect(try fixture.folder.read("log/.state/head") == theirs)
        await sequencer.close()
        // And the next start sees that what was signed is not here.
        await #expect(throws: TransparencyLogError(.damage, "")) { try await fixture.open() }
    }

    /// A tile of another log in the way: the disk says two things, so nothing more is published.
    @Test func fileInTheWayIsNotReplaced() async throws {
        let fixture = try LogFixture()
        let sequencer = try await fixture.open()
        try fixture.folder.write("log/tile/entries/000", "somebody else's")
        for number in 0..<300 { _ = try? await sequencer.add(LogFixture.entry(number)) }
        for _ in 0..<1000 where sequencer.status.trouble == nil { try await Task.sleep(for: .milliseconds(10)) }
        #expect(sequencer.status.trouble?.contains("other bytes") == true)
        #expect(try fixture.folder.text("log/tile/entries/000") == "somebody else's")
        #expect(sequencer.checkpoint().size < 256)
        await sequencer.close()
    }
}
