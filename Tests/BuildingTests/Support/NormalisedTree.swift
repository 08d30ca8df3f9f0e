import Compression
import Foundation

/// An output without what is random in it by its nature, so that what two builders made can be compared.
///
/// What is taken away, and nothing else:
///
/// | what | from |
/// |---|---|
/// | digits of a time of day | files `stamp` and `built-at` |
/// | the order of lines | files `list` |
/// | the order of the members | files `*.tar` |
/// | the times of the members, and how they were compressed | files `*.tar.gz` |
/// | date, time and random number between `<<` and `>>`, and the build id that follows from them | programs below `bin` |
/// | of `ls -l`: link counts, sizes and times, which are the file system's; of the mounts: their options, from which device they are, and whether `/` and `/tmp` lie on a disk or in memory | `envdump` |
struct NormalisedTree: Hashable {
    private var entries: [String: Entry] = [:]

    private struct Entry: Hashable {
        /// Type and permissions.
        let mode: UInt32
        let contents: [UInt8]
    }

    /// - Parameter name: Of the derivation, which says what a single file is.
    init(_ path: String, name: String) throws {
        let manager = FileManager.default
        for relative in [""] + (try Self.names(below: path)) {
            let place = path + relative
            let attributes = try manager.attributesOfItem(atPath: place)
            let mode = (attributes[.posixPermissions] as? NSNumber)?.uint32Value ?? 0
            switch attributes[.type] as? FileAttributeType {
            case .typeSymbolicLink:
                entries[relative] = Entry(
                    mode: 0o120_000, contents: Array(try manager.destinationOfSymbolicLink(atPath: place).utf8))
            case .typeDirectory: entries[relative] = Entry(mode: 0o040_000 | mode, contents: [])
            default:
                let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: place)))
                let file = relative.isEmpty ? name : relative
                entries[relative] = Entry(mode: 0o100_000 | mode, contents: try Self.normalised(bytes, of: file))
            }
        }
    }

    /// How another differs: the first line of the first file.
    func difference(to other: NormalisedTree) -> String {
        for name in Set(entries.keys).union(other.entries.keys).sorted() where entries[name] != other.entries[name] {
            guard let mine = entries[name], let theirs = other.entries[name] else { return "only one has '\(name)'" }
            guard mine.mode == theirs.mode else { return "'\(name)': modes" }
            let lines = [mine, theirs].map {
                String(decoding: $0.contents, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            }
            let new = lines[0].filter { !lines[1].contains($0) }.prefix(8)
            let old = lines[1].filter { !lines[0].contains($0) }.prefix(8)
            return "'\(name)': \(new) instead of \(old)"
        }
        return "none"
    }

    private static func names(below path: String) throws -> [String] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
            return []
        }
        return try FileManager.default.subpathsOfDirectory(atPath: path).map { "/\($0)" }
    }

    private static func normalised(_ bytes: [UInt8], of file: String) throws -> [UInt8] {
        let name = file.split(separator: "/").last.map(String.init) ?? file
        if name == "stamp" || name == "built-at" {
            return bytes.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) ? UInt8(ascii: "#") : $0 }
        }
        if name == "list" { return lines(bytes).sorted().flatMap { Array("\($0)\n".utf8) } }
        if name.hasSuffix(".tar") { return try members(bytes, withTimes: true).sorted(by: precedes).flatMap { $0 } }
        if name.hasSuffix(".tar.gz") {
            var tar: [UInt8] = []
            let decompressor = try Decompressor(.gzip, limits: .init(outputBytes: 1 << 26))
            try decompressor.push(bytes) { tar += $0 }
            try decompressor.finish { tar += $0 }
            return try members(tar, withTimes: false).flatMap { $0 }
        }
        if file.hasPrefix("/bin/") { return program(bytes) }
        if name == "envdump" { return environment(lines(bytes)) }
        return bytes
    }

    private static func precedes(_ left: [UInt8], _ right: [UInt8]) -> Bool { left.lexicographicallyPrecedes(right) }

    private static func lines(_ bytes: [UInt8]) -> [Substring] {
        String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// The members of an archive, each with its header.
    private static func members(_ tar: [UInt8], withTimes: Bool) throws -> [[UInt8]] {
        var members: [[UInt8]] = []
        var at = 0
        while at + 512 <= tar.count, tar[at] != 0 {
            var header = Array(tar[at..<at + 512])
            guard let size = Int(String(decoding: header[124..<135], as: UTF8.self), radix: 8) else {
                throw CocoaError(.fileReadCorruptFile)
            }
            let end = at + 512 + (size + 511) / 512 * 512
            guard end <= tar.count else { throw CocoaError(.fileReadCorruptFile) }
            if !withTimes { header.replaceSubrange(136..<156, with: repeatElement(0, count: 20)) }
            members.append(header + tar[at + 512..<end])
            at = end
        }
        return members
    }

    private static func program(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        func ranges(of needle: [UInt8]) -> [Range<Int>] {
            guard bytes.count >= needle.count, let first = needle.first else { return [] }
            return (0...bytes.count - needle.count).filter { bytes[$0] == first && bytes[$0...].starts(with: needle) }
                .map { $0..<$0 + needle.count }
        }
        for start in ranges(of: Array("<<".utf8)) {
            guard let end = ranges(of: Array(">>".utf8)).first(where: { $0.lowerBound > start.upperBound }),
                end.lowerBound - start.upperBound < 80
            else { continue }
            for index in start.upperBound..<end.lowerBound { bytes[index] = 0 }
        }
        // The note that holds a build id: sizes of name and contents, type, name.
        for note in ranges(of: [4, 0, 0, 0, 20, 0, 0, 0, 3, 0, 0, 0] + Array("GNU\0".utf8)) {
            for index in note.upperBound..<min(note.upperBound + 20, bytes.count) { bytes[index] = 0 }
        }
        return bytes
    }

    private static func environment(_ lines: [Substring]) -> [UInt8] {
        var result: [String] = []
        var mounts: [String]?
        for line in lines {
            let words = line.split(separator: " ").map(String.init)
            if line == "--- mounts" {
                mounts = []
            } else if line == "--- end" {
                result += (mounts ?? []).sorted()
                mounts = nil
            } else if mounts != nil {
                // Device, place, type, options.
                guard words.count == 6, words[1] != "/", words[1] != "/tmp" else { continue }
                mounts?.append("mount \(words[1]) \(words[2])")
            } else if words.first == "total" {
                continue
            } else if words.count >= 9, words[0].count >= 10, "bcdlps-".contains(words[0].prefix(1)) {
                let isDevice = "bc".contains(words[0].prefix(1))
                let kept = [words[0], words[2], words[3]] + (isDevice ? words[4...5] + words[9...] : words[8...])
                result.append(kept.joined(separator: " "))
            } else {
                result.append(String(line))
            }
        }
        return Array(result.joined(separator: "\n").utf8)
    }
}
