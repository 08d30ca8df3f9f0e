import StoreFormats
import Testing

@Suite("Parsing NARs")
struct NarParserTests {
    static let sample = Tree.directory(
        ("bin", .directory(("run", .file([UInt8]("#!/bin/sh\n".utf8), isExecutable: true)))), ("empty", .directory()),
        ("link", .link([UInt8]("bin/run".utf8))), ("none", .file("")), ("text", .file("12345678")))

    @Test("whatever the pieces, the tree is the same", arguments: [1, 2, 3, 7, 8, 9, 64, 1000, Int.max])
    func pieces(chunk: Int) throws {
        #expect(try parse(Self.sample.nar(), chunk: chunk) == Self.sample)
        #expect(try parse(Tree.file("root").nar(), chunk: chunk) == .file("root"))
        #expect(try parse(Tree.link([0x61]).nar(), chunk: chunk) == .link([0x61]))
        #expect(try parse(Tree.directory().nar(), chunk: chunk) == .directory())
    }

    @Test("every NAR of the fixtures is canonical and has the stated hash and size", arguments: Fixture.narInfos)
    func fixtures(name: String) throws {
        let info = try NarInfo(parsing: try Fixture.bytes(name))
        guard info.compression == .none, let nar = try? Fixture.bytes("c/\(info.url)") else { return }
        var hasher = NarHasher()
        hasher.update(nar)
        #expect(hasher.digest() == NarDigest(hash: info.narHash, size: info.narSize))
        let tree = try parse(nar, chunk: 10)
        #expect(tree?.nar() == nar)
    }

    @Test("contents are passed through without a copy")
    func passedThrough() throws {
        struct Watcher: NarReceiver {
            var range: Range<UInt> = 0..<0
            var inside = 0
            mutating func beginDirectory(name: [UInt8]) {}
            mutating func endDirectory() {}
            mutating func symbolicLink(name: [UInt8], target: [UInt8]) {}
            mutating func beginFile(name: [UInt8], isExecutable: Bool, size: UInt64) {}
            mutating func fileContents(_ bytes: UnsafeRawBufferPointer) {
                if range.contains(UInt(bitPattern: bytes.baseAddress)) { inside += bytes.count }
            }
            mutating func endFile() {}
        }
        let nar = Tree.file([UInt8](repeating: 1, count: 100_000), isExecutable: false).nar()
        var parser = NarParser()
        var watcher = Watcher()
        try nar.withUnsafeBytes { bytes in
            watcher.range =
                UInt(bitPattern: bytes.baseAddress)..<UInt(bitPattern: bytes.baseAddress) + UInt(bytes.count)
            try parser.push(bytes, to: &watcher)
        }
        #expect(watcher.inside == 100_000)
        #expect(parser.isComplete)
    }

    @Test("a stream that goes on behind a NAR")
    func consume() throws {
        let nar = Self.sample.nar()
        var parser = NarParser()
        var receiver = NarIgnorer()
        let taken = try (nar + [1, 2, 3]).withUnsafeBytes { try parser.consume($0, to: &receiver) }
        #expect(taken == nar.count)
        #expect(parser.isComplete)
        #expect(parser.entryCount == 7)
        #expect(parser.offset == UInt64(nar.count))
    }

    @Test("a NAR that was cut anywhere is refused")
    func truncated() {
        let nar = Self.sample.nar()
        for count in 0..<nar.count {
            #expect(throws: StoreFormatError(.truncated, "")) { try parse(Array(nar[..<count])) }
        }
    }

    @Test("anything behind the end is refused", arguments: [1, 8, Int.max])
    func trailing(chunk: Int) {
        for extra in [[0], [UInt8](repeating: 0, count: 8), field(")"), Self.sample.nar()] {
            #expect(throws: StoreFormatError.self) { try parse(Self.sample.nar() + extra, chunk: chunk) }
        }
    }

    static let magic = field("nix-archive-1")
    static let file = field("(") + field("type") + field("regular") + field("contents") + field("x") + field(")")

    static func directory(_ entries: [(String, [UInt8])]) -> [UInt8] {
        var bytes = magic + field("(") + field("type") + field("directory")
        for (name, node) in entries {
            bytes += field("entry") + field("(") + field("name") + field(name) + field("node") + node + field(")")
        }
        return bytes + field(")")
    }

    static let broken: [(String, [UInt8])] = [
        ("magic", field("nix-archive-2") + file),
        ("no magic", file),
        ("unknown type", magic + field("(") + field("type") + field("device") + field(")")),
        ("no type", magic + field("(") + field(")")),
        ("type without a value", magic + field("(") + field("type") + field(")")),
        ("file without contents", magic + field("(") + field("type") + field("regular") + field(")")),
        (
            "executable behind contents",
            magic + field("(") + field("type") + field("regular") + field("contents") + field("x")
                + field("executable") + field("") + field(")")
        ),
        (
            "executable with a value",
            magic + field("(") + field("type") + field("regular") + field("executable") + field("1")
                + field("contents") + field("x") + field(")")
        ),
        (
            "executable twice",
            magic + field("(") + field("type") + field("regular") + field("executable") + field("")
                + field("executable") + field("") + field("contents") + field("x") + field(")")
        ),
        (
            "contents twice",
            magic + field("(") + field("type") + field("regular") + field("contents") + field("x")
                + field("contents") + field("x") + field(")")
        ),
        ("type twice", magic + field("(") + field("type") + field("regular") + field("type") + field("regular")),
        ("link without a target", magic + field("(") + field("type") + field("symlink") + field(")")),
        ("link to nothing", Tree.link([]).nar()),
        ("link with a zero byte", Tree.link([0x61, 0, 0x62]).nar()),
        ("names not sorted", directory([("b", file), ("a", file)])),
        ("name twice", directory([("a", file), ("a", file)])),
        ("shorter name behind the longer", directory([("ab", file), ("a", file)])),
        ("signed order of bytes", Tree.directory([([0xff], .file("")), ([0x61], .file(""))]).nar()),
        ("empty name", directory([("", file)])),
        ("dot", directory([(".", file)])),
        ("dots", directory([("..", file)])),
        ("slash", directory([("a/b", file)])),
        ("leading slash", directory([("/etc", file)])),
        ("zero byte", directory([("a\0b", file)])),
        (
            "entry without a name",
            magic + field("(") + field("type") + field("directory") + field("entry") + field("(")
                + field("node") + file + field(")") + field(")")
        ),
        (
            "node before the name",
            magic + field("(") + field("type") + field("directory") + field("entry") + field("(")
                + field("node") + file + field("name") + field("a") + field(")") + field(")")
        ),
        (
            "entry without a node",
            magic + field("(") + field("type") + field("directory") + field("entry") + field("(")
                + field("name") + field("a") + field(")") + field(")")
        ),
        ("huge keyword", magic + [0, 0, 0, 0, 0, 0, 0, 1]),
        ("negative length", magic + [UInt8](repeating: 0xff, count: 8)),
        ("padding of a keyword", [13, 0, 0, 0, 0, 0, 0, 0] + [UInt8]("nix-archive-1".utf8) + [0, 1, 0] + file),
        (
            "padding of contents",
            {
                var bytes = magic + file
                bytes[bytes.count - 17] = 1
                return bytes
            }()
        ),
    ]

    @Test("what is not canonical is refused", arguments: broken)
    func refused(what: String, nar: [UInt8]) {
        for chunk in [1, 8, Int.max] {
            #expect(throws: StoreFormatError(.invalidNar, ""), "\(what)") { try parse(nar, chunk: chunk) }
        }
    }

    @Test("limits hold")
    func limits() throws {
        func refused(_ nar: [UInt8], _ limits: NarLimits = .standard) {
            #expect(throws: StoreFormatError(.limitExceeded, "")) { try parse(nar, limits: limits) }
        }
        func nested(_ depth: Int) -> Tree {
            (0..<depth).reduce(Tree.file("")) { tree, _ in .directory([([0x61], tree)]) }
        }
        #expect(try parse(nested(256).nar()) != nil)
        refused(nested(257).nar())
        refused(nested(3).nar(), NarLimits(depth: 2))
        refused(Self.sample.nar(), NarLimits(entries: 6))
        #expect(try parse(Self.sample.nar(), limits: NarLimits(entries: 7)) != nil)
        let size = UInt64(Self.sample.nar().count)
        #expect(try parse(Self.sample.nar(), limits: NarLimits(bytes: size)) != nil)
        refused(Self.sample.nar(), NarLimits(bytes: size - 1))
        #expect(try parse(Tree.directory([([UInt8](repeating: 0x61, count: 255), .file(""))]).nar()) != nil)
        refused(Tree.directory([([UInt8](repeating: 0x61, count: 256), .file(""))]).nar())
        #expect(try parse(Tree.link([UInt8](repeating: 0x61, count: 4095)).nar()) != nil)
        refused(Tree.link([UInt8](repeating: 0x61, count: 4096)).nar())
        // A file that says it has 2^63 bytes.
        let huge = Self.magic + field("(") + field("type") + field("regular") + field("contents")
        refused(huge + [0, 0, 0, 0, 0, 0, 0, 0x80])
        refused(huge + [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])
    }

    @Test("after an error, the parser's or the receiver's, nothing is accepted")
    func failed() {
        struct Full: Error {}
        struct Refuser: NarReceiver {
            mutating func beginDirectory(name: [UInt8]) {}
            mutating func endDirectory() {}
            mutating func symbolicLink(name: [UInt8], target: [UInt8]) {}
            mutating func beginFile(name: [UInt8], isExecutable: Bool, size: UInt64) throws { throw Full() }
            mutating func fileContents(_ bytes: UnsafeRawBufferPointer) {}
            mutating func endFile() {}
        }
        var parser = NarParser()
        var refuser = Refuser()
        #expect(throws: Full.self) { try parser.push(Self.sample.nar(), to: &refuser) }
        #expect(throws: StoreFormatError(.invalidNar, "")) { try parser.push([0], to: &refuser) }
        #expect(throws: StoreFormatError(.truncated, "")) { try parser.finish() }
        var other = NarParser()
        var ignorer = NarIgnorer()
        #expect(throws: StoreFormatError.self) { try other.push(field("x"), to: &ignorer) }
        #expect(throws: StoreFormatError.self) { try other.push(Self.sample.nar(), to: &ignorer) }
        #expect(!other.isComplete)
    }

    @Test("random trees come back, in random pieces")
    func random() throws {
        var random = SeededGenerator(seed: 4)
        for _ in 0..<300 {
            let tree = Tree.random(depth: 4, using: &random)
            let read = try parse(tree.nar(), chunk: Int.random(in: 1...200, using: &random))
            #expect(read == tree)
        }
    }

    @Test("random changes never crash; what is accepted is the one NAR of its tree")
    func mutations() throws {
        var random = SeededGenerator(seed: 5)
        let original = Self.sample.nar()
        var accepted = 0
        for _ in 0..<20_000 {
            var nar = original
            for _ in 0...Int.random(in: 0...2, using: &random) {
                let index = Int.random(in: 0..<nar.count, using: &random)
                switch Int.random(in: 0...5, using: &random) {
                case 0...2: nar[index] ^= 1 << UInt8.random(in: 0...7, using: &random)
                case 3: nar[index] = UInt8.random(in: 0...255, using: &random)
                case 4: nar.removeSubrange(index..<min(nar.count, index + 8))
                default: nar.insert(contentsOf: nar[max(0, index - 8)..<index], at: index)
                }
            }
            guard let tree = try? parse(nar, chunk: Int.random(in: 1...300, using: &random)) else { continue }
            accepted += 1
            #expect(tree.nar() == nar)
        }
        #expect(accepted > 100)
    }
}
