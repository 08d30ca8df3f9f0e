/// Text for a builder: an argument, or the name or value of a variable. Bytes, since not everything that Nix and Guix
/// write is UTF-8.
package struct SandboxString: Hashable, Sendable, ExpressibleByStringLiteral {
    /// Without a zero byte, which ``SandboxPlan/checked()`` refuses.
    package let bytes: [UInt8]

    package init(_ text: String) { bytes = Array(text.utf8) }

    package init(bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

    package init(stringLiteral text: String) { self.init(text) }
}

extension SandboxString: CustomStringConvertible {
    /// The text itself where it is made of harmless characters, else in double quotes with escapes.
    package var description: String {
        let isPlain = !bytes.isEmpty && bytes.allSatisfy(Self.isPlain)
        if isPlain { return String(decoding: bytes, as: UTF8.self) }
        var text = "\""
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += "\\" + String(Character(Unicode.Scalar(byte)))
            case UInt8(ascii: "\n"): text += "\\n"
            case 0x20..<0x7f: text += String(Character(Unicode.Scalar(byte)))
            default: text += "\\x" + Self.hexadecimal(byte >> 4) + Self.hexadecimal(byte & 0xf)
            }
        }
        return text + "\""
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            return true
        default: return "/_-.,:+@%=".utf8.contains(byte)
        }
    }

    private static func hexadecimal(_ digit: UInt8) -> String { String(digit, radix: 16) }
}

extension SandboxString: Codable {
    /// A string where the bytes are UTF-8, else an array of numbers.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
            self.init(text)
        } else {
            self.init(bytes: try container.decode([UInt8].self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let text = String(validating: bytes, as: UTF8.self) {
            try container.encode(text)
        } else {
            try container.encode(bytes)
        }
    }
}
