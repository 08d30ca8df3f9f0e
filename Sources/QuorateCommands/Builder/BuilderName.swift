/// What a builder is called: in policies, and in the names of files.
package struct BuilderName: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String

    private static let maximumByteCount = 64

    /// What names of files that are being written end with.
    private static let temporary = ".new"

    /// Words that mean something else where a policy expects a name.
    private static let reserved: Set<String> = ["all", "any", "none", "nix", "guix", "debian"]

    /// Nil unless it has 1 to 64 letters, digits, `-`, `.` and `_`, begins with a letter, does not end in `.new`,
    /// and is no word of policies.
    package init?(_ text: String) {
        func isLetter(_ byte: UInt8) -> Bool {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        }
        let bytes = text.utf8
        guard let first = bytes.first, isLetter(first), bytes.count <= Self.maximumByteCount,
            bytes.allSatisfy({ isLetter($0) || (0x30...0x39).contains($0) || "-._".utf8.contains($0) }),
            !Self.reserved.contains(text), !text.hasSuffix(Self.temporary)
        else { return nil }
        self.text = text
    }

    /// The same for a word of the command line.
    static func parse(_ text: String) throws(CommandError) -> BuilderName {
        guard let name = BuilderName(text) else {
            throw CommandError(
                .usage,
                "'\(text)': a builder's name has at most \(maximumByteCount) letters, digits, '-', '.' and '_', begins "
                    + "with a letter, and is none of \(reserved.sorted().joined(separator: ", "))")
        }
        return name
    }

    package static func < (left: BuilderName, right: BuilderName) -> Bool { left.text < right.text }

    package var description: String { text }
}
