import Testing

@testable import Gateway

@Suite("Byte ranges (RFC 9110, section 14)")
struct ByteRangeTests {
    @Test(
        "One range is a part, what cannot be satisfied is said, everything else is the whole",
        arguments: [
            (nil, ByteRange.whole), ("bytes=0-0", .part(0..<1)), ("bytes=0-", .part(0..<100)),
            ("bytes=10-19", .part(10..<20)), ("bytes=90-200", .part(90..<100)), ("bytes=99-99", .part(99..<100)),
            ("bytes=-1", .part(99..<100)), ("bytes=-100", .part(0..<100)), ("bytes=-101", .part(0..<100)),
            ("bytes=100-", .unsatisfiable), ("bytes=100-200", .unsatisfiable), ("bytes=-0", .unsatisfiable),
            ("bytes=20-10", .whole), ("bytes=-", .whole), ("bytes=", .whole), ("bytes", .whole), ("", .whole),
            ("bytes=a-b", .whole), ("bytes=1-2,5-6", .whole), ("bytes= 1-2", .whole), ("lines=1-2", .whole),
            ("bytes=1--2", .whole), ("bytes=--1", .whole), ("bytes=+1-2", .whole),
            ("bytes=0-9223372036854775807", .part(0..<100)), ("bytes=0-18446744073709551615", .whole),
            ("bytes=99999999999999999999-", .whole), ("bytes=9999999999999999999-", .unsatisfiable),
            ("bytes=-9999999999999999999", .part(0..<100)),
        ] as [(String?, ByteRange)])
    func table(header: String?, expected: ByteRange) {
        #expect(ByteRange(header, size: 100) == expected)
    }

    @Test("Of an empty file nothing can be asked for", arguments: ["bytes=0-", "bytes=0-0", "bytes=-1"])
    func empty(header: String) { #expect(ByteRange(header, size: 0) == .unsatisfiable) }
}
