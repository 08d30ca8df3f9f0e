/// Reads the few terms that derivations are written with, in their canonical form only: no spaces, and one spelling
/// for each string.
struct ATermReader {
    private let bytes: [UInt8]
    private let entryLimit: Int
    private(set) var offset = 0

    init(_ bytes: [UInt8], entryLimit: Int) {
        self.bytes = bytes
        self.entryLimit = entryLimit
    }

    /// Whether the next bytes are these; nothing is taken.
    func isNext(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard bytes.count - offset >= count else { return false }
        for index in 0..<count where bytes[offset + index] != text.utf8Start[index] { return false }
        return true
    }

    /// Takes these bytes.
    mutating func expect(_ text: StaticString) throws(StoreFormatError) {
        guard isNext(text) else {
            throw offset == bytes.count ? truncated() : invalid("no \(text) where one must be")
        }
        offset += text.utf8CodeUnitCount
    }

    /// Reads a list; `element` reads each element.
    mutating func list<Element>(
        _ element: (inout ATermReader) throws(StoreFormatError) -> Element
    ) throws(StoreFormatError) -> [Element] {
        try expect("[")
        var elements: [Element] = []
        if take(UInt8(ascii: "]")) { return elements }
        repeat {
            guard elements.count < entryLimit else {
                throw StoreFormatError(
                    .limitExceeded, "derivation: a list of more than \(entryLimit) elements",
                    at: .offset(UInt64(offset)))
            }
            elements.append(try element(&self))
        } while take(UInt8(ascii: ","))
        try expect("]")
        return elements
    }

    /// Reads a string.
    mutating func string() throws(StoreFormatError) -> ArraySlice<UInt8> {
        try expect("\"")
        let start = offset
        skipPlain()
        guard offset < bytes.count else { throw truncated() }
        if bytes[offset] == UInt8(ascii: "\"") {
            // The usual string has no escape, and is not copied.
            offset += 1
            return bytes[start..<(offset - 1)]
        }
        var unescaped = [UInt8](bytes[start..<offset])
        while offset < bytes.count {
            switch bytes[offset] {
            case UInt8(ascii: "\""):
                offset += 1
                return unescaped[...]
            case UInt8(ascii: "\\"):
                unescaped.append(try escape())
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"):
                throw invalid("a line end or tab that is not escaped")
            default:
                let plain = offset
                skipPlain()
                unescaped.append(contentsOf: bytes[plain..<offset])
            }
        }
        throw truncated()
    }

    /// Demands that nothing is left.
    func finish() throws(StoreFormatError) {
        guard offset == bytes.count else {
            throw StoreFormatError(.trailingData, "derivation: bytes behind its end", at: .offset(UInt64(offset)))
        }
    }

    func invalid(_ message: String) -> StoreFormatError {
        StoreFormatError(.invalidDerivation, "derivation: \(message)", at: .offset(UInt64(offset)))
    }

    private func truncated() -> StoreFormatError {
        StoreFormatError(.truncated, "derivation: ends too early", at: .offset(UInt64(offset)))
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard offset < bytes.count, bytes[offset] == byte else { return false }
        offset += 1
        return true
    }

    /// Goes to the next byte that ends a string or must be escaped in one.
    private mutating func skipPlain() {
        let start = offset
        offset = bytes.withUnsafeBufferPointer { bytes in
            var index = start
            while index < bytes.count, !ATerm.isSpecial(bytes[index]) { index += 1 }
            return index
        }
    }

    private mutating func escape() throws(StoreFormatError) -> UInt8 {
        guard offset + 1 < bytes.count else { throw truncated() }
        guard let byte = ATerm.unescaped(bytes[offset + 1]) else { throw invalid("an unknown escape") }
        offset += 2
        return byte
    }
}

/// How strings are written.
enum ATerm {
    /// Whether a byte cannot stand in a string as it is.
    @inline(__always)
    static func isSpecial(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): true
        default: false
        }
    }

    /// What stands behind the backslash in place of a special byte.
    static func escaped(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "\n"): UInt8(ascii: "n")
        case UInt8(ascii: "\r"): UInt8(ascii: "r")
        case UInt8(ascii: "\t"): UInt8(ascii: "t")
        default: byte
        }
    }

    /// The byte that is meant by what stands behind a backslash.
    static func unescaped(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "n"): UInt8(ascii: "\n")
        case UInt8(ascii: "r"): UInt8(ascii: "\r")
        case UInt8(ascii: "t"): UInt8(ascii: "\t")
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): byte
        default: nil
        }
    }
}
