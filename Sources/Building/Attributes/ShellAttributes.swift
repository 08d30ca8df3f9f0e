internal import StoreFormats

/// Writes structured attributes for bash to read: `.attrs.sh`, byte for byte as Nix 2.8 does.
///
/// What bash cannot hold is left out: names that are no shell variables, lists and objects with anything but simple
/// values inside, and numbers with a fraction.
enum ShellAttributes {
    static func write(_ attributes: [ByteString: AttributeValue]) -> [UInt8] {
        var output = ""
        for (name, value) in attributes.sortedMembers where isVariable(name) {
            if let simple = simple(value) {
                output += "declare \(name)=\(simple)\n"
                continue
            }
            switch value {
            case .array(let elements):
                let words = elements.compactMap(simple)
                guard words.count == elements.count else { continue }
                output += "declare -a \(name)=(\(words.map { "\($0) " }.joined()))\n"
            case .object(let members):
                let words = members.sortedMembers.compactMap { member in
                    simple(member.value).map { "[\(quoted(member.key.description))]=\($0) " }
                }
                guard words.count == members.count else { continue }
                output += "declare -A \(name)=(\(words.joined()))\n"
            default: continue
            }
        }
        return Array(output.utf8)
    }

    /// A value that is one word of the shell.
    private static func simple(_ value: AttributeValue) -> String? {
        switch value {
        case .string(let text): quoted(text)
        case .null: "''"
        case .bool(let value): value ? "1" : ""
        case .integer(let value): String(Int32(truncatingIfNeeded: value))
        case .unsigned(let value): String(Int32(truncatingIfNeeded: value))
        case .number(let value): whole(value)
        case .array, .object: nil
        }
    }

    /// Nix looks at a number as a 32-bit float to see whether it is whole, and writes it as a C `int`: one out of range
    /// becomes the smallest `int` on x86.
    private static func whole(_ value: Double) -> String? {
        let narrow = Float(value)
        guard narrow.rounded(.up) == narrow else { return nil }
        return String(Int32(exactly: value.rounded(.towardZero)) ?? .min)
    }

    private static func quoted(_ text: String) -> String {
        // By scalar: a quote followed by a combining mark is one character.
        var quoted = "'"
        for scalar in text.unicodeScalars {
            if scalar == "'" { quoted += "'\\''" } else { quoted.unicodeScalars.append(scalar) }
        }
        return quoted + "'"
    }

    private static func isVariable(_ name: ByteString) -> Bool {
        guard let first = name.bytes.first, !isDigit(first) else { return false }
        return name.bytes.allSatisfy { isDigit($0) || isLetter($0) || $0 == UInt8(ascii: "_") }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte & 0xDF) }
}
