internal import FoundationEssentials
internal import StoreFormats

extension FuzzTarget {
    /// The archives of store objects: in memory, and unpacked into a file system.
    static let narTargets = [
        FuzzTarget("nar", checkNar),
        FuzzTarget("nar-unpack", isSlow: true, checkUnpacking),
    ]

    /// Small enough that inputs reach them.
    fileprivate static let narLimits = NarLimits(depth: 8, entries: 64, bytes: 1 << 20)
}

private func checkNar(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    let whole = read(input, pieces: input.count)
    let pieces = read(input, pieces: input.count <= 1024 ? 1 : 13)
    try promise(whole.failure == pieces.failure, "\(text(whole.failure)) becomes \(text(pieces.failure)) in pieces")
    try promise(whole.written == pieces.written, "the tree depends on the pieces in which it comes")

    // Whatever follows, the archive's own bytes are told from it.
    var parser = NarParser(limits: FuzzTarget.narLimits)
    var ignorer = NarIgnorer()
    let taken = try? (input + [1]).withUnsafeBytes { try parser.consume($0, to: &ignorer) }
    guard whole.failure == nil else {
        try promise(taken != input.count || !parser.isComplete, "a refused archive is complete")
        return .refused
    }
    try promise(whole.written == input, "the tree that was read is written otherwise")
    try promise(taken == input.count && parser.isComplete, "an archive takes \(taken ?? -1) bytes of its own")
    return .accepted
}

private func text(_ failure: StoreFormatError?) -> String { failure.map { "'\($0)'" } ?? "acceptance" }

/// Parses an archive in pieces of one size, and writes anew what the parser tells.
private func read(_ input: [UInt8], pieces size: Int) -> (failure: StoreFormatError?, written: [UInt8]) {
    var parser = NarParser(limits: FuzzTarget.narLimits)
    var writer = NarRewriter()
    do {
        for start in stride(from: 0, to: input.count, by: max(size, 1)) {
            try parser.push(Array(input[start..<min(start + max(size, 1), input.count)]), to: &writer)
        }
        try parser.finish()
        return (nil, writer.bytes)
    } catch {
        return (error as? StoreFormatError ?? StoreFormatError(.invalidNar, "\(error)"), [])
    }
}

/// Writes an archive from what a parser tells, by itself: the dumper's mistakes are not repeated here.
private struct NarRewriter: NarReceiver {
    private(set) var bytes = NarRewriter.field("nix-archive-1")
    private var depth = 0
    private var left: UInt64 = 0
    private var padding = 0

    mutating func beginDirectory(name: [UInt8]) {
        begin(name)
        append("(", "type", "directory")
        depth += 1
    }

    mutating func endDirectory() {
        depth -= 1
        append(")")
        end()
    }

    mutating func symbolicLink(name: [UInt8], target: [UInt8]) {
        begin(name)
        append("(", "type", "symlink", "target")
        bytes += NarRewriter.field(target)
        append(")")
        end()
    }

    mutating func beginFile(name: [UInt8], isExecutable: Bool, size: UInt64) {
        begin(name)
        append("(", "type", "regular")
        if isExecutable { append("executable", "") }
        append("contents")
        bytes += NarRewriter.number(size)
        padding = Int((8 - size % 8) % 8)
    }

    mutating func fileContents(_ piece: UnsafeRawBufferPointer) { bytes.append(contentsOf: piece) }

    mutating func endFile() {
        bytes += [UInt8](repeating: 0, count: padding)
        append(")")
        end()
    }

    private mutating func begin(_ name: [UInt8]) {
        guard depth > 0 else { return }
        append("entry", "(", "name")
        bytes += NarRewriter.field(name)
        append("node")
    }

    private mutating func end() {
        if depth > 0 { append(")") }
    }

    private mutating func append(_ words: String...) {
        for word in words { bytes += NarRewriter.field([UInt8](word.utf8)) }
    }

    private static func field(_ text: String) -> [UInt8] { field([UInt8](text.utf8)) }

    private static func field(_ bytes: [UInt8]) -> [UInt8] {
        number(UInt64(bytes.count)) + bytes + [UInt8](repeating: 0, count: (8 - bytes.count % 8) % 8)
    }

    private static func number(_ value: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    }
}

// MARK: - In a file system

private func checkUnpacking(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    // What cannot even be parsed makes no files worth looking at.
    guard read(input, pieces: input.count).failure == nil else { return .refused }
    let files = FileManager.default
    let folder = "\(scratch)/quorate-fuzz-\(UUID().uuidString)"
    defer { try? files.removeItem(atPath: folder) }
    _ = try succeed("a folder to unpack into") {
        try files.createDirectory(atPath: folder, withIntermediateDirectories: false)
    }
    let tree = "\(folder)/tree"
    let isUnpacked = (try? unpack(input, to: tree)) != nil
    // A name that the file system cannot hold may be refused; what was made must be below the root all the same.
    let names = try succeed("the folder") { try files.contentsOfDirectory(atPath: folder) }
    try promise(names.allSatisfy { $0 == "tree" }, "something was made beside the root: \(names.sorted())")
    guard isUnpacked else { return .refused }
    var dumped: [UInt8] = []
    _ = try succeed("the unpacked tree") { try NarDumper.dump(tree) { dumped.append(contentsOf: $0) } }
    try promise(dumped == input, "the unpacked tree is another archive")
    return .accepted
}

/// Where files cost least.
private let scratch =
    FileManager.default.isWritableFile(atPath: "/dev/shm") ? "/dev/shm" : FileManager.default.temporaryDirectory.path

private func unpack(_ input: [UInt8], to path: String) throws {
    var parser = NarParser(limits: FuzzTarget.narLimits)
    var unpacker = try NarUnpacker(path: path)
    try parser.push(input, to: &unpacker)
    try parser.finish()
}
