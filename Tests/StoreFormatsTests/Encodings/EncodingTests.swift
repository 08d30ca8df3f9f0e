import StoreFormats
import Testing

@Suite("Encodings")
struct EncodingTests {
    @Test(
        "nix32 as real Nix writes it",
        arguments: [
            ("", ""),
            ("00", "00"),
            ("1f", "0z"),
            ("ff", "7z"),
            ("0839703786356bca59b0f4a32987eb2e6de43ae8", "x0xf8v9fxf3jk8zln1cwlsrmhqvp0f88"),
            (
                "1b4c5a5a4b4b6d1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f708192a3b4c5d6e7f8",
                "1y77sv2v98wjh5q6ypjd7hmil3wyimy6nnjg7qniqvab9dd5lk0v"
            ),
        ])
    func nix32(hex: String, text: String) throws {
        let bytes = try Base16.decode(hex)
        #expect(Nix32.encode(bytes) == text)
        #expect(try Nix32.decode(text, count: bytes.count) == bytes)
    }

    @Test(
        "nix32 in any but the canonical form is refused",
        arguments: [
            ("80", 1),  // a bit above the byte
            ("zz", 1), ("0", 1), ("000", 1), ("0Z", 1), ("0e", 1), ("0o", 1), ("0t", 1), ("0u", 1), ("0-", 1), ("é", 1),
            ("8z", 1),
        ])
    func nix32Refused(text: String, count: Int) {
        #expect(throws: StoreFormatError(.invalidEncoding, "")) { try Nix32.decode(text, count: count) }
    }

    @Test(
        "base64 of RFC 4648, section 10",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ])
    func base64(plain: String, text: String) throws {
        #expect(Base64.encode([UInt8](plain.utf8)) == text)
        #expect(try Base64.decode(text) == [UInt8](plain.utf8))
    }

    @Test(
        "base64 in any but the canonical form is refused",
        arguments: [
            "Zg", "Zg=", "Zh==", "Zm9=", "=", "==", "====", "Z===", "Zg==Zg==", "Zm8= ", "Zm\n8", "Z-8=", "Z_8=",
            "=Zg=", "Zg=a", "Zm9vé",
        ])
    func base64Refused(text: String) {
        #expect(throws: StoreFormatError(.invalidEncoding, "")) { try Base64.decode(text) }
    }

    @Test("hexadecimal text is lower-case and even", arguments: ["0", "AB", "0g", "é", " 0"])
    func base16Refused(text: String) {
        #expect(throws: StoreFormatError(.invalidEncoding, "")) { try Base16.decode(text) }
    }

    @Test("random bytes come back, and each text that is read is the one that is written")
    func roundTrips() throws {
        var random = SeededGenerator(seed: 1)
        for count in 0..<70 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            #expect(try Nix32.decode(Nix32.encode(bytes), count: count) == bytes)
            #expect(try Base64.decode(Base64.encode(bytes)) == bytes)
            #expect(try Base16.decode(Base16.encode(bytes)) == bytes)
            var text = [UInt8](Nix32.encode(bytes).utf8)
            guard let index = text.indices.randomElement(using: &random) else { continue }
            text[index] = UInt8.random(in: 0...255, using: &random)
            if let read = try? Nix32.decode(text, count: count) { #expect([UInt8](Nix32.encode(read).utf8) == text) }
            var other = [UInt8](Base64.encode(bytes).utf8)
            other[other.count - 1] = UInt8.random(in: 0...255, using: &random)
            if let read = try? Base64.decode(other) { #expect([UInt8](Base64.encode(read).utf8) == other) }
        }
    }
}
