/// The one range of bytes that a request asks for (RFC 9110, section 14). Several ranges are answered with the whole.
enum ByteRange: Equatable {
    case whole
    case part(Range<UInt64>)
    case unsatisfiable

    /// - Parameters:
    ///   - header: The `Range` field's value, or nil.
    ///   - size: The file's size.
    init(_ header: String?, size: UInt64) {
        guard let header, header.hasPrefix("bytes=") else {
            self = .whole
            return
        }
        let parts = header.dropFirst(6).split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !header.contains(","),
            parts.allSatisfy({ $0.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } && $0.utf8.count <= 19 })
        else {
            self = .whole
            return
        }
        switch (UInt64(parts[0]), UInt64(parts[1])) {
        case (nil, nil): self = .whole
        case (let first?, let last):
            guard first < size, last.map({ $0 >= first }) ?? true else {
                self = first < size ? .whole : .unsatisfiable
                return
            }
            self = .part(first..<min(size, (last ?? size - 1) + 1))
        case (nil, let suffix?):
            self = suffix == 0 || size == 0 ? .unsatisfiable : .part((size - min(size, suffix))..<size)
        }
    }
}
