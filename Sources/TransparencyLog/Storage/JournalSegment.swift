internal import Crypto
internal import DurableFiles
internal import Glibc

/// A file of the journal: a head of 128 bytes, then records.
///
/// The head: "qjournal", version (8 bytes), the segment's number (8), the index of its first entry (8), the tree's root
/// before it (32), SHA-256 of the log's origin (32), SHA-256 of all that (32).
struct JournalSegment: Sendable {
    let path: String
    /// Segments are read in the order of their numbers.
    let number: UInt64
    /// The index of the first entry.
    let first: UInt64
    /// The root of the tree of that size.
    let root: LogHash

    static let headByteCount = 128
    private static let magic = Array("qjournal".utf8) + [0, 0, 0, 0, 0, 0, 0, 1]

    static func path(_ number: UInt64, in folder: String) -> String {
        let digits = String(number, radix: 16)
        return "\(folder)/\(String(repeating: "0", count: 16 - digits.count))\(digits)"
    }

    init(folder: String, number: UInt64, first: UInt64, root: LogHash) {
        path = Self.path(number, in: folder)
        self.number = number
        self.first = first
        self.root = root
    }

    /// Reads a head; nil when the file has none, as after a crash while it was made.
    init?(reading path: String, origin: String) throws(TransparencyLogError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw TransparencyLogError(FileFailure(path, "cannot be read")) }
        defer { close(descriptor) }
        let head = try readAll(descriptor, at: 0, count: Self.headByteCount, path)
        guard head.count == Self.headByteCount, head.starts(with: Self.magic),
            Array(head[96...]) == Array(SHA256.hash(data: head[..<96])), let root = LogHash(head[32..<64])
        else { return nil }
        guard Array(head[64..<96]) == Array(SHA256.hash(data: Array(origin.utf8))) else {
            throw TransparencyLogError(.damage, "\(path): belongs to another log than \(origin)")
        }
        self.path = path
        number = BigEndian.read(head[16..<24])
        first = BigEndian.read(head[24..<32])
        self.root = root
        guard path.hasSuffix(Self.path(number, in: "")) else {
            throw TransparencyLogError(.damage, "\(path): was renamed, it is segment \(number)")
        }
    }

    func head(origin: String) -> [UInt8] {
        var head = Self.magic
        BigEndian.append(number, byteCount: 8, to: &head)
        BigEndian.append(first, byteCount: 8, to: &head)
        root.append(to: &head)
        head += SHA256.hash(data: Array(origin.utf8))
        head += SHA256.hash(data: head)
        return head
    }
}

/// Up to `count` bytes at an offset; fewer at the end of the file.
func readAll(
    _ descriptor: Int32, at offset: Int, count: Int, _ path: String
) throws(TransparencyLogError) -> [UInt8] {
    var code: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
        done = 0
        while done < count {
            let got = pread(descriptor, buffer.baseAddress?.advanced(by: done), count - done, offset + done)
            if got < 0 && errno == EINTR { continue }
            if got < 0 { code = errno }
            guard got > 0 else { return }
            done += got
        }
    }
    guard code == 0 else { throw TransparencyLogError(FileFailure(path, "cannot be read", code: code)) }
    return bytes
}
