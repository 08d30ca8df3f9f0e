import Crypto
import Testing
import TransparencyLog

/// Roots and proofs against published and independently made ones.
@Suite struct MerkleVectorTests {
    private struct Accumulator: Decodable {
        let got: String?
        let sha256: String?
    }

    private static let leaves = (0..<130).map { MerkleHash.leaf([UInt8($0)]) }
    private static let limit = UInt64(130)

    /// The hash of any range by the definition.
    private static func hash(_ range: Range<UInt64>, _ known: inout [Range<UInt64>: LogHash]) -> LogHash {
        if range.isEmpty { return MerkleHash.empty }
        if range.count == 1 { return leaves[Int(range.lowerBound)] }
        if let hash = known[range] { return hash }
        var half: UInt64 = 1
        while half * 2 < UInt64(range.count) { half *= 2 }
        let middle = range.lowerBound + half
        let hash = MerkleHash.node(
            hash(range.lowerBound..<middle, &known), hash(middle..<range.upperBound, &known))
        known[range] = hash
        return hash
    }

    private static func line(_ head: String, _ proof: [LogHash]) -> String {
        head + proof.map { " " + $0.hex }.joined() + "\n"
    }

    private func check(_ name: String, _ text: String) throws {
        let file = try LogVectors.read("merkle_accumulators.json", as: [String: Accumulator].self)
        let wanted = try #require(file[name].flatMap { $0.got ?? $0.sha256 })
        #expect(StrictText.hex(SHA256.hash(data: Array(text.utf8))) == wanted)
    }

    @Test func roots() throws {
        var text = ""
        var frontier = Frontier()
        for size in 0...Self.limit {
            text += "\(size) \(frontier.root.hex)\n"
            if size < Self.limit { frontier.append(Self.leaves[Int(size)]) }
        }
        try check("rfc6962_roots_0_130", text)
    }

    @Test func inclusionProofs() throws {
        var known: [Range<UInt64>: LogHash] = [:]
        var text = ""
        for size in 0...Self.limit {
            let root = Self.hash(0..<size, &known)
            for index in 0..<size {
                let proof = try MerkleProof.inclusionRanges(index: index, size: size).map { Self.hash($0, &known) }
                text += Self.line("\(index) \(size)", proof)
                try MerkleProof.verifyInclusion(
                    proof, leaf: Self.leaves[Int(index)], index: index, size: size, root: root)
            }
        }
        try check("rfc6962_inclusion_0_130", text)
    }

    @Test func consistencyProofs() throws {
        var known: [Range<UInt64>: LogHash] = [:]
        var text = ""
        for size in 0...Self.limit {
            let root = Self.hash(0..<size, &known)
            for old in 0...size {
                guard old > 0 else {
                    text += "0 \(size)\n"
                    continue
                }
                let proof = try MerkleProof.consistencyRanges(from: old, to: size).map { Self.hash($0, &known) }
                text += Self.line("\(old) \(size)", proof)
                try MerkleProof.verifyConsistency(
                    proof, from: (old, Self.hash(0..<old, &known)), to: (size, root))
            }
        }
        try check("rfc6962_consistency_0_130", text)
    }

    @Test func subtreesAndTheirProofs() throws {
        var known: [Range<UInt64>: LogHash] = [:]
        var hashes = ""
        var inclusion = ""
        var consistency = ""
        for size in 0...Self.limit {
            for start in 0...size where start == size || MerkleProof.isSubtree(start..<size) {
                let subtree = Self.hash(start..<size, &known)
                hashes += "[\(start), \(size)) \(subtree.hex)\n"
                for index in start..<size {
                    // A subtree starts where a tree of its own would: its proofs are that tree's.
                    let proof = try MerkleProof.inclusionRanges(index: index - start, size: size - start)
                        .map { Self.hash($0.lowerBound + start..<$0.upperBound + start, &known) }
                    inclusion += Self.line("\(index) [\(start), \(size))", proof)
                    try MerkleProof.verifyInclusion(
                        proof, leaf: Self.leaves[Int(index)], index: index - start, size: size - start, root: subtree)
                }
            }
            let root = Self.hash(0..<size, &known)
            for end in 0...size {
                for start in 0...end {
                    guard start < end else {
                        consistency += "[\(start), \(end)) \(size)\n"
                        continue
                    }
                    guard MerkleProof.isSubtree(start..<end) else { continue }
                    let proof = try MerkleProof.subtreeRanges(start..<end, size: size).map { Self.hash($0, &known) }
                    consistency += Self.line("[\(start), \(end)) \(size)", proof)
                    if size % 13 == 0 || size > 126 {
                        try MerkleProof.verifySubtree(
                            proof, subtree: start..<end, hash: Self.hash(start..<end, &known), size: size, root: root)
                    }
                }
            }
        }
        try check("mtc_subtree_hash", hashes)
        try check("mtc_subtree_inclusion", inclusion)
        try check("mtc_subtree_consistency", consistency)
    }

    private struct Tree: Decodable {
        struct Inclusion: Decodable {
            let index: UInt64
            let size: UInt64
            let proof: [String]
        }
        struct Consistency: Decodable {
            let size1: UInt64
            let size2: UInt64
            let proof: [String]
        }
        let leafInputsHex: [String]
        let leafHashes: [String]
        let roots: [String]
        let inclusion: [Inclusion]
        let consistency: [Consistency]
    }

    @Test func treeOfEightLeaves() throws {
        let tree = try LogVectors.read("merkle_ct8.json", as: Tree.self)
        let leaves = tree.leafInputsHex.map { MerkleHash.leaf(LogVectors.hex($0)) }
        #expect(leaves.map(\.hex) == tree.leafHashes)
        #expect((0...8).map { MerkleHash.root(of: leaves.prefix($0)).hex } == tree.roots)
        #expect(tree.inclusion.count == 36)
        for vector in tree.inclusion {
            try MerkleProof.verifyInclusion(
                vector.proof.map(LogVectors.hash), leaf: leaves[Int(vector.index)], index: vector.index,
                size: vector.size, root: LogVectors.hash(tree.roots[Int(vector.size)]))
        }
        #expect(tree.consistency.count == 36)
        for vector in tree.consistency {
            try MerkleProof.verifyConsistency(
                vector.proof.map(LogVectors.hash), from: (vector.size1, LogVectors.hash(tree.roots[Int(vector.size1)])),
                to: (vector.size2, LogVectors.hash(tree.roots[Int(vector.size2)])))
        }
    }
}
