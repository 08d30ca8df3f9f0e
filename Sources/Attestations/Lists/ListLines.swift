internal import StoreFormats

/// The lines of a file that stands beside a statement: each ends with a line feed, the last one too.
enum ListLines {
    static func parse<Line>(
        _ bytes: [UInt8], what: String, limit: Int, _ read: (ArraySlice<UInt8>) -> Line?
    ) throws(AttestationError) -> [Line] {
        guard bytes.count <= AttestationLimits.listBytes else {
            throw AttestationError(
                .limit, "a list of \(what) of \(bytes.count) bytes: \(AttestationLimits.listBytes) are allowed")
        }
        var lines: [Line] = []
        var start = 0
        while start < bytes.count {
            guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")), let line = read(bytes[start..<end])
            else { throw AttestationError(.references, "a list of \(what): line \(lines.count + 1) cannot be read") }
            guard lines.count < limit else {
                throw AttestationError(.limit, "a list of more than \(limit) \(what)")
            }
            lines.append(line)
            start = end + 1
        }
        return lines
    }

    /// A path in the store of Nix or of Guix.
    static func storePath(_ text: ArraySlice<UInt8>) -> StorePath? {
        guard text.withUnsafeBytes(PlainText.isStorePath) else { return nil }
        let path = String(decoding: text, as: UTF8.self)
        return (try? StorePath(path, in: .nix)) ?? (try? StorePath(path, in: .gnu))
    }
}
