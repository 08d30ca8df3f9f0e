@testable import StoreFormats

/// A tree in memory, for tests.
indirect enum Tree: Equatable {
    case file([UInt8], isExecutable: Bool)
    case link([UInt8])
    case directory([(name: [UInt8], tree: Tree)])

    static func == (left: Tree, right: Tree) -> Bool {
        left.nar() == right.nar()
    }

    static func file(_ text: String) -> Tree { .file([UInt8](text.utf8), isExecutable: false) }

    static func directory(_ entries: (String, Tree)...) -> Tree {
        .directory(entries.map { ([UInt8]($0.0.utf8), $0.1) })
    }

    /// The NAR of the tree with its entries as they stand, in whatever order.
    ///
    /// A writer of its own, so that the dumper's mistakes are not the tests'.
    func nar() -> [UInt8] { field("nix-archive-1") + node() }

    private func node() -> [UInt8] {
        var bytes = field("(") + field("type")
        switch self {
        case .file(let contents, let isExecutable):
            bytes += field("regular")
            if isExecutable { bytes += field("executable") + field("") }
            bytes += field("contents") + field(contents)
        case .link(let target):
            bytes += field("symlink") + field("target") + field(target)
        case .directory(let entries):
            bytes += field("directory")
            for entry in entries {
                bytes += field("entry") + field("(") + field("name") + field(entry.name)
                bytes += field("node") + entry.tree.node() + field(")")
            }
        }
        return bytes + field(")")
    }

    /// A random tree with sorted names, some of them not UTF-8.
    static func random(depth: Int, using random: inout SeededGenerator) -> Tree {
        switch Int.random(in: 0..<(depth > 0 ? 6 : 3), using: &random) {
        case 0: return .link(randomBytes(1...30, using: &random))
        case 1, 2:
            let sizes = [0, 1, 7, 8, 9, 100, 5000]
            let size = sizes.randomElement(using: &random) ?? 0
            let contents = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
            return .file(contents, isExecutable: Bool.random(using: &random))
        default:
            let names = Set(
                (0..<Int.random(in: 0...6, using: &random)).map { _ in randomBytes(1...12, using: &random) })
            let sorted = names.sorted { $0.lexicographicallyPrecedes($1) }
            return .directory(sorted.map { ($0, Tree.random(depth: depth - 1, using: &random)) })
        }
    }

    private static func randomBytes(_ counts: ClosedRange<Int>, using random: inout SeededGenerator) -> [UInt8] {
        let bytes = (0..<Int.random(in: counts, using: &random)).map { _ in
            let byte = UInt8.random(in: 1...255, using: &random)
            return byte == UInt8(ascii: "/") || byte == UInt8(ascii: ".") ? UInt8(ascii: "x") : byte
        }
        return bytes
    }
}

func field(_ bytes: [UInt8]) -> [UInt8] {
    let count = (0..<8).map { UInt8(truncatingIfNeeded: bytes.count >> ($0 * 8)) }
    return count + bytes + [UInt8](repeating: 0, count: (8 - bytes.count % 8) % 8)
}

func field(_ text: String) -> [UInt8] { field([UInt8](text.utf8)) }

/// Builds a tree out of what the parser tells.
struct TreeReceiver: NarReceiver {
    private(set) var root: Tree?
    private var open: [(name: [UInt8], entries: [(name: [UInt8], tree: Tree)])] = []
    private var file: (name: [UInt8], isExecutable: Bool, size: UInt64, contents: [UInt8])?

    mutating func beginDirectory(name: [UInt8]) { open.append((name, [])) }

    mutating func endDirectory() {
        let last = open.removeLast()
        add(last.name, .directory(last.entries))
    }

    mutating func symbolicLink(name: [UInt8], target: [UInt8]) { add(name, .link(target)) }

    mutating func beginFile(name: [UInt8], isExecutable: Bool, size: UInt64) { file = (name, isExecutable, size, []) }

    mutating func fileContents(_ bytes: UnsafeRawBufferPointer) { file?.contents.append(contentsOf: bytes) }

    mutating func endFile() {
        guard let done = file, UInt64(done.contents.count) == done.size else { return }
        add(done.name, .file(done.contents, isExecutable: done.isExecutable))
        file = nil
    }

    private mutating func add(_ name: [UInt8], _ tree: Tree) {
        if open.isEmpty { root = tree } else { open[open.count - 1].entries.append((name, tree)) }
    }
}

/// Parses bytes in pieces of one size.
func parse(_ nar: [UInt8], chunk: Int = .max, limits: NarLimits = .standard) throws -> Tree? {
    var parser = NarParser(limits: limits)
    var receiver = TreeReceiver()
    for start in stride(from: 0, to: nar.count, by: min(chunk, max(nar.count, 1))) {
        try parser.push(Array(nar[start..<min(nar.count, start + min(chunk, nar.count))]), to: &receiver)
    }
    try parser.finish()
    return receiver.root
}
