/// Numbers as the files of a log have them.
enum BigEndian {
    static func read(_ bytes: some Collection<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    static func append(_ number: UInt64, byteCount: Int, to bytes: inout [UInt8]) {
        for shift in (0..<byteCount).reversed() { bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(8 * shift))) }
    }
}
