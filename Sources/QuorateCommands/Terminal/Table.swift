/// Rows under headers.
package struct Table: Sendable {
    package enum Alignment: Sendable {
        case left
        case right
    }

    package struct Column: Sendable {
        package let title: StyledText
        package let alignment: Alignment

        package init(_ title: StyledText, _ alignment: Alignment = .left) {
            self.title = title.truncated(to: .max)
            self.alignment = alignment
        }
    }

    /// What happens to a last column that is too wide for the terminal; elsewhere it stays as it is.
    package enum Overflow: Sendable {
        case wrap
        case truncate
    }

    /// With less than this beside the other columns, the last one goes below them.
    static let minimumLastWidth = 16
    private static let gap = 2
    private static let indentation = 4

    package let columns: [Column]
    package let overflow: Overflow
    private(set) var rows: [[StyledText]] = []

    package init(columns: [Column], overflow: Overflow = .wrap) {
        self.columns = columns
        self.overflow = overflow
    }

    package var isEmpty: Bool { rows.isEmpty }

    /// Adds a row; cells that are missing are empty, those beyond the columns are left out.
    package mutating func add(_ cells: [StyledText]) {
        let missing = max(0, columns.count - cells.count)
        // One line each, so that widths are what will be seen.
        let cells = cells.prefix(columns.count).map { $0.truncated(to: .max) }
        rows.append(cells + Array(repeating: "", count: missing))
    }

    package mutating func add(_ cells: StyledText...) {
        add(cells)
    }

    /// The table's lines, each with its end.
    ///
    /// - Parameter width: the terminal's columns; nil leaves all cells whole.
    package func rendered(width: Int?, color: Bool) -> String {
        guard !columns.isEmpty else { return "" }
        let all = [columns.map { $0.title.styled(.bold) }] + rows
        let widths = columns.indices.map { column in all.map { $0[column].width }.max() ?? 0 }
        let before = widths.dropLast().reduce(0) { $0 + $1 + Self.gap }
        var last = LastColumn.whole(widths[columns.count - 1])
        if let width, before + (widths.last ?? 0) > width {
            let rest = width - before
            last = rest < Self.minimumLastWidth ? .below(width - Self.indentation) : .beside(rest)
        }
        if case .whole = last, !color { return plain(all, widths: widths) }
        return all.map { line($0, widths: widths, last: last, color: color) }.joined()
    }

    /// All rows without colour or line breaks, as files and other programs get them: thousands in a blink.
    private func plain(_ all: [[StyledText]], widths: [Int]) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(all.count * (widths.reduce(0, +) + columns.count * Self.gap))
        for cells in all {
            for column in columns.indices {
                if column > 0 { bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: Self.gap)) }
                let padding = repeatElement(UInt8(ascii: " "), count: widths[column] - cells[column].width)
                if columns[column].alignment == .right { bytes.append(contentsOf: padding) }
                for span in cells[column].spans { bytes.append(contentsOf: span.text.utf8) }
                if columns[column].alignment == .left { bytes.append(contentsOf: padding) }
            }
            while bytes.last == UInt8(ascii: " ") { bytes.removeLast() }
            bytes.append(UInt8(ascii: "\n"))
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Where the last column goes, and how wide it may be.
    private enum LastColumn {
        case whole(Int)
        case beside(Int)
        case below(Int)
    }

    private func line(_ cells: [StyledText], widths: [Int], last: LastColumn, color: Bool) -> String {
        let final = columns.count - 1
        var start = StyledText()
        for column in 0..<final {
            start += padded(cells[column], to: widths[column], columns[column].alignment)
            start.append(String(repeating: " ", count: Self.gap), [])
        }
        let cell = cells[final]
        var lines: [StyledText]
        switch last {
        case .whole(let width):
            lines = [start + padded(cell, to: width, columns[final].alignment)]
        case .beside(let width):
            let pieces = pieces(of: cell, width: width).map { padded($0, to: width, columns[final].alignment) }
            let indentation = StyledText(String(repeating: " ", count: start.width))
            lines = pieces.enumerated().map { ($0 == 0 ? start : indentation) + $1 }
        case .below(let width):
            let indentation = StyledText(String(repeating: " ", count: Self.indentation))
            lines = [start]
            if !cell.isEmpty { lines += pieces(of: cell, width: width).map { indentation + $0 } }
        }
        return lines.map { $0.withoutTrailingSpaces.rendered(color: color) + "\n" }.joined()
    }

    private func pieces(of cell: StyledText, width: Int) -> [StyledText] {
        switch overflow {
        case .wrap: cell.wrapped(to: width)
        case .truncate: [cell.truncated(to: width)]
        }
    }

    private func padded(_ cell: StyledText, to width: Int, _ alignment: Alignment) -> StyledText {
        var space = StyledText()
        space.append(String(repeating: " ", count: max(0, width - cell.width)), [])
        return alignment == .left ? cell + space : space + cell
    }
}

extension StyledText {
    /// Without spaces at the end, which some programs underline and nobody needs.
    fileprivate var withoutTrailingSpaces: StyledText {
        guard spans.last?.text.utf8.last == UInt8(ascii: " ") || spans.last?.text.isEmpty == true else { return self }
        var spans = spans
        while let last = spans.last {
            guard let end = last.text.lastIndex(where: { $0 != " " }) else {
                spans.removeLast()
                continue
            }
            spans[spans.count - 1].text = String(last.text[...end])
            break
        }
        var result = StyledText()
        for span in spans { result.append(span.text, span.style) }
        return result
    }
}
