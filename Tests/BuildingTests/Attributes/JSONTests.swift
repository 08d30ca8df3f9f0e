import StoreFormats
import Testing

@testable import Building

@Suite struct JSONTests {
    @Test(arguments: [
        ("null", "null"), (" true ", "true"), ("false", "false"), ("0", "0"), ("-0", "0"), ("-12", "-12"),
        ("9223372036854775807", "9223372036854775807"), ("18446744073709551615", "18446744073709551615"),
        ("18446744073709551616", "1.8446744073709552e+19"), ("1.0", "1.0"), ("-0.0", "-0.0"), ("1e2", "100.0"),
        ("1E+2", "100.0"), ("1e15", "1e+15"), ("1e14", "100000000000000.0"), ("123456.789", "123456.789"),
        ("0.0001", "0.0001"), ("0.00001", "1e-05"), ("1.5e300", "1.5e+300"), ("12e-7", "1.2e-06"), ("[]", "[]"),
        ("{}", "{}"), ("[1, [2 ,{}]]", "[1,[2,{}]]"), (#"{"b":1,"a":2}"#, #"{"a":2,"b":1}"#),
        (#"{"a":1,"a":2}"#, #"{"a":2}"#), (#""\/\u0041\u00e9\ud83d\ude00""#, #""/Aé😀""#),
        (#""\u0001\b\f\n\r\t\"\\\u007f""#, "\"\\u0001\\b\\f\\n\\r\\t\\\"\\\\\u{7f}\""),
    ])
    func writesAsNixDoes(_ input: String, _ output: String) throws {
        let value = try AttributeValue(parsing: Array(input.utf8))
        #expect(String(decoding: JSONWriter.write(value), as: UTF8.self) == output)
    }

    @Test(arguments: [
        "", " ", "nul", "tru", "truee", "01", "1.", ".5", "-", "+1", "1e", "[1,]", "[1 2]", "{\"a\"}", "{\"a\":}",
        "{a:1}",
        "{\"a\":1,}", "\"", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\u{1}\"",
        "[", "{", "1 2", "'a'", "NaN", "1e999", "//", "\u{feff}1", "\"\\u+123\"",
    ])
    func refuses(_ input: String) {
        #expect(throws: BuildingError(.invalidAttribute, "")) { try AttributeValue(parsing: Array(input.utf8)) }
    }

    @Test func refusesWhatIsNotUTF8() {
        #expect(throws: BuildingError(.invalidAttribute, "")) { try AttributeValue(parsing: [0x22, 0xff, 0x22]) }
    }

    @Test func refusesDeepNesting() throws {
        let deepest = String(repeating: "[", count: 256) + String(repeating: "]", count: 256)
        _ = try AttributeValue(parsing: Array(deepest.utf8))
        #expect(throws: BuildingError(.invalidAttribute, "")) {
            try AttributeValue(parsing: Array("[\(deepest)]".utf8))
        }
        let open = [UInt8](repeating: UInt8(ascii: "["), count: 1 << 20)
        #expect(throws: BuildingError(.invalidAttribute, "")) { try AttributeValue(parsing: open) }
    }

    /// Two keys of equal characters in different spellings are two keys.
    @Test func keysAreBytes() throws {
        let value = try AttributeValue(parsing: Array("{\"e\u{301}\":1,\"\u{e9}\":2}".utf8))
        #expect(value.object?.count == 2)
    }
}
