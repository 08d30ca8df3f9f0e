extension SExpression {
    /// How much an expression may hold.
    package enum Limits {
        /// The largest expression in bytes. An access list has 200 of them for each key.
        package static let bytes = 256 * 1024
        /// The deepest nesting of lists; an access list needs 5.
        package static let depth = 16
        /// The most atoms and lists.
        package static let nodes = 16384
        /// The longest word or quoted text, in bytes. Only numbers are longer.
        package static let text = 1024
    }

    /// Reads one list, in the canonical form (`(3:rsa…)`) or in the advanced one, which files and narinfos have.
    ///
    /// Of the advanced form this takes what libgcrypt writes and people edit: words, quoted texts with the escapes of
    /// one letter, hexadecimal between `#`, and white space. Lengths in front of atoms belong to the canonical form
    /// alone; display hints and base64 are refused.
    ///
    /// - Throws: ``GuixFormatError/Code/invalidExpression``, ``GuixFormatError/Code/limitExceeded``.
    package init(parsing text: some Collection<UInt8>) throws(GuixFormatError) {
        guard text.count <= Limits.bytes else {
            throw GuixFormatError(.limitExceeded, "s-expression is larger than \(Limits.bytes) bytes")
        }
        var parser = SExpressionParser([UInt8](text))
        self = try parser.parse()
    }
}

private struct SExpressionParser {
    private let bytes: [UInt8]
    private var position = 0
    private var nodes = 0
    /// Whether atoms are `length:bytes` and nothing stands between them.
    private let isCanonical: Bool

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        // Nothing but an atom's length can be the first digit: words and the other spellings begin with something else.
        isCanonical = bytes.first { $0 != UInt8(ascii: "(") && $0 != UInt8(ascii: ")") }.map(Self.isDigit) == true
    }

    mutating func parse() throws(GuixFormatError) -> SExpression {
        skipSpace()
        guard next == UInt8(ascii: "(") else { throw refusal("it does not begin with a parenthesis") }
        let expression = try list(depth: 1)
        skipSpace()
        guard position == bytes.count else { throw refusal("something follows its end") }
        return expression
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func list(depth: Int) throws(GuixFormatError) -> SExpression {
        guard depth <= SExpression.Limits.depth else {
            throw GuixFormatError(
                .limitExceeded, "s-expression with lists in more than \(SExpression.Limits.depth) others",
                at: .offset(position))
        }
        try count()
        position += 1
        var elements: [SExpression] = []
        while true {
            skipSpace()
            switch next {
            case UInt8(ascii: ")"):
                position += 1
                return .list(elements)
            case UInt8(ascii: "("): elements.append(try list(depth: depth + 1))
            default: elements.append(.atom(try atom()))
            }
        }
    }

    private mutating func atom() throws(GuixFormatError) -> [UInt8] {
        try count()
        guard let byte = next else { throw refusal("it ends inside a list") }
        if isCanonical { return try counted() }
        switch byte {
        case UInt8(ascii: "#"): return try hexadecimal()
        case UInt8(ascii: "\""): return try quoted()
        case _ where Self.isTokenByte(byte) && !Self.isDigit(byte): return try token()
        default: throw refusal("no part of it begins like this")
        }
    }

    /// `length:bytes`, the length without zeros in front.
    private mutating func counted() throws(GuixFormatError) -> [UInt8] {
        let start = position
        var length = 0
        while let byte = next, Self.isDigit(byte) {
            length = length * 10 + Int(byte - UInt8(ascii: "0"))
            guard length <= bytes.count else { throw refusal("an atom goes on after the end") }
            position += 1
        }
        guard position > start, bytes[start] != UInt8(ascii: "0") || position == start + 1 else {
            throw refusal("no decimal length where an atom is expected")
        }
        guard next == UInt8(ascii: ":") else { throw refusal("no colon behind a length") }
        guard bytes.count - position - 1 >= length else { throw refusal("an atom goes on after the end") }
        let atom = bytes[(position + 1)..<(position + 1 + length)]
        position = atom.endIndex
        return [UInt8](atom)
    }

    private mutating func token() throws(GuixFormatError) -> [UInt8] {
        let start = position
        while let byte = next, Self.isTokenByte(byte) { position += 1 }
        try checkLength(position - start)
        return [UInt8](bytes[start..<position])
    }

    private mutating func hexadecimal() throws(GuixFormatError) -> [UInt8] {
        position += 1
        var atom: [UInt8] = []
        var high: UInt8?
        while let byte = next {
            position += 1
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "#"):
                guard high == nil else { throw refusal("an odd number of hexadecimal digits") }
                return atom
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            case _ where Self.isSpace(byte): continue
            default: throw refusal("a character between # and # that is no hexadecimal digit")
            }
            if let first = high {
                atom.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        throw refusal("it ends inside hexadecimal digits")
    }

    private mutating func quoted() throws(GuixFormatError) -> [UInt8] {
        position += 1
        var atom: [UInt8] = []
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                try checkLength(atom.count)
                return atom
            case UInt8(ascii: "\\"):
                guard let letter = next, let meant = QuotedText.byte(escapedAs: letter) else {
                    throw refusal("an escape that libgcrypt does not write")
                }
                position += 1
                atom.append(meant)
            case _ where QuotedText.isPlain(byte): atom.append(byte)
            default: throw refusal("a control character inside quotation marks")
            }
        }
        throw refusal("it ends inside quotation marks")
    }

    private mutating func count() throws(GuixFormatError) {
        nodes += 1
        guard nodes <= SExpression.Limits.nodes else {
            throw GuixFormatError(.limitExceeded, "s-expression of more than \(SExpression.Limits.nodes) parts")
        }
    }

    private func checkLength(_ length: Int) throws(GuixFormatError) {
        guard length <= SExpression.Limits.text else {
            throw GuixFormatError(
                .limitExceeded, "s-expression with a text longer than \(SExpression.Limits.text) bytes",
                at: .offset(position))
        }
    }

    private mutating func skipSpace() {
        guard !isCanonical else { return }
        while let byte = next, Self.isSpace(byte) { position += 1 }
    }

    private func refusal(_ message: String) -> GuixFormatError {
        GuixFormatError(.invalidExpression, "not an s-expression: \(message)", at: .offset(position))
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    static func isTokenByte(_ byte: UInt8) -> Bool { SExpression.isTokenByte(byte) }
}

extension SExpression {
    /// Whether a byte may stand in a word that needs no quotation marks.
    static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "/"),
            UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "="):
            true
        default: false
        }
    }
}

/// The characters of texts in quotation marks.
enum QuotedText {
    private static let escapes: [(letter: UInt8, byte: UInt8)] = [
        (UInt8(ascii: "b"), 0x08), (UInt8(ascii: "t"), 0x09), (UInt8(ascii: "n"), 0x0a), (UInt8(ascii: "v"), 0x0b),
        (UInt8(ascii: "f"), 0x0c), (UInt8(ascii: "r"), 0x0d), (UInt8(ascii: "\""), UInt8(ascii: "\"")),
        (UInt8(ascii: "'"), UInt8(ascii: "'")), (UInt8(ascii: "\\"), UInt8(ascii: "\\")),
    ]

    static func byte(escapedAs letter: UInt8) -> UInt8? { escapes.first { $0.letter == letter }?.byte }

    static func letter(escaping byte: UInt8) -> UInt8? { escapes.first { $0.byte == byte }?.letter }

    /// Whether a byte stands for itself between quotation marks: no control character, of Latin 1 neither.
    static func isPlain(_ byte: UInt8) -> Bool { !(byte < 0x20 || (0x7f...0xa0).contains(byte)) }
}
