import FoundationEssentials

/// Reads what nix commands print with `--log-format internal-json`, a line at a time.
///
/// Each line is `@nix` and a JSON object. An activity is started with a number, a type and type-specific fields; results
/// and the stop refer to it by that number. The types are those of `src/libutil/logging.hh` of Nix; those without a
/// meaning here are passed over, and so are stops, which do not tell success from failure.
package struct NixInternalLog: Sendable {
    /// What an activity is, by its number in the log.
    private enum ActivityType {
        static let copyPath = 100
        static let fileTransfer = 101
        static let build = 105
        static let queryPathInfo = 109
    }

    /// What a result is. These numbers are a space of their own: 101 is a file transfer above and a build's line here.
    private enum ResultType {
        static let buildLogLine = 101
    }

    private static let prefix = "@nix "

    /// The derivations that are being built, by the number of their activity.
    private var builds: [UInt64: String] = [:]

    package init() {}

    /// Reads one line, without its newline.
    ///
    /// - Returns: What it says; nil for bookkeeping. A line that is not in the log's form, which nix prints when it fails
    ///   before it has read its options, is a message of the error level.
    package mutating func read(_ line: String) -> NixLogEvent? {
        guard line.hasPrefix(Self.prefix) else {
            let text = Self.withoutColours(line)
            return text.isEmpty ? nil : .message(level: NixLogEvent.errorLevel, text: text)
        }
        let json = [UInt8](line.utf8.dropFirst(Self.prefix.utf8.count))
        guard let entry = try? JSONDecoder().decode(Entry.self, from: Data(json)) else { return nil }
        switch entry.action {
        case "start": return started(entry)
        case "result": return result(entry)
        case "msg": return entry.message.map { .message(level: entry.level ?? 0, text: Self.withoutColours($0)) }
        case "stop":
            if let id = entry.id { builds[id] = nil }
            return nil
        default: return nil
        }
    }

    private mutating func started(_ entry: Entry) -> NixLogEvent? {
        switch (entry.type, entry.texts.count) {
        case (ActivityType.build, 1...):
            if let id = entry.id { builds[id] = entry.texts[0] }
            return .building(derivation: entry.texts[0])
        case (ActivityType.copyPath, 3...):
            return .copying(path: entry.texts[0], from: entry.texts[1], to: entry.texts[2])
        case (ActivityType.queryPathInfo, 2...):
            return .asking(path: entry.texts[0], cache: entry.texts[1])
        case (ActivityType.fileTransfer, 1...):
            return .downloading(url: entry.texts[0])
        default:
            return nil
        }
    }

    private func result(_ entry: Entry) -> NixLogEvent? {
        guard entry.type == ResultType.buildLogLine, let line = entry.texts.first, let id = entry.id,
            let derivation = builds[id]
        else { return nil }
        return .buildOutput(derivation: derivation, line: Self.withoutColours(line))
    }

    /// The text without terminal control sequences (ECMA-48: ESC, `[`, parameters, one final letter), and without any
    /// other control character but the tabulator: what a build prints must not steer the reader's terminal.
    static func withoutColours(_ text: String) -> String {
        var kept = String.UnicodeScalarView()
        var scalars = text.unicodeScalars.makeIterator()
        while let scalar = scalars.next() {
            guard scalar == "\u{1b}" else {
                if scalar == "\t" || scalar == "\n" || scalar.properties.generalCategory != .control {
                    kept.append(scalar)
                }
                continue
            }
            guard scalars.next() == "[" else { continue }
            while let parameter = scalars.next(), !("@"..."~").contains(parameter) {}
        }
        return String(kept)
    }
}

extension NixInternalLog {
    /// One line's JSON object: only what is used of it.
    private struct Entry: Decodable {
        let action: String
        let id: UInt64?
        let type: Int?
        let level: Int?
        let message: String?
        private let fields: [Field]?

        enum CodingKeys: String, CodingKey {
            case action
            case id
            case type
            case level
            case message = "msg"
            case fields
        }

        /// The text of each field; numbers count as empty texts, so that positions stay right.
        var texts: [String] { (fields ?? []).map(\.text) }
    }

    /// A field is a string or a number.
    private struct Field: Decodable {
        let text: String

        init(from decoder: any Decoder) throws {
            text = (try? decoder.singleValueContainer().decode(String.self)) ?? ""
        }
    }
}
