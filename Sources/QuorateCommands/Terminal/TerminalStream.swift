/// Standard output or standard error of a ``Terminal``.
package struct TerminalStream: Sendable {
    let terminal: Terminal
    let target: Terminal.Target

    package var isTerminal: Bool { terminal.isTerminal(target) }
    package var usesColor: Bool { terminal.usesColor(target) }
    /// Columns, nil where lines may be as long as they like.
    package var width: Int? { terminal.width(target) }

    /// Writes a line.
    package func line(_ text: StyledText = "") {
        write(text.rendered(color: usesColor) + "\n")
    }

    /// Writes lines, all at once.
    package func lines(_ texts: some Sequence<StyledText>) {
        let color = usesColor
        write(texts.map { $0.rendered(color: color) + "\n" }.joined())
    }

    /// Writes a table that fits the terminal.
    package func line(_ table: Table) {
        write(table.rendered(width: width, color: usesColor))
    }

    /// Writes data for programs: exactly these bytes, unless a person is looking at them, who gets the text with
    /// control characters spelled out.
    package func data(_ text: String) {
        write(isTerminal ? text.sanitized(keepingLines: true) : text)
    }

    /// Writes data for programs; on a terminal what is not UTF-8 is replaced.
    package func data(_ bytes: [UInt8]) {
        if isTerminal {
            data(String(decoding: bytes, as: UTF8.self))
        } else {
            raw(bytes)
        }
    }

    /// Writes bytes that are known to be harmless, such as a log line.
    package func raw(_ bytes: [UInt8]) {
        terminal.write(bytes, to: target)
    }

    private func write(_ text: String) {
        terminal.write(Array(text.utf8), to: target)
    }
}
