/// Text for a terminal in which nothing from outside can act on the terminal.
///
/// What stands literally in our source is taken as it is; every interpolated value is sanitised. So the usual
/// `"\(path, .bold) is \(word, .green)"` is safe whoever chose the path. Escape codes exist only in what
/// ``rendered(color:)`` returns.
package struct StyledText: Sendable, Hashable {
    struct Span: Sendable, Hashable {
        var text: String
        var style: Style
    }

    private(set) var spans: [Span] = []

    package init() {}

    /// Text from outside as one piece of a line: a line feed in it is spelled out too.
    package init(_ outside: String, _ style: Style = []) {
        append(outside.sanitized(), style)
    }

    /// Text from outside with several lines, such as a build's log.
    package init(lines outside: String, _ style: Style = []) {
        append(outside.sanitized(keepingLines: true), style)
    }

    /// Takes text that is safe already.
    mutating func append(_ text: String, _ style: Style) {
        guard !text.isEmpty else { return }
        if let last = spans.last, last.style == style {
            spans[spans.count - 1].text += text
        } else {
            spans.append(Span(text: text, style: style))
        }
    }

    package var isEmpty: Bool { spans.isEmpty }

    /// The text alone.
    package var plain: String { spans.map(\.text).joined() }

    /// Columns on a terminal.
    package var width: Int { spans.reduce(0) { $0 + $1.text.displayWidth } }

    /// The same text with a style added to all of it.
    package func styled(_ style: Style) -> StyledText {
        var result = StyledText()
        for span in spans { result.append(span.text, span.style.union(style)) }
        return result
    }

    /// What is written to a terminal.
    package func rendered(color: Bool) -> String {
        guard color else { return plain }
        var result = ""
        for span in spans {
            if let escape = span.style.escape {
                result += escape + span.text + Style.reset
            } else {
                result += span.text
            }
        }
        return result
    }

    package static func + (left: StyledText, right: StyledText) -> StyledText {
        var result = left
        result += right
        return result
    }

    package static func += (left: inout StyledText, right: StyledText) {
        for span in right.spans { left.append(span.text, span.style) }
    }
}

extension StyledText: ExpressibleByStringInterpolation {
    package struct StringInterpolation: StringInterpolationProtocol {
        var text = StyledText()

        package init(literalCapacity: Int, interpolationCount: Int) {}

        package mutating func appendLiteral(_ literal: String) {
            text.append(literal, [])
        }

        package mutating func appendInterpolation<Value>(_ value: Value, _ style: Style = []) {
            text.append(String(describing: value).sanitized(), style)
        }

        package mutating func appendInterpolation(_ styled: StyledText) {
            text += styled
        }

        package mutating func appendInterpolation(_ styled: StyledText, _ style: Style) {
            text += styled.styled(style)
        }
    }

    package init(stringLiteral literal: String) {
        append(literal, [])
    }

    package init(stringInterpolation: StringInterpolation) {
        self = stringInterpolation.text
    }
}

extension Sequence<StyledText> {
    package func joined(separator: StyledText = "") -> StyledText {
        var result = StyledText()
        for (index, text) in enumerated() {
            if index > 0 { result += separator }
            result += text
        }
        return result
    }
}
