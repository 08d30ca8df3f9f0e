/// An S-expression in libgcrypt's advanced form, as `/etc/guix/acl` and Guix's key files are written.
///
/// <https://www.gnupg.org/documentation/manuals/gcrypt/S_002dexpressions.html>
indirect enum SExpression: Hashable {
    case atom([UInt8])
    case list([SExpression])

    /// The deepest nesting taken; an access list needs 5.
    static let depthLimit = 32

    /// Reads one expression and demands that only white space follows.
    ///
    /// - Parameter file: the name for errors.
    static func parse(_ bytes: [UInt8], file: String) throws(ClientSetupError) -> SExpression {
        var parser = Parser(bytes: bytes, file: file)
        let expression = try parser.expression(depth: 0)
        guard parser.isAtEnd else { throw parser.malformed("text after the end of the expression") }
        return expression
    }

    /// The atom's text, when it is one and is UTF-8.
    var text: String? {
        guard case .atom(let bytes) = self else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    /// The elements behind the head of a list `(head …)`.
    func elements(of head: String) -> ArraySlice<SExpression>? {
        guard case .list(let elements) = self, elements.first?.text == head else { return nil }
        return elements.dropFirst()
    }
}

extension SExpression {
    private struct Parser {
        let bytes: [UInt8]
        let file: String
        private var position = 0

        init(bytes: [UInt8], file: String) {
            self.bytes = bytes
            self.file = file
        }

        var isAtEnd: Bool {
            mutating get {
                skipSpace()
                return position == bytes.count
            }
        }

        mutating func expression(depth: Int) throws(ClientSetupError) -> SExpression {
            skipSpace()
            guard depth < SExpression.depthLimit else {
                throw ClientSetupError(.tooLarge, at: .file(file), "nested deeper than \(SExpression.depthLimit)")
            }
            guard let byte = next else { throw malformed("the text ends inside an expression") }
            switch byte {
            case UInt8(ascii: "("):
                position += 1
                var elements: [SExpression] = []
                while true {
                    skipSpace()
                    if next == UInt8(ascii: ")") {
                        position += 1
                        return .list(elements)
                    }
                    elements.append(try expression(depth: depth + 1))
                }
            case UInt8(ascii: "#"): return .atom(try hexadecimal())
            case UInt8(ascii: "\""): return .atom(try quoted())
            case _ where Self.isTokenByte(byte):
                let start = position
                while let byte = next, Self.isTokenByte(byte) { position += 1 }
                return .atom(Array(bytes[start..<position]))
            default: throw malformed("no expression starts like this")
            }
        }

        func malformed(_ message: String) -> ClientSetupError {
            let line = bytes[..<position].count { $0 == UInt8(ascii: "\n") } + 1
            return ClientSetupError(.malformed, at: .line(file: file, line), "not an S-expression: \(message)")
        }

        private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

        private mutating func skipSpace() {
            while let byte = next, byte == 0x20 || (0x09...0x0D).contains(byte) { position += 1 }
        }

        private mutating func hexadecimal() throws(ClientSetupError) -> [UInt8] {
            position += 1
            var digits: [UInt8] = []
            while let byte = next, byte != UInt8(ascii: "#") {
                position += 1
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"): digits.append(byte - UInt8(ascii: "0"))
                case UInt8(ascii: "a")...UInt8(ascii: "f"): digits.append(byte - UInt8(ascii: "a") + 10)
                case UInt8(ascii: "A")...UInt8(ascii: "F"): digits.append(byte - UInt8(ascii: "A") + 10)
                case 0x20, 0x09...0x0D: continue
                default: throw malformed("a character between # and # that is no hexadecimal digit")
                }
            }
            guard next != nil else { throw malformed("the text ends inside hexadecimal digits") }
            position += 1
            guard digits.count.isMultiple(of: 2) else { throw malformed("an odd number of hexadecimal digits") }
            return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
        }

        private mutating func quoted() throws(ClientSetupError) -> [UInt8] {
            position += 1
            var text: [UInt8] = []
            while let byte = next, byte != UInt8(ascii: "\"") {
                position += 1
                // No key and no tag needs an escape; what one would mean is not guessed.
                guard byte != UInt8(ascii: "\\") else { throw malformed("an escape inside a quoted string") }
                text.append(byte)
            }
            guard next != nil else { throw malformed("the text ends inside a quoted string") }
            position += 1
            return text
        }

        private static func isTokenByte(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-./_:*+=".utf8.contains(byte)
            }
        }
    }
}
