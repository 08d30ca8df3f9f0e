extension StyledText {
    /// One character with its place in a line.
    private struct Cell {
        var character: Character
        var style: Style
        var width: Int
    }

    /// The text as cells of one line: a line feed or tab counts as a space.
    private var cells: [Cell] {
        spans.flatMap { span in
            span.text.map { character in
                let character: Character = character.isNewline || character == "\t" ? " " : character
                return Cell(character: character, style: span.style, width: character.displayWidth)
            }
        }
    }

    private init(_ cells: some Sequence<Cell>) {
        self.init()
        for cell in cells { append(String(cell.character), cell.style) }
    }

    /// The text on one line of at most `limit` columns, with `…` where something was left out.
    package func truncated(to limit: Int) -> StyledText {
        if spans.allSatisfy(\.text.isPrintableASCII), spans.reduce(0, { $0 + $1.text.utf8.count }) <= limit {
            return self
        }
        let cells = cells
        guard cells.reduce(0, { $0 + $1.width }) > limit else { return StyledText(cells) }
        var width = 0
        let kept = cells.prefix { cell in
            width += cell.width
            return width <= limit - 1
        }
        var result = StyledText(kept)
        if limit > 0 { result.append("…", kept.last?.style ?? []) }
        return result
    }

    /// The text on lines of at most `limit` columns, broken at spaces, and inside a word only where it is too long for
    /// a line of its own.
    package func wrapped(to limit: Int) -> [StyledText] {
        let limit = max(2, limit)
        var lines: [StyledText] = []
        var line: [Cell] = []
        var lineWidth = 0
        for word in cells.split(whereSeparator: { $0.character == " " }) {
            let wordWidth = word.reduce(0) { $0 + $1.width }
            if !line.isEmpty, lineWidth + 1 + wordWidth <= limit {
                // The space between two pieces of one style keeps it.
                let style = line.last.map { $0.style == word.first?.style ? $0.style : [] } ?? []
                line.append(Cell(character: " ", style: style, width: 1))
                line += word
                lineWidth += 1 + wordWidth
                continue
            }
            if !line.isEmpty { lines.append(StyledText(line)) }
            (line, lineWidth) = ([], 0)
            for cell in word {
                if lineWidth + cell.width > limit {
                    lines.append(StyledText(line))
                    (line, lineWidth) = ([], 0)
                }
                line.append(cell)
                lineWidth += cell.width
            }
        }
        if !line.isEmpty || lines.isEmpty { lines.append(StyledText(line)) }
        return lines
    }
}
