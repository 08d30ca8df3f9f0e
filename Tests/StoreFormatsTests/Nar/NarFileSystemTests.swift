import Foundation
import Glibc
import StoreFormats
import Testing

/// Runs a test in a new directory and takes it away again.
func withDirectory(_ body: (String) throws -> Void) throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("quorate-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    defer { removeTree(path) }
    try body(path)
}

/// Takes a tree away, whatever its names and permissions are: names need not be UTF-8, and canonical directories let not
/// even their owner take anything out.
func removeTree(_ path: String) {
    removeTree(AT_FDCWD, path.utf8CString.map { $0 })
}

private func removeTree(_ parent: Int32, _ name: [CChar]) {
    // A file is gone at once; a directory is emptied first.
    if unlinkat(parent, name, 0) == 0 { return }
    fchmodat(parent, name, 0o755, 0)
    let number = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    guard number >= 0, let directory = fdopendir(number) else { return }
    while let record = readdir(directory) {
        let name = withUnsafeBytes(of: &record.pointee.d_name) { $0.prefix { $0 != 0 }.map { CChar(bitPattern: $0) } }
        if name == [46] || name == [46, 46] { continue }
        removeTree(number, name + [0])
    }
    closedir(directory)
    unlinkat(parent, name, AT_REMOVEDIR)
}

func dump(_ path: String, limits: NarLimits = .standard) throws -> [UInt8] {
    var nar: [UInt8] = []
    let size = try NarDumper.dump(path, limits: limits) { nar.append(contentsOf: $0) }
    #expect(size == UInt64(nar.count))
    return nar
}

func unpack(_ nar: [UInt8], to path: String, style: NarUnpacker.Style = .writable, chunk: Int = .max) throws {
    var parser = NarParser()
    var unpacker = try NarUnpacker(path: path, style: style)
    for start in stride(from: 0, to: nar.count, by: min(chunk, max(nar.count, 1))) {
        try parser.push(Array(nar[start..<min(nar.count, start + min(chunk, nar.count))]), to: &unpacker)
    }
    try parser.finish()
}

@Suite("NARs and the file system")
struct NarFileSystemTests {
    @Test("random trees are the same after unpacking and dumping", arguments: [NarUnpacker.Style.writable, .canonical])
    func roundTrip(style: NarUnpacker.Style) throws {
        try withDirectory { directory throws in
            var random = SeededGenerator(seed: 6)
            for number in 0..<60 {
                let nar = Tree.random(depth: 4, using: &random).nar()
                let path = "\(directory)/\(number)"
                try unpack(nar, to: path, style: style, chunk: Int.random(in: 1...5000, using: &random))
                #expect(try dump(path) == nar)
                var hasher = NarHasher()
                hasher.update(nar)
                #expect(try NarHasher.hash(path: path) == hasher.digest())
            }
        }
    }

    @Test(
        "the NARs of the fixtures come back from the file system", arguments: Fixture.files(in: "c/nar", suffix: ".nar")
    )
    func fixtures(name: String) throws {
        try withDirectory { directory throws in
            let nar = try Fixture.bytes(name)
            try unpack(nar, to: "\(directory)/x", chunk: 100)
            #expect(try dump("\(directory)/x") == nar)
        }
    }

    @Test(
        "large files, around the sizes of buffers and where a thread of its own reads",
        arguments: [262_143, 262_144, 262_145, 1_000_003, 5 << 20, (8 << 20) - 1, 8 << 20, (8 << 20) + 1])
    func large(size: Int) throws {
        try withDirectory { directory throws in
            let contents = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
            let nar = Tree.directory([([0x61], .file("a")), ([0x62], .file(contents, isExecutable: true))]).nar()
            try unpack(nar, to: "\(directory)/x", chunk: 100_000)
            // As a Bool: a failing comparison of megabytes would be shown difference by difference.
            let isSame = try dump("\(directory)/x") == nar
            #expect(isSame)
        }
    }

    @Test("many entries are sorted by bytes")
    func many() throws {
        try withDirectory { directory throws in
            let names = (0..<3000).map { [UInt8]("\($0 * 7919 % 3000)".utf8) }
            let sorted = names.sorted { $0.lexicographicallyPrecedes($1) }
            let nar = Tree.directory(sorted.map { ($0, .file("x")) }).nar()
            try unpack(nar, to: "\(directory)/x")
            #expect(try dump("\(directory)/x") == nar)
        }
    }

    @Test(
        "the executable bit is the owner's", arguments: [(0o644, false), (0o744, true), (0o655, false), (0o4755, true)])
    func modes(mode: Int, isExecutable: Bool) throws {
        try withDirectory { directory throws in
            try Data("x".utf8).write(to: URL(fileURLWithPath: "\(directory)/f"))
            #expect(chmod("\(directory)/f", mode_t(mode)) == 0)
            #expect(try dump("\(directory)/f") == Tree.file([0x78], isExecutable: isExecutable).nar())
        }
    }

    @Test("canonical trees have the store's permissions and times, writable ones do not")
    func styles() throws {
        try withDirectory { directory throws in
            for (style, fileMode, directoryMode) in [
                (NarUnpacker.Style.canonical, 0o444, 0o555), (.writable, 0o644, 0o755),
            ] {
                let path = "\(directory)/\(style)"
                let tree = Tree.directory(("d", .directory(("f", .file("x")), ("l", .link([0x66])))))
                try unpack(tree.nar(), to: path, style: style)
                for (name, mode) in [("", directoryMode), ("/d", directoryMode), ("/d/f", fileMode), ("/d/l", 0o777)] {
                    var status = stat()
                    #expect(lstat(path + name, &status) == 0)
                    #expect(Int(status.st_mode & 0o7777) == mode)
                    #expect((status.st_mtim.tv_sec == 1) == (style == .canonical))
                }
            }
        }
    }

    @Test("pipes, sockets and devices are refused, alone and in a tree")
    func unsupported() throws {
        try withDirectory { directory throws in
            #expect(mkfifo("\(directory)/pipe", 0o600) == 0)
            #expect(throws: StoreFormatError(.unsupported, "")) { try dump("\(directory)/pipe") }
            #expect(throws: StoreFormatError(.unsupported, "")) { try dump(directory) }
            #expect(throws: StoreFormatError(.unsupported, "")) { try dump("/dev/null") }
            do {
                _ = try dump(directory)
            } catch let error as StoreFormatError {
                #expect(error.place == .path("\(directory)/pipe"))
            }
        }
    }

    @Test("what is not there or may not be read is told with its path")
    func missing() throws {
        try withDirectory { directory throws in
            #expect(throws: StoreFormatError(.fileSystem, "")) { try dump("\(directory)/nothing") }
            #expect(throws: StoreFormatError(.fileSystem, "")) { try NarUnpacker(path: "\(directory)/no/x") }
            for path in ["", "/", ".", "..", "\(directory)/.", "\(directory)/.."] {
                #expect(throws: StoreFormatError(.fileSystem, "")) { try NarUnpacker(path: path) }
            }
        }
    }

    @Test("a file that grows or shrinks while it is read is noticed", arguments: [-1, 1, 100], [1 << 20, 9 << 20])
    func changing(difference: Int, size: Int) throws {
        try withDirectory { directory throws in
            // Larger than the buffer, so that the sink runs in the middle of it.
            let path = "\(directory)/file"
            #expect(FileManager.default.createFile(atPath: path, contents: Data(count: size)))
            var calls = 0
            #expect(throws: StoreFormatError(.changedWhileReading, "")) {
                try NarDumper.dump(path) { _ in
                    calls += 1
                    if calls == 1 { #expect(truncate(path, off_t(size + difference)) == 0) }
                }
            }
            #expect(calls >= 1)
        }
    }

    @Test("a file that goes away while its directory is read is noticed")
    func vanishing() throws {
        try withDirectory { directory throws in
            #expect(FileManager.default.createFile(atPath: "\(directory)/a", contents: Data(count: 1 << 20)))
            #expect(FileManager.default.createFile(atPath: "\(directory)/b", contents: Data()))
            #expect(throws: StoreFormatError(.changedWhileReading, "")) {
                try NarDumper.dump(directory) { _ in unlink("\(directory)/b") }
            }
        }
    }

    @Test("what the sink throws goes through")
    func sink() {
        struct Full: Error {}
        #expect(throws: Full.self) { try NarDumper.dump(#filePath) { _ in throw Full() } }
    }

    @Test("links are dumped, never followed")
    func links() throws {
        try withDirectory { directory throws in
            #expect(symlink("/etc", "\(directory)/l") == 0)
            #expect(try dump("\(directory)/l") == Tree.link([UInt8]("/etc".utf8)).nar())
            #expect(try dump(directory) == Tree.directory(("l", .link([UInt8]("/etc".utf8)))).nar())
        }
    }

    @Test("nothing is overwritten, and no link is followed out of the root")
    func escapes() throws {
        try withDirectory { directory throws in
            #expect(mkdir("\(directory)/outside", 0o755) == 0)
            #expect(symlink("\(directory)/outside", "\(directory)/root") == 0)
            let tree = Tree.directory(("a", .file("evil")))
            #expect(throws: StoreFormatError(.fileSystem, "")) { try unpack(tree.nar(), to: "\(directory)/root") }
            #expect(symlink("\(directory)/outside/f", "\(directory)/file") == 0)
            #expect(throws: StoreFormatError(.fileSystem, "")) {
                try unpack(Tree.file("evil").nar(), to: "\(directory)/file")
            }
            // A link and a directory of one name: the parser refuses it, and the unpacker does without the parser.
            let unpacker = try NarUnpacker(path: "\(directory)/new")
            try unpacker.beginDirectory(name: [])
            try unpacker.symbolicLink(name: [0x78], target: [UInt8]("../outside".utf8))
            #expect(throws: StoreFormatError(.fileSystem, "")) { try unpacker.beginDirectory(name: [0x78]) }
            for name in ["..", ".", "", "x/y", "../outside/f", "a\0b"] {
                #expect(throws: StoreFormatError(.invalidNar, "")) {
                    try unpacker.beginFile(name: [UInt8](name.utf8), isExecutable: false, size: 0)
                }
                #expect(throws: StoreFormatError(.invalidNar, "")) {
                    try unpacker.beginDirectory(name: [UInt8](name.utf8))
                }
            }
            try unpacker.endDirectory()
            #expect(throws: StoreFormatError(.fileSystem, "")) { try unpacker.beginDirectory(name: []) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(directory)/outside").isEmpty)
        }
    }

    @Test("limits hold for dumping, too")
    func limits() throws {
        try withDirectory { directory throws in
            try unpack(NarParserTests.sample.nar(), to: "\(directory)/x")
            #expect(throws: StoreFormatError(.limitExceeded, "")) {
                try dump("\(directory)/x", limits: NarLimits(depth: 1))
            }
            #expect(throws: StoreFormatError(.limitExceeded, "")) {
                try dump("\(directory)/x", limits: NarLimits(entries: 6))
            }
            #expect(throws: StoreFormatError(.limitExceeded, "")) {
                try dump("\(directory)/x", limits: NarLimits(bytes: 100))
            }
            #expect(try dump("\(directory)/x", limits: NarLimits(depth: 2, entries: 7)).count > 0)
        }
    }
}
