extension String {
    /// Help as it is written in sources, with each paragraph as one line, which the argument parser breaks where the
    /// terminal ends. Lines that are indented, such as examples, stay as they are.
    package var flowing: String {
        var lines: [String] = []
        for line in split(separator: "\n", omittingEmptySubsequences: false) {
            if let last = lines.last, !last.isEmpty, !last.hasPrefix(" "), !line.isEmpty, !line.hasPrefix(" ") {
                lines[lines.count - 1] = last + " " + line
            } else {
                lines.append(String(line))
            }
        }
        return lines.joined(separator: "\n")
    }
}
