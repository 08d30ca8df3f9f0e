extension String {
    /// The text with everything spelled out as `\u{…}` that could move the cursor, change colours, hide or reorder
    /// what stands beside it: control and format characters (bidirectional overrides among them), separators, private
    /// use, unassigned.
    ///
    /// - Parameter keepingLines: leaves line feeds and tabs alone, for text of several lines.
    package func sanitized(keepingLines: Bool = false) -> String {
        func isSafe(_ byte: UInt8) -> Bool {
            (0x20..<0x7f).contains(byte) || (keepingLines && (byte == 0x0a || byte == 0x09))
        }
        if utf8.allSatisfy(isSafe) { return self }
        var result = ""
        for scalar in unicodeScalars {
            if keepingLines, scalar == "\n" || scalar == "\t" {
                result.unicodeScalars.append(scalar)
            } else if scalar.isUnsafeOnTerminal {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

extension Unicode.Scalar {
    fileprivate var isUnsafeOnTerminal: Bool {
        if isASCII { return value < 0x20 || value == 0x7f }
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: return true
        default: return false
        }
    }
}
