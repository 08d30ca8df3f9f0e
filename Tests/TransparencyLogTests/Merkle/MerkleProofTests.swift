import TestSupport
import Testing
import TransparencyLog

@Suite struct MerkleProofTests {
    private static let leaves = (0..<64).map { MerkleHash.leaf([UInt8($0), 1]) }

    private static func root(_ range: Range<UInt64>) -> LogHash {
        MerkleHash.root(of: leaves[Int(range.lowerBound)..<Int(range.upperBound)])
    }

    /// Every change of a proof that anyone could make, and of what it is for.
    @Test func nothingElseIsProven() throws {
        var random = SeededGenerator(seed: 5)
        for size: UInt64 in [1, 2, 3, 7, 8, 9, 31, 33, 64] {
            let root = Self.root(0..<size)
            for index in 0..<size {
                let leaf = Self.leaves[Int(index)]
                let proof = try MerkleProof.inclusionRanges(index: index, size: size).map(Self.root)
                func refuses(
                    _ proof: [LogHash], _ leaf: LogHash, _ index: UInt64, _ size: UInt64, _ root: LogHash
                ) -> Bool {
                    let code = refusal {
                        try MerkleProof.verifyInclusion(proof, leaf: leaf, index: index, size: size, root: root)
                    }
                    return code == .proof || code == .range
                }
                #expect(!refuses(proof, leaf, index, size, root))
                #expect(refuses(proof + [leaf], leaf, index, size, root))
                #expect(refuses([leaf] + proof, leaf, index, size, root))
                #expect(proof.isEmpty || refuses(proof.dropLast(), leaf, index, size, root))
                #expect(proof.isEmpty || refuses(Array(proof.dropFirst()), leaf, index, size, root))
                #expect(proof.count < 2 || refuses(proof.reversed(), leaf, index, size, root))
                #expect(refuses(proof, Self.changed(leaf, &random), index, size, root))
                #expect(refuses(proof, leaf, index, size, Self.changed(root, &random)))
                #expect(refuses(proof, leaf, index, index, root))
                #expect(refuses(proof, root, index, size, leaf) || size == 1)
                for place in proof.indices {
                    var other = proof
                    other[place] = Self.changed(proof[place], &random)
                    #expect(refuses(other, leaf, index, size, root))
                }
                for wrong in 0..<(size + 2) where wrong != index { #expect(refuses(proof, leaf, wrong, size, root)) }
            }
        }
    }

    @Test func noOtherTreeIsConsistent() throws {
        var random = SeededGenerator(seed: 6)
        for size: UInt64 in [1, 2, 3, 7, 8, 9, 33, 64] {
            let new = (size: size, root: Self.root(0..<size))
            for oldSize in 1...size {
                let old = (size: oldSize, root: Self.root(0..<oldSize))
                let proof = try MerkleProof.consistencyRanges(from: oldSize, to: size).map(Self.root)
                func refuses(_ proof: [LogHash], _ old: (UInt64, LogHash), _ new: (UInt64, LogHash)) -> Bool {
                    let code = refusal {
                        try MerkleProof.verifyConsistency(proof, from: (old.0, old.1), to: (new.0, new.1))
                    }
                    return code == .proof || code == .range
                }
                #expect(!refuses(proof, old, new))
                #expect(refuses(proof + [old.root], old, new))
                #expect(proof.isEmpty || refuses(proof.dropLast(), old, new))
                #expect(refuses(proof, (oldSize, Self.changed(old.root, &random)), new))
                #expect(refuses(proof, old, (size, Self.changed(new.root, &random))))
                #expect(refuses(proof, (0, MerkleHash.empty), new))
                #expect(refuses(proof, (size + 1, old.root), new))
                for place in proof.indices {
                    var other = proof
                    other[place] = Self.changed(proof[place], &random)
                    #expect(refuses(other, old, new))
                }
                for wrong in 1...size where wrong != oldSize { #expect(refuses(proof, (wrong, old.root), new)) }
            }
        }
    }

    /// The standard's own way of verifying (RFC 9162, 2.1.3.2 and 2.1.4.2), which walks instead of rebuilding: both
    /// ways must say the same of anything.
    @Test func agreesWithTheStandardsAlgorithms() {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<4000 {
            let size = UInt64.random(in: 0...40, using: &random)
            let part = UInt64.random(in: 0...42, using: &random)
            let count = Int.random(in: 0...7, using: &random)
            // Few different hashes, so that wrong proofs meet right hashes.
            var proof = (0..<count).map { _ in Self.leaves[Int.random(in: 0..<64, using: &random)] }
            if part < size, Bool.random(using: &random),
                let ranges = try? MerkleProof.inclusionRanges(index: part, size: size)
            {
                proof = ranges.map(Self.root)
            } else if part > 0, part <= size, let ranges = try? MerkleProof.consistencyRanges(from: part, to: size) {
                proof = ranges.map(Self.root)
            }
            if Int.random(in: 0..<3, using: &random) == 0, !proof.isEmpty {
                proof[Int.random(in: 0..<proof.count, using: &random)] = Self.leaves[0]
            }
            let root = Self.root(0..<min(size, 64))
            let leaf = Self.leaves[Int(part)]
            #expect(
                (refusal { try MerkleProof.verifyInclusion(proof, leaf: leaf, index: part, size: size, root: root) }
                    == nil)
                    == Self.isIncluded(proof, leaf: leaf, index: part, size: size, root: root))
            let old = Self.root(0..<part)
            #expect(
                (refusal { try MerkleProof.verifyConsistency(proof, from: (part, old), to: (size, root)) } == nil)
                    == Self.isConsistent(proof, old: part, oldRoot: old, new: size, newRoot: root))
        }
    }

    @Test func largestTreesAreHandled() throws {
        let size = UInt64(Int64.max)
        for index in [0, 1, size / 2, size - 2, size - 1] {
            let ranges = try MerkleProof.inclusionRanges(index: index, size: size)
            #expect(ranges.count <= MerkleProof.maximumHashCount)
            let code = refusal {
                try MerkleProof.verifyInclusion(
                    Array(repeating: Self.leaves[0], count: ranges.count), leaf: Self.leaves[1], index: index,
                    size: size,
                    root: Self.leaves[2])
            }
            #expect(code == .proof)
        }
        for old in [1, size / 4, size / 2 - 1, size / 2] {
            let ranges = try MerkleProof.consistencyRanges(from: old, to: size / 2 + 1)
            #expect(ranges.count <= MerkleProof.maximumHashCount)
        }
        for (part, whole) in [(size, UInt64.max), (UInt64.max, UInt64.max), (size + 1, size + 1)] {
            #expect(refusal { try MerkleProof.consistencyRanges(from: part, to: whole) } == .range)
        }
        #expect(refusal { try MerkleProof.inclusionRanges(index: UInt64.max - 1, size: UInt64.max) } == .range)
    }

    @Test func notEveryRangeIsASubtree() {
        for range: Range<UInt64> in [0..<0, 5..<5, 1..<3, 3..<5, 2..<6, 4..<9, 6..<9] {
            #expect(!MerkleProof.isSubtree(range))
            #expect(refusal { try MerkleProof.subtreeRanges(range, size: 20) } == .range)
        }
        for range: Range<UInt64> in [0..<1, 0..<7, 1..<2, 2..<4, 4..<7, 8..<15, 256..<500] {
            #expect(MerkleProof.isSubtree(range))
        }
        #expect(refusal { try MerkleProof.subtreeRanges(8..<15, size: 14) } == .range)
    }

    static func changed(_ hash: LogHash, _ random: inout SeededGenerator) -> LogHash {
        var bytes = hash.bytes
        bytes[Int.random(in: 0..<32, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        return LogHash(bytes) ?? hash
    }

    private static func isIncluded(
        _ proof: [LogHash], leaf: LogHash, index: UInt64, size: UInt64, root: LogHash
    ) -> Bool {
        guard index < size else { return false }
        var first = index
        var second = size - 1
        var hash = leaf
        for other in proof {
            if second == 0 { return false }
            if first & 1 == 1 || first == second {
                hash = MerkleHash.node(other, hash)
                while first & 1 == 0, first != 0 {
                    first >>= 1
                    second >>= 1
                }
            } else {
                hash = MerkleHash.node(hash, other)
            }
            first >>= 1
            second >>= 1
        }
        return second == 0 && hash == root
    }

    private static func isConsistent(
        _ given: [LogHash], old: UInt64, oldRoot: LogHash, new: UInt64, newRoot: LogHash
    ) -> Bool {
        guard old > 0, old <= new else { return false }
        if old == new { return given.isEmpty && oldRoot == newRoot }
        guard !given.isEmpty else { return false }
        let proof = old & (old - 1) == 0 ? [oldRoot] + given : given
        var first = old - 1
        var second = new - 1
        while first & 1 == 1 {
            first >>= 1
            second >>= 1
        }
        var before = proof[0]
        var after = proof[0]
        for other in proof.dropFirst() {
            if second == 0 { return false }
            if first & 1 == 1 || first == second {
                before = MerkleHash.node(other, before)
                after = MerkleHash.node(other, after)
                while first & 1 == 0, first != 0 {
                    first >>= 1
                    second >>= 1
                }
            } else {
                after = MerkleHash.node(after, other)
            }
            first >>= 1
            second >>= 1
        }
        return before == oldRoot && after == newRoot && second == 0
    }
}

@Suite struct FrontierTests {
    @Test func isStoredAndRestored() throws {
        var frontier = Frontier()
        for index in 0..<300 {
            let again = try #require(Frontier(size: frontier.size, hashes: frontier.hashes))
            #expect(again == frontier)
            #expect(Frontier(size: frontier.size, hashes: frontier.hashes + [MerkleHash.empty]) == nil)
            frontier.append(MerkleHash.leaf([UInt8(index & 255)]))
        }
        #expect(Frontier(size: 3, hashes: [MerkleHash.empty]) == nil)
        #expect(Frontier(size: UInt64(Int64.max) + 1, hashes: [MerkleHash.empty]) == nil)
    }

    /// Whole subtrees go in only where they belong.
    @Test func takesSubtrees() {
        let leaves = (0..<64).map { MerkleHash.leaf([UInt8($0)]) }
        for start in 0...40 {
            for height in 0...4 {
                var whole = Frontier()
                for leaf in leaves.prefix(start) { whole.append(leaf) }
                var byOne = whole
                let length = 1 << height
                let subtree = MerkleHash.root(of: leaves[start..<(start + length)])
                let fits = start % length == 0
                let before = whole
                let isTaken = whole.append(subtree: subtree, height: height)
                #expect(isTaken == fits)
                for leaf in leaves[start..<(start + length)] { byOne.append(leaf) }
                #expect(whole == (fits ? byOne : before))
            }
        }
        var empty = Frontier()
        for height in [-1, 63, 64] {
            let isTaken = empty.append(subtree: MerkleHash.empty, height: height)
            #expect(!isTaken)
        }
    }

    @Test func hashesAreValues() {
        let hash = MerkleHash.leaf([])
        #expect(hash.hex == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")
        #expect(LogHash(hash.bytes) == hash)
        #expect(LogHash(hash.bytes.reversed()) != hash)
        #expect(LogHash(hash.bytes.reversed().reversed()) == hash)
        #expect(LogHash(hex: hash.hex) == hash)
        #expect(LogHash(base64: hash.base64.utf8) == hash)
        #expect(LogHash(hash.bytes.dropLast()) == nil)
        #expect(LogHash(base64: "AAAA".utf8) == nil)
        #expect(LogHash(hex: hash.hex.uppercased()) == nil)
        #expect(MerkleHash.empty > hash)
    }
}
