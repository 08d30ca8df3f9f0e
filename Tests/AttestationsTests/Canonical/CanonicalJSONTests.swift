import Attestations
import StoreFormats
import Testing

@Suite struct CanonicalJSONTests {
    @Test(arguments: [
        "null", "true", "[]", "{}", "0", "-1", "9007199254740991", #""""#, #"{"a":1,"b":[true,null,"x"]}"#,
        #"{"":0," ":1,"A":2,"_":3,"a":4}"#, #""\"\\\b\f\n\r\t\u0000\u001f""#, "\"\u{7F}\"",
        #""\u00e9\u20ac\ud83d\ude00""#,
    ])
    func canonicalTextIsReadAndWrittenAgain(text: String) throws {
        let value = try CanonicalJSON.parse(Array(text.utf8))
        #expect(CanonicalJSON.encode(value) == Array(text.utf8))
    }

    @Test(arguments: [
        "", " null", "null ", "{ }", #"{"a": 1}"#, #"{"b":1,"a":2}"#, #"{"a":1,"a":1}"#, "1e2", "1.0", "-0", "01",
        "1.5",
        "9007199254740992", "-9007199254740992", "99999999999999999999", #""é""#, #""\u00E9""#, #""\u0041""#, #""\/""#,
        #""\u000a""#, #""\u0008""#, "\"\n\"", #""\ud83d""#, "[1,]", "nul", #"{"a":1}{}"#, #"{"a":1,}"#, "'a'", "NaN",
        #"{"\u0061":1}"#, "\u{FEFF}null", #"[1 ,2]"#,
    ])
    func otherSpellingsAreRefused(text: String) {
        #expect(throws: AttestationError(.json, "")) { try CanonicalJSON.parse(Array(text.utf8)) }
    }

    @Test func whatIsTooLongOrTooDeepIsRefused() {
        #expect(throws: AttestationError(.limit, "")) { try CanonicalJSON.parse(Array("[1,2]".utf8), limit: 4) }
        let deep = String(repeating: "[", count: 1000) + String(repeating: "]", count: 1000)
        #expect(throws: AttestationError(.json, "")) { try CanonicalJSON.parse(Array(deep.utf8)) }
    }

    @Test func namesThatUnicodeCallsEqualAreTwo() throws {
        let text = #"{"e\u0301":1,"\u00e9":2}"#
        #expect(CanonicalJSON.encode(try CanonicalJSON.parse(Array(text.utf8))) == Array(text.utf8))
    }

    @Test func linksKeepWhatIsBeyondASCII() {
        let value = JSONValue.object([.init("b", .string("é\n\"\\")), .init("a", .null)])
        #expect(CanonicalJSON.encodeForLink(value) == Array("{\"a\":null,\"b\":\"é\n\\\"\\\\\"}".utf8))
    }
}
