/// Makes text from anywhere fit into one line of a log, so that no value can pass for another line or another field.
enum LogEscaping {
    /// UTF-8 bytes of one value or message. A store path has 211 and a long error a few hundred; a hostile peer's
    /// megabyte is cut.
    static let maximumLength = 4_096

    /// Characters that move a cursor, end a line or hide or reorder what stands beside them.
    static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7f }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: return true
        default: return false
        }
    }

    /// A message: as it is, with unsafe characters spelled out.
    static func appendMessage(_ text: String, to line: inout String) {
        append(text, to: &line, quoted: false)
    }

    /// A value: bare when that is unambiguous, else in quotes.
    static func appendValue(_ text: String, to line: inout String) {
        let bare =
            !text.isEmpty
            && text.utf8.allSatisfy {
                // Spaces end a value, `=` and quotes would look like another one; beyond ASCII nothing is taken on trust.
                $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "=")
            }
        if bare, text.utf8.count <= maximumLength {
            line += text
        } else {
            line += "\""
            append(text, to: &line, quoted: true)
            line += "\""
        }
    }

    /// A string of JSON in quotes; what is unsafe on a terminal is escaped too, because people read logs with `cat`.
    static func appendJSON(_ text: String, to line: inout String) {
        line += "\""
        appendCut(text, to: &line) { scalar, line in
            switch scalar {
            case "\"": line += "\\\""
            case "\\": line += "\\\\"
            case "\n": line += "\\n"
            case "\r": line += "\\r"
            case "\t": line += "\\t"
            default:
                guard isUnsafe(scalar) else {
                    line.unicodeScalars.append(scalar)
                    return
                }
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    line += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            }
        }
        line += "\""
    }

    private static func append(_ text: String, to line: inout String, quoted: Bool) {
        appendCut(text, to: &line) { scalar, line in
            switch scalar {
            case "\n": line += "\\n"
            case "\r": line += "\\r"
            case "\t": line += "\\t"
            case "\"" where quoted: line += "\\\""
            case "\\" where quoted: line += "\\\\"
            default:
                if isUnsafe(scalar) {
                    line += "\\u{\(String(scalar.value, radix: 16))}"
                } else {
                    line.unicodeScalars.append(scalar)
                }
            }
        }
    }

    private static func appendCut(
        _ text: String, to line: inout String, _ append: (Unicode.Scalar, inout String) -> Void
    ) {
        var length = 0
        for scalar in text.unicodeScalars {
            length += UTF8.width(scalar)
            if length > maximumLength {
                line += "… (\(text.utf8.count) bytes)"
                return
            }
            append(scalar, &line)
        }
    }
}
