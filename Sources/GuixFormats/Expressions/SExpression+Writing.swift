extension SExpression {
    /// The canonical form: `(3:rsa…)`, for libgcrypt and for comparing.
    package var canonical: [UInt8] {
        var text: [UInt8] = []
        writeCanonical(to: &text)
        return text
    }

    /// The advanced form with its line end, byte for byte as libgcrypt writes it, and so Guix.
    package var advanced: [UInt8] {
        var text: [UInt8] = []
        writeAdvanced(to: &text, depth: 0)
        text.append(UInt8(ascii: "\n"))
        return text
    }

    private func writeCanonical(to text: inout [UInt8]) {
        switch self {
        case .atom(let bytes):
            text.append(contentsOf: "\(bytes.count):".utf8)
            text.append(contentsOf: bytes)
        case .list(let elements):
            text.append(UInt8(ascii: "("))
            for element in elements { element.writeCanonical(to: &text) }
            text.append(UInt8(ascii: ")"))
        }
    }

    /// Each list but the outermost begins a line, indented by its depth; a parenthesis that closes behind a list stands
    /// on a line of its own, indented with the list's elements; a space follows every atom that another element follows.
    private func writeAdvanced(to text: inout [UInt8], depth: Int) {
        guard case .list(let elements) = self else { return }
        text.append(UInt8(ascii: "("))
        for (index, element) in elements.enumerated() {
            switch element {
            case .atom(let bytes):
                SExpression.writeAtom(bytes, to: &text)
                if index + 1 < elements.count { text.append(UInt8(ascii: " ")) }
            case .list:
                SExpression.beginLine(in: &text, depth: depth + 1)
                element.writeAdvanced(to: &text, depth: depth + 1)
                // libgcrypt begins a line also before an atom that follows a list.
                let isFollowedByList = elements.indices.contains(index + 1) && elements[index + 1].isList
                if !isFollowedByList { SExpression.beginLine(in: &text, depth: depth + 1) }
            }
        }
        text.append(UInt8(ascii: ")"))
    }

    private var isList: Bool {
        if case .list = self { true } else { false }
    }

    private static func beginLine(in text: inout [UInt8], depth: Int) {
        text.append(UInt8(ascii: "\n"))
        text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: depth))
    }

    /// A word as it is, other text in quotation marks, everything else in hexadecimal.
    private static func writeAtom(_ bytes: [UInt8], to text: inout [UInt8]) {
        switch spelling(of: bytes) {
        case .token: text.append(contentsOf: bytes)
        case .quoted:
            text.append(UInt8(ascii: "\""))
            for byte in bytes {
                if let letter = QuotedText.letter(escaping: byte) {
                    text.append(UInt8(ascii: "\\"))
                    text.append(letter)
                } else {
                    text.append(byte)
                }
            }
            text.append(UInt8(ascii: "\""))
        case .hexadecimal:
            text.append(UInt8(ascii: "#"))
            for byte in bytes {
                text.append(digits[Int(byte >> 4)])
                text.append(digits[Int(byte & 0xf)])
            }
            text.append(UInt8(ascii: "#"))
        }
    }

    private enum Spelling { case token, quoted, hexadecimal }

    /// A number with its highest bit set, and one with a zero in front, is no text whatever follows.
    private static func spelling(of bytes: [UInt8]) -> Spelling {
        guard let first = bytes.first else { return .quoted }
        guard first != 0, first < 0x80,
            bytes.allSatisfy({ QuotedText.isPlain($0) || QuotedText.letter(escaping: $0) != nil })
        else { return .hexadecimal }
        let isDigit = first >= UInt8(ascii: "0") && first <= UInt8(ascii: "9")
        return !isDigit && bytes.allSatisfy(isTokenByte) ? .token : .quoted
    }

    private static let digits = [UInt8]("0123456789ABCDEF".utf8)
}
