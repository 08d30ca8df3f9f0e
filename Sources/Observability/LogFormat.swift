import Logging

/// How a log line looks.
package enum LogFormat: String, Sendable, CaseIterable {
    /// `2026-11-21T06:00:00Z warning gateway: message key=value`
    case text
    /// One JSON object on a line: `time`, `level`, `logger`, `message`, `metadata`.
    case json

    func line(
        _ time: LogTime, _ level: Logger.Level, _ label: String, _ message: String, _ metadata: Logger.Metadata,
        color: Bool
    ) -> String {
        switch self {
        case .text: Self.textLine(time, level, label, message, metadata, color: color)
        case .json: Self.jsonLine(time, level, label, message, metadata)
        }
    }

    private static func textLine(
        _ time: LogTime, _ level: Logger.Level, _ label: String, _ message: String, _ metadata: Logger.Metadata,
        color: Bool
    ) -> String {
        var line = time.text(milliseconds: false) + " "
        let code = color ? colorCode(level) : nil
        line += code.map { "\u{1b}[\($0)m\(level.rawValue)\u{1b}[0m" } ?? level.rawValue
        line += " "
        LogEscaping.appendMessage(label, to: &line)
        line += ": "
        LogEscaping.appendMessage(message, to: &line)
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) { append(key, value, to: &line) }
        return line + "\n"
    }

    /// Dictionaries become `key.inner=value`; an array is one value.
    private static func append(_ key: String, _ value: Logger.MetadataValue, to line: inout String) {
        if case .dictionary(let inner) = value {
            for (name, value) in inner.sorted(by: { $0.key < $1.key }) { append("\(key).\(name)", value, to: &line) }
            return
        }
        line += " "
        LogEscaping.appendValue(key, to: &line)
        line += "="
        LogEscaping.appendValue(value.description, to: &line)
    }

    private static func jsonLine(
        _ time: LogTime, _ level: Logger.Level, _ label: String, _ message: String, _ metadata: Logger.Metadata
    ) -> String {
        var line = "{\"time\":\"\(time.text(milliseconds: true))\",\"level\":\"\(level.rawValue)\",\"logger\":"
        LogEscaping.appendJSON(label, to: &line)
        line += ",\"message\":"
        LogEscaping.appendJSON(message, to: &line)
        if !metadata.isEmpty {
            line += ",\"metadata\":"
            appendJSON(.dictionary(metadata), to: &line)
        }
        return line + "}\n"
    }

    private static func appendJSON(_ value: Logger.MetadataValue, to line: inout String) {
        switch value {
        case .string(let text): LogEscaping.appendJSON(text, to: &line)
        case .stringConvertible(let value): LogEscaping.appendJSON(value.description, to: &line)
        case .array(let values):
            line += "["
            for (index, value) in values.enumerated() {
                if index > 0 { line += "," }
                appendJSON(value, to: &line)
            }
            line += "]"
        case .dictionary(let values):
            line += "{"
            for (index, (key, value)) in values.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { line += "," }
                LogEscaping.appendJSON(key, to: &line)
                line += ":"
                appendJSON(value, to: &line)
            }
            line += "}"
        }
    }

    private static func colorCode(_ level: Logger.Level) -> Int? {
        switch level {
        case .trace, .debug: 2
        case .info, .notice: nil
        case .warning: 33
        case .error, .critical: 31
        }
    }
}
