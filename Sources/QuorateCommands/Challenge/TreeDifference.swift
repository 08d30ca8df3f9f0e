/// One path at which trees differ.
struct TreeDifference: Hashable, Sendable {
    /// Below the root, with a slash in front; `/` alone is the root itself.
    let path: String
    /// What each tree has there, in their order; nil for nothing.
    let nodes: [TreeContents.Node?]

    /// Every path at which two of the trees differ, sorted by its bytes. What lies below a path that is not a folder in
    /// each of them is not listed beside it.
    static func list(_ trees: [TreeContents]) -> [TreeDifference] {
        var all: Set<[UInt8]> = []
        for tree in trees { all.formUnion(tree.nodes.keys) }
        var differences: [TreeDifference] = []
        // The last path found that some tree has no folder at: what lies below it sorts directly behind it.
        var covered: [UInt8]?
        for path in all.sorted(by: precedes) {
            if let covered, path.starts(with: covered + [UInt8(ascii: "/")]) { continue }
            let nodes = trees.map { $0.nodes[path] }
            guard let first = nodes.first, nodes.contains(where: { $0 != first }) else { continue }
            covered = nodes.contains(.folder) ? path : nil
            differences.append(
                TreeDifference(path: path.isEmpty ? "/" : String(decoding: path, as: UTF8.self), nodes: nodes))
        }
        return differences
    }

    /// By bytes, but with everything in a folder directly behind the folder.
    private static func precedes(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        func key(_ byte: UInt8) -> UInt8 { byte == UInt8(ascii: "/") ? 0 : byte }
        return left.lexicographicallyPrecedes(right) { key($0) < key($1) }
    }

    /// What kind of difference it is, in one word.
    var word: String {
        if nodes.contains(nil) { return "missing" }
        let kinds = Set(nodes.map { $0?.kind ?? "" })
        if kinds.count > 1 { return "kind" }
        if kinds == ["link"] { return "target" }
        let hashes = Set(
            nodes.map { node -> [UInt8] in
                if case .file(_, let hash, _)? = node { hash } else { [] }
            })
        return hashes.count > 1 ? "contents" : "executable"
    }
}

extension TreeContents.Node {
    var kind: String {
        switch self {
        case .file: "file"
        case .link: "link"
        case .folder: "folder"
        }
    }

    /// In few words, for people.
    var words: String {
        switch self {
        case .file(let size, _, let isExecutable): "\(isExecutable ? "program" : "file") of \(ByteSize(size))"
        case .link(let target): "link to \(String(decoding: target, as: UTF8.self))"
        case .folder: "folder"
        }
    }
}
