import Quorum
import TestSupport

/// A random policy with what a test needs to decide about it by brute force.
struct TreeModel {
    /// What a party's keys can say.
    enum Voice: CaseIterable {
        /// A cache with `builds`.
        case builds
        /// A cache without.
        case vouches
        /// A party of two building caches.
        case buildsTwice
        /// A party of a building cache and a vouching one.
        case buildsAndVouches
    }

    indirect enum Node {
        case party(Int)
        case group(threshold: Int, built: Bool, contradictable: Bool, [Node])
    }

    let voices: [Voice]
    let root: Node
    /// The policy, with every group but perhaps the root marked contradictable.
    let text: String

    init(
        parties: ClosedRange<Int>, voices allowed: [Voice] = Voice.allCases, built: Bool = true,
        rootMarked: Bool = true,
        using generator: inout SeededGenerator
    ) {
        let count = Int.random(in: parties, using: &generator)
        voices = (0..<count).map { _ in allowed.randomElement(using: &generator) ?? .builds }
        var pool = (0..<count).map { Node.party($0) }
        while pool.count > 1 {
            pool.shuffle(using: &generator)
            let size = Int.random(in: 1...pool.count, using: &generator)
            let children = Array(pool[..<size])
            pool.removeFirst(size)
            let isRoot = pool.isEmpty
            pool.append(
                .group(
                    threshold: Int.random(in: 1...size, using: &generator),
                    built: built && Int.random(in: 0..<5, using: &generator) == 0,
                    contradictable: !isRoot || rootMarked, children))
        }
        root = pool[0]
        text = Self.write(root, voices)
    }

    /// The keys of a party: building ones have even numbers, vouching ones odd.
    static func keys(_ party: Int, _ voice: Voice) -> [(key: KeyIdentity, built: Bool)] {
        let first = party * 4
        switch voice {
        case .builds: return [(Samples.key(first), true)]
        case .vouches: return [(Samples.key(first + 1), false)]
        case .buildsTwice: return [(Samples.key(first), true), (Samples.key(first + 2), true)]
        case .buildsAndVouches: return [(Samples.key(first), true), (Samples.key(first + 1), false)]
        }
    }

    private static func write(_ root: Node, _ voices: [Voice]) -> String {
        var lines: [String] = []
        for (party, voice) in voices.enumerated() {
            let keys = keys(party, voice)
            for (index, key) in keys.enumerated() {
                let name = keys.count == 1 ? "p\(party)" : "p\(party)-\(index)"
                let text = "x:" + Samples.base64(key.key.bytes)
                lines.append("cache \(name) nix \(text) https://x.example\(key.built ? " builds" : "")")
            }
            if keys.count > 1 { lines.append("party p\(party) p\(party)-0 p\(party)-1") }
        }
        var groups = 0
        func name(_ node: Node) -> String {
            switch node {
            case .party(let party): return "p\(party)"
            case .group(let threshold, let built, let contradictable, let children):
                let members = children.map(name)
                groups += 1
                lines.append(
                    "group g\(groups) \(threshold)\(built ? " built" : "")\(contradictable ? " contradictable" : "") "
                        + members.joined(separator: " "))
                return "g\(groups)"
            }
        }
        let rootName = name(root)
        lines.append("quorum nix \(rootName)")
        return lines.map { $0 + "\n" }.joined()
    }

    // MARK: - The definitions, word for word

    /// Whether an outcome meets the quorum: some choice of at most one voucher makes the tree true.
    func isMet(built: Set<Int>, vouched: Set<Int>) -> Bool {
        ([nil] + vouched.sorted().map { Optional($0) }).contains { voucher in
            holds(root, built: built, voucher: voucher, onlyBuilt: false)
        }
    }

    private func holds(_ node: Node, built: Set<Int>, voucher: Int?, onlyBuilt: Bool) -> Bool {
        switch node {
        case .party(let party): return built.contains(party) || (voucher == party && !onlyBuilt)
        case .group(let threshold, let builtGroup, _, let children):
            return children.count {
                holds($0, built: built, voucher: voucher, onlyBuilt: onlyBuilt || builtGroup)
            } >= threshold
        }
    }

    var builders: Set<Int> { Set(voices.indices.filter { voices[$0] != .vouches }) }
    var vouchers: Set<Int> { Set(voices.indices.filter { voices[$0] == .vouches || voices[$0] == .buildsAndVouches }) }

    /// All sets of parties whose agreement meets the quorum, each party saying the most it can, as bit masks.
    func meetingSets() -> [Int] {
        (0..<(1 << voices.count)).filter { mask in
            let members = Set(voices.indices.filter { mask >> $0 & 1 == 1 })
            return isMet(built: members.intersection(builders), vouched: members.intersection(vouchers))
        }
    }
}
