import Testing

@testable import StoreFormats

@Suite("JSON texts")
struct JSONReaderTests {
    private func skipAll(_ text: String) throws {
        var reader = JSONReader(Array(text.utf8))
        try reader.skip()
        try reader.finish()
    }

    @Test(
        "well formed",
        arguments: [
            "{}", "[]", " [1, -0.5e+3 , true,false,null] \n", #"{"a":{"b":["c"]}}"#, #""\u0041\n""#, "0",
        ])
    func accepts(text: String) throws {
        try skipAll(text)
    }

    @Test(
        "malformed",
        arguments: [
            "", "{", "[1,]", "[1 2]", #"{"a" 1}"#, #"{"a":1,}"#, "{a:1}", "[01]", "[1.]", "[-]", "[1e]", "tru", "nul",
            #""abc"#, #""\x""#, #""\ud800""#, #""\ud800A""#, "\"\u{1}\"", "[] []", "'a'", "[NaN]", #""\u12g4""#, "[+1]",
        ])
    func refuses(text: String) {
        #expect(throws: StoreFormatError(.invalidJSON, "")) { try skipAll(text) }
    }

    @Test("bytes that are not UTF-8 are refused")
    func refusesInvalidUTF8() {
        for bytes: [UInt8] in [[0x22, 0xFF, 0x22], [0x22, 0x5C, 0x6E, 0xC3, 0x22]] {
            var reader = JSONReader(bytes)
            #expect(throws: StoreFormatError.self) { try reader.readString() }
        }
    }

    @Test(
        "escapes", arguments: [(#""a\"\\\/\b\f\n\r\t""#, "a\"\\/\u{8}\u{C}\n\r\t"), (#""\u00e9\ud83d\ude00""#, "é😀")])
    func unescapes(text: String, expected: String) throws {
        var reader = JSONReader(Array(text.utf8))
        #expect(try reader.readString() == expected)
        try reader.finish()
    }

    @Test("nesting has an end")
    func refusesDepth() {
        let text = String(repeating: "[", count: 100_000)
        #expect(throws: StoreFormatError(.limitExceeded, "")) { try skipAll(text) }
    }

    @Test(
        "whole numbers only where one is asked for", arguments: ["-1", "1.0", "1e3", "18446744073709551616", "\"1\""])
    func refusesNumbers(text: String) {
        var reader = JSONReader(Array(text.utf8))
        #expect(throws: StoreFormatError.self) { try reader.readUInt64() }
    }
}
