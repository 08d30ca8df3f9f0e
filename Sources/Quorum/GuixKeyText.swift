/// Guix's public keys as policies spell them: the 64 hexadecimal digits of a point, or the whole s-expression of a
/// `signing-key.pub` on one line.
///
/// Two forms of s-expressions are known, with blanks between their parts as one likes and numbers in hexadecimal:
/// `(public-key (ecc (curve Ed25519) (q #…#)))` and `(public-key (rsa (n #…#) (e #…#)))`. Everything that reads a policy
/// must read the same keys, so they are read here and not by a library.
enum GuixKeyText {
    /// The bits that an RSA modulus may have: from what is not broken to what does not take long to verify.
    static let modulusBits = 2048...8192
    /// The longest RSA exponent in bytes. A long one makes each verification slow.
    static let maximumExponentBytes = 8

    /// A key's algorithm and its bytes as ``KeyIdentity`` has them, before they are judged; nil when the text is no key.
    static func read(_ text: String) -> (algorithm: KeyAlgorithm, bytes: [UInt8])? {
        if let q = Hexadecimal.decode(text.utf8, case: .any), q.count == 32 { return (.ecdsaEd25519, q) }
        guard let parts = parts(of: Array(text.utf8)) else { return nil }
        let ecc = "( public-key ( ecc ( curve Ed25519 ) ( q # ) ) )"
        let rsa = "( public-key ( rsa ( n # ) ( e # ) ) )"
        switch parts.words.joined(separator: " ") {
        case ecc where parts.numbers[0].count == 32: return (.ecdsaEd25519, parts.numbers[0])
        case rsa: return self.rsa(n: parts.numbers[0], e: parts.numbers[1]).map { (.rsa, $0) }
        default: return nil
        }
    }

    /// The words and parentheses of an expression, `#` for each number, and the numbers.
    private static func parts(of text: [UInt8]) -> (words: [String], numbers: [[UInt8]])? {
        var words: [String] = []
        var numbers: [[UInt8]] = []
        var position = 0
        while position < text.count {
            let byte = text[position]
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"): position += 1
            case UInt8(ascii: "("), UInt8(ascii: ")"):
                words.append(byte == UInt8(ascii: "(") ? "(" : ")")
                position += 1
            case UInt8(ascii: "#"):
                guard let end = text[(position + 1)...].firstIndex(of: byte),
                    let number = Hexadecimal.decode(text[(position + 1)..<end], case: .any), !number.isEmpty
                else { return nil }
                words.append("#")
                numbers.append(number)
                position = end + 1
            default:
                let word = text[position...].prefix { !" \t()#".utf8.contains($0) }
                words.append(String(decoding: word, as: UTF8.self))
                position = word.endIndex
            }
        }
        return (words, numbers)
    }

    /// The canonical form of an RSA key's expression; nil for numbers that no such key has.
    private static func rsa(n: [UInt8], e: [UInt8]) -> [UInt8]? {
        guard let n = unsigned(n), let e = unsigned(e), let last = n.last, let lastOfE = e.last,
            last & 1 == 1, lastOfE & 1 == 1, e != [1], e.count <= maximumExponentBytes,
            modulusBits.contains(n.count * 8 - n[0].leadingZeroBitCount)
        else { return nil }
        return Array("(10:public-key(3:rsa(1:n".utf8) + counted(n) + Array(")(1:e".utf8) + counted(e)
            + Array(")))".utf8)
    }

    /// The number without the one zero that may keep its highest bit from being a sign; nil when more stand in front.
    private static func unsigned(_ number: [UInt8]) -> [UInt8]? {
        guard number.first == 0 else { return number }
        return number.count > 1 && number[1] >= 0x80 ? Array(number.dropFirst()) : nil
    }

    private static func counted(_ number: [UInt8]) -> [UInt8] {
        let signed = number.first.map { $0 >= 0x80 } == true ? [0] + number : number
        return Array("\(signed.count):".utf8) + signed
    }
}
