/// The words between the contents of a NAR. <https://nix.dev/manual/nix/latest/protocols/nix-archive>
enum NarFraming {
    static let magic = field("nix-archive-1")
    static let file = fields("(", "type", "regular", "contents")
    static let executable = fields("(", "type", "regular", "executable", "", "contents")
    static let symbolicLink = fields("(", "type", "symlink", "target")
    static let folder = fields("(", "type", "directory")
    static let entry = fields("entry", "(", "name")
    static let node = field("node")
    static let close = field(")")

    private static func fields(_ words: StaticString...) -> [UInt8] { words.flatMap(field) }

    private static func field(_ word: StaticString) -> [UInt8] {
        var bytes: [UInt8] = []
        UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount).withMemoryRebound(to: UInt8.self) {
            bytes.append(narField: $0)
        }
        return bytes
    }

    /// Zeros behind a field of this length.
    static func padding(_ length: UInt64) -> Int { Int((8 - length % 8) % 8) }
}

extension [UInt8] {
    /// Appends a length as NARs write it.
    mutating func append(narLength length: UInt64) {
        Swift.withUnsafeBytes(of: length.littleEndian) { append(contentsOf: $0) }
    }

    /// Appends a field with its length and padding.
    mutating func append(narField bytes: some Collection<UInt8>) {
        append(narLength: UInt64(bytes.count))
        append(contentsOf: bytes)
        appendZeros(NarFraming.padding(UInt64(bytes.count)))
    }

    mutating func appendZeros(_ count: Int) {
        for _ in 0..<count { append(0) }
    }
}
