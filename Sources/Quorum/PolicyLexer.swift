/// One word of a statement, or a text in quotation marks.
struct PolicyWord {
    let text: String
    let isQuoted: Bool

    init(_ bytes: ArraySlice<UInt8>, isQuoted: Bool) {
        text = String(decoding: bytes, as: UTF8.self)
        self.isQuoted = isQuoted
    }
}

/// A statement's words and where it stands.
struct PolicyStatement {
    let line: Int
    let words: [PolicyWord]
}

/// Cuts a file into statements by the lexical rules of C2SP tlog-policy (https://c2sp.org/tlog-policy): lines ended by
/// LF, words between spaces and tabs, `#` only where a line starts, no other control characters.
///
/// Stricter than that in two things, for people read what they trust: no characters that cannot be seen or that turn
/// the direction of reading. And wider in one: a word may be a text in quotation marks, for reasons and Guix's keys.
enum PolicyLexer {
    static func statements(of file: [UInt8]) throws(PolicyError) -> [PolicyStatement] {
        guard file.count <= PolicyLimits.fileBytes else {
            throw PolicyError(
                code: .limit, line: 0,
                message: "the file has \(file.count) bytes: \(PolicyLimits.fileBytes) are allowed")
        }
        var statements: [PolicyStatement] = []
        var number = 0
        var start = 0
        while start < file.count {
            number += 1
            guard let end = file[start...].firstIndex(of: UInt8(ascii: "\n")) else {
                throw PolicyError(
                    code: .unfinished, line: number,
                    message: "the last line has no newline: the file may be cut off; complete it and end it with one")
            }
            let words: [PolicyWord]
            do {
                words = try self.words(of: file[start..<end])
            } catch {
                throw error.at(number)
            }
            if !words.isEmpty {
                statements.append(PolicyStatement(line: number, words: words))
                guard statements.count <= PolicyLimits.statements else {
                    throw PolicyError(
                        code: .limit, line: number,
                        message: "more than \(PolicyLimits.statements) statements: take some out")
                }
            }
            start = end + 1
        }
        return statements
    }

    private static func words(of line: ArraySlice<UInt8>) throws(Refusal) -> [PolicyWord] {
        guard line.count <= PolicyLimits.lineBytes else {
            throw Refusal(
                .limit, "the line has \(line.count) bytes: \(PolicyLimits.lineBytes) are allowed; use smaller groups")
        }
        try refuseHiddenCharacters(in: line)
        var words: [PolicyWord] = []
        var position = line.startIndex
        while let start = line[position...].firstIndex(where: { !isBlank($0) }) {
            if words.isEmpty, line[start] == UInt8(ascii: "#") { return [] }
            if line[start] == quotationMark {
                guard let end = line[(start + 1)...].firstIndex(of: quotationMark) else {
                    throw Refusal(.syntax, "a quotation mark has no partner: end the text with \" on the same line")
                }
                words.append(PolicyWord(line[(start + 1)..<end], isQuoted: true))
                position = end + 1
                guard position == line.endIndex || isBlank(line[position]) else {
                    throw Refusal(
                        .syntax, "a quotation mark stands within a word: a text in quotation marks cannot contain any")
                }
            } else {
                let end = line[start...].firstIndex(where: isBlank) ?? line.endIndex
                guard !line[start..<end].contains(quotationMark) else {
                    throw Refusal(.syntax, "a quotation mark stands within a word: put a space before it")
                }
                words.append(PolicyWord(line[start..<end], isQuoted: false))
                position = end
            }
        }
        return words
    }

    private static let quotationMark = UInt8(ascii: "\"")

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    private static func refuseHiddenCharacters(in line: ArraySlice<UInt8>) throws(Refusal) {
        if let byte = line.first(where: { $0 < 0x20 && $0 != UInt8(ascii: "\t") || $0 == 0x7F }) {
            if byte == UInt8(ascii: "\r") {
                throw Refusal(.character, "a carriage return: save the file with Unix line ends (LF)")
            }
            throw Refusal(.character, "the control character \(name(of: UInt32(byte))): take it out")
        }
        guard line.contains(where: { $0 >= 0x80 }) else { return }
        for scalar in String(decoding: line, as: UTF8.self).unicodeScalars where isHidden(scalar) {
            throw Refusal(
                .character,
                "the character \(name(of: scalar.value)) cannot be seen or is no ordinary space: take it out")
        }
    }

    /// A list of its own and not Unicode's categories, so that no policy changes its meaning with a compiler's tables.
    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x80...0xA0, 0xAD, 0x034F, 0x061C, 0x115F, 0x1160, 0x1680, 0x17B4, 0x17B5, 0x180B...0x180F: return true
        case 0x2000...0x200F, 0x2028...0x202F, 0x205F...0x206F, 0x3000, 0x3164, 0xFE00...0xFE0F: return true
        case 0xFEFF, 0xFFA0, 0xFFF0...0xFFFF, 0xE0000...0xE0FFF: return true
        default: return false
        }
    }

    private static func name(of value: UInt32) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
