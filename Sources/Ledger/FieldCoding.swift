package import Quorum

/// Writes fields with their length in front, and the compact forms that stored rows are made of.
package struct FieldWriter: Sendable {
    package var bytes: [UInt8] = []

    /// Starts with room for what most claims need.
    package init() { bytes.reserveCapacity(1024) }

    mutating func length(_ count: Int) {
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: count).littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func field(_ field: [UInt8]) {
        length(field.count)
        bytes.append(contentsOf: field)
    }

    mutating func field(_ digest: Digest256) {
        length(Digest256.byteCount)
        raw(digest)
    }

    mutating func string(_ text: String) {
        length(text.utf8.count)
        bytes.append(contentsOf: text.utf8)
    }

    mutating func integer(_ value: UInt64) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func optional<Value>(_ value: Value?, _ write: (Value, inout FieldWriter) -> Void) {
        bytes.append(value == nil ? 0 : 1)
        if let value { write(value, &self) }
    }

    /// A digest without a length.
    package mutating func raw(_ digest: Digest256) {
        digest.withBytes { bytes.append(contentsOf: $0) }
    }

    /// Seven bits in a byte, least significant first; the top bit says that more follow.
    package mutating func number(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// Bytes with a short length in front.
    package mutating func counted(_ part: some Collection<UInt8>) {
        number(UInt64(part.count))
        bytes.append(contentsOf: part)
    }
}

/// Reads what `FieldWriter` wrote, and nothing else.
package struct FieldReader: Sendable {
    private let bytes: [UInt8]
    private var position = 0

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Bytes that were not read yet.
    package var left: Int { bytes.count - position }

    /// The error of a row that holds `what`.
    package static func corrupt(_ what: String) -> LedgerError {
        LedgerError(.corrupt, "ledger: a row holds \(what); move the database away to start a new one")
    }

    /// The next byte.
    package mutating func byte() throws(LedgerError) -> UInt8 {
        guard left >= 1 else { throw Self.corrupt("too few bytes") }
        defer { position += 1 }
        return bytes[position]
    }

    /// The next `count` bytes.
    private mutating func slice(_ count: Int) throws(LedgerError) -> ArraySlice<UInt8> {
        guard left >= count else { throw Self.corrupt("too few bytes") }
        defer { position += count }
        return bytes[position..<(position + count)]
    }

    private mutating func slice() throws(LedgerError) -> ArraySlice<UInt8> {
        guard left >= 4 else { throw Self.corrupt("too few bytes") }
        var count = 0
        for index in 0..<4 { count |= Int(bytes[position + index]) << (8 * index) }
        position += 4
        return try slice(count)
    }

    mutating func field() throws(LedgerError) -> [UInt8] { Array(try slice()) }

    mutating func string() throws(LedgerError) -> String {
        guard let text = String(validating: try slice(), as: UTF8.self) else {
            throw Self.corrupt("text that is not UTF-8")
        }
        return text
    }

    mutating func integer() throws(LedgerError) -> UInt64 {
        guard left >= 8 else { throw Self.corrupt("too few bytes") }
        var value: UInt64 = 0
        for index in 0..<8 { value |= UInt64(bytes[position + index]) << UInt64(8 * index) }
        position += 8
        return value
    }

    mutating func optional<Value>(
        _ read: (inout FieldReader) throws(LedgerError) -> Value
    ) throws(LedgerError) -> Value? {
        switch try byte() {
        case 0: return nil
        case 1: return try read(&self)
        default: throw Self.corrupt("a mark that is neither 0 nor 1")
        }
    }

    /// A digest without a length.
    package mutating func raw() throws(LedgerError) -> Digest256 {
        guard left >= Digest256.byteCount else { throw Self.corrupt("too few bytes") }
        let digest = bytes.withUnsafeBytes { bytes in
            Digest256(UnsafeRawBufferPointer(rebasing: bytes[position..<(position + Digest256.byteCount)]))
        }
        guard let digest else { throw Self.corrupt("too few bytes") }
        position += Digest256.byteCount
        return digest
    }

    /// A number in its shortest form.
    package mutating func number() throws(LedgerError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try byte()
            let bits = UInt64(byte & 0x7F)
            guard shift < 63 || bits <= 1, shift == 0 || byte != 0 else { throw Self.corrupt("a number out of form") }
            value |= bits << shift
            guard byte >= 0x80 else { return value }
            shift += 7
            guard shift <= 63 else { throw Self.corrupt("a number out of form") }
        }
    }

    /// Bytes with a short length in front.
    package mutating func counted() throws(LedgerError) -> ArraySlice<UInt8> {
        let count = try number()
        guard count <= left else { throw Self.corrupt("too few bytes") }
        return try slice(Int(count))
    }

    /// Nothing may be left.
    package func end() throws(LedgerError) {
        guard left == 0 else { throw Self.corrupt("bytes behind its end") }
    }
}
