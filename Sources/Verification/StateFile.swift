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

    /// What is in the file.
    struct Contents {
        /// Empty ones too, so that a line's number is that of an editor.
        var lines: [String] = []
        /// What stands behind the last line's end: left by a crash in the middle of writing, or by somebody's editor.
        var unfinished: String?
    }

    /// The contents; empty when there is no file.
    func read() throws(StateFileError) -> Contents {
        let bytes: [UInt8]
        do {
            bytes = try WholeFile.read(path, limit: Self.limit)
        } catch {
            if error.isAbsence { return Contents() }
            throw StateFileError("\(error)")
        }
        let end = bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        guard let text = String(validating: bytes[..<end], as: UTF8.self) else {
            throw StateFileError("\(path): not UTF-8")
        }
        return Contents(
            lines: text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init),
            unfinished: end < bytes.count ? String(decoding: bytes[end...], as: UTF8.self) : nil)
    }

    /// Puts what `change` makes of the contents in their place, durably, while no other process does the same.
    ///
    /// - Parameter change: Nil leaves the file as it is.
    func update(_ change: (Contents) -> [String]?) throws(StateFileError) {
        do {
            let lock = try FileLock(path + ".lock")
            if let lines = change(try read()) {
                try WholeFile.replace(path, Array(lines.map { $0 + "\n" }.joined().utf8), mode: 0o600)
            }
            _ = consume lock
        } catch let error as StateFileError {
            throw error
        } catch {
            throw StateFileError("\(error)")
        }
    }
}
