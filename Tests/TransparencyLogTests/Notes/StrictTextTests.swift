import Foundation
import TestSupport
import Testing
import TransparencyLog

@Suite struct StrictTextTests {
    @Test(arguments: [
        "", "-1", "+1", "00", "01", " 1", "1 ", "1e2", "9223372036854775808", "18446744073709551616", "٣",
    ])
    func refusesNumbers(text: String) {
        #expect(StrictText.decimal(text.utf8) == nil)
    }

    @Test(arguments: [("0", UInt64(0)), ("7", 7), ("70000", 70_000), ("9223372036854775807", UInt64(Int64.max))])
    func readsNumbers(text: String, number: UInt64) {
        #expect(StrictText.decimal(text.utf8) == number)
    }

    @Test(arguments: [
        "", "=", "==", "A", "AA", "AAA", "A===", "====", "AB==", "AAB=", "AA=A", "AAAA=", "AAAA====", "AA\n=", "AAAA\n",
        "AA-_", "AAA ", "AA==AAAA", "AA=",
    ])
    func refusesBase64(text: String) {
        #expect(StrictText.decodeBase64(text.utf8) == nil)
    }

    @Test func base64IsFoundations() {
        var random = SeededGenerator(seed: 1)
        for count in 1...100 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            let text = Data(bytes).base64EncodedString()
            #expect(StrictText.encodeBase64(bytes) == text)
            #expect(StrictText.decodeBase64(text.utf8) == bytes)
        }
    }

    @Test func hexadecimal() {
        #expect(StrictText.decodeHex("00ff10".utf8) == [0, 255, 16])
        #expect(StrictText.hex([0, 255, 16]) == "00ff10")
        for text in ["0", "0G", "FF", " 0"] { #expect(StrictText.decodeHex(text.utf8) == nil) }
    }
}
