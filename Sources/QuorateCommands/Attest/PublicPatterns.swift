internal import Quorum

/// Names of packages that may be told to the world although no cache lists them.
enum PublicPatterns {
    /// Patterns of the command line, and those of the file `public` in the configuration folder, one on each line.
    static func read(_ arguments: [String], _ places: Places) throws(CommandError) -> [GlobPattern] {
        var patterns: [GlobPattern] = []
        for argument in arguments { patterns.append(try parse(argument, "--public")) }
        let file = places.publicPatterns
        guard Files.exists(file) else { return patterns }
        let text = String(decoding: try Files.read(file, limit: 1 << 20), as: UTF8.self)
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            patterns.append(try parse(String(line), "\(file):\(index + 1)"))
        }
        return patterns
    }

    private static func parse(_ text: String, _ place: String) throws(CommandError) -> GlobPattern {
        guard let pattern = GlobPattern(text) else {
            throw CommandError(
                .usage, "\(place): '\(text)': give a name with '*' and '?' such as 'hello-*', or such a store path")
        }
        return pattern
    }
}
