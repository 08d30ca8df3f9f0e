internal import DurableFiles

/// Why a small state file could not be used, in one line.
package struct StateFileError: Error, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

/// A small text file of lines, written so that a crash leaves the old or the new one.
struct StateFile: Sendable {
    /// Far over what any state of ours holds.
    private static let limit = 16 << 20

    let path: String

    /// The lines; none when there is no file.
    func lines() throws(StateFileError) -> [String] {
        let bytes: [UInt8]
        do {
            bytes = try WholeFile.read(path, limit: Self.limit)
        } catch {
            if error.isAbsence { return [] }
            throw StateFileError("\(error)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw StateFileError("\(path): not UTF-8") }
        return text.split(separator: "\n").map(String.init)
    }

    /// Adds a line and syncs it to the disk.
    func append(_ line: String) throws(StateFileError) {
        do {
            try WholeFile.append(path, Array((line + "\n").utf8), mode: 0o600)
        } catch {
            throw StateFileError("\(error)")
        }
    }

    /// Puts `lines` in the place of what is there.
    func replace(_ lines: [String]) throws(StateFileError) {
        do {
            try WholeFile.replace(path, Array(lines.map { $0 + "\n" }.joined().utf8), mode: 0o600)
        } catch {
            throw StateFileError("\(error)")
        }
    }
}
