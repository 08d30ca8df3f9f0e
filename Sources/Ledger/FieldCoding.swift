/// Writes fields with their length in front.
struct FieldWriter {
    var bytes: [UInt8] = []

    /// Starts with room for what most claims need.
    init() { bytes.reserveCapacity(1024) }

    mutating func length(_ count: Int) {
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: count).littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func field(_ field: [UInt8]) {
        length(field.count)
        bytes.append(contentsOf: field)
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
}

/// Reads what `FieldWriter` wrote, and nothing else.
struct FieldReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Bytes that were not read yet.
    var left: Int { bytes.count - position }

    static func corrupt(_ what: String) -> LedgerError {
        LedgerError(.corrupt, "ledger: a row holds \(what); move the database away to start a new one")
    }

    mutating func byte() throws(LedgerError) -> UInt8 {
        guard left >= 1 else { throw Self.corrupt("too few bytes") }
        defer { position += 1 }
        return bytes[position]
    }

    private mutating func slice() throws(LedgerError) -> ArraySlice<UInt8> {
        guard left >= 4 else { throw Self.corrupt("too few bytes") }
        var count = 0
        for index in 0..<4 { count |= Int(bytes[position + index]) << (8 * index) }
        position += 4
        guard left >= count else { throw Self.corrupt("too few bytes") }
        defer { position += count }
        return bytes[position..<(position + count)]
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

    func end() throws(LedgerError) {
        guard left == 0 else { throw Self.corrupt("bytes behind its end") }
    }
}
