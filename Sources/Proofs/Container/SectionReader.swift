/// A section of a proof file: a word, and bytes.
struct Section: Comparable {
    let word: String
    let bytes: [UInt8]

    private static let order = ["log", "cache", "guix-cache", "link"]

    /// Kinds in their order, then by bytes; what is unknown comes last.
    static func < (left: Section, right: Section) -> Bool {
        if left.word == right.word { return left.bytes.lexicographicallyPrecedes(right.bytes) }
        let leftIndex = order.firstIndex(of: left.word) ?? order.endIndex
        return leftIndex < (order.firstIndex(of: right.word) ?? order.endIndex)
    }
}

/// Takes a proof file apart: lines, and sections whose lengths their headings say.
struct SectionReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) throws(ProofError) {
        guard bytes.count <= ProofLimits.fileBytes else {
            throw ProofError(.limit, "a proof file of \(bytes.count) bytes: \(ProofLimits.fileBytes) are allowed")
        }
        self.bytes = bytes
    }

    /// The next line, of printable ASCII.
    mutating func line() throws(ProofError) -> String {
        let window = bytes[position...].prefix(ProofLimits.lineBytes + 1)
        guard let end = window.firstIndex(of: UInt8(ascii: "\n")) else {
            throw ProofError(
                .container, "at byte \(position): no line, or one that is too long; the file may be cut off")
        }
        let line = bytes[position..<end]
        guard line.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else {
            throw ProofError(.container, "at byte \(position): a line with characters other than printable ASCII")
        }
        position = end + 1
        return String(decoding: line, as: UTF8.self)
    }

    /// The next section; nil at the end, behind which nothing may follow.
    mutating func section() throws(ProofError) -> Section? {
        let start = position
        let heading = try line()
        if heading == "end" {
            guard position == bytes.count else { throw ProofError(.container, "more bytes behind the end") }
            return nil
        }
        let words = heading.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 2, let count = Int(words[1]), count >= 0, String(count) == words[1] else {
            throw ProofError(.container, "at byte \(start): no heading of a section")
        }
        guard count <= ProofLimits.sectionBytes else {
            throw ProofError(.limit, "a section of \(count) bytes: \(ProofLimits.sectionBytes) are allowed")
        }
        guard bytes.count - position > count, bytes[position + count] == UInt8(ascii: "\n") else {
            throw ProofError(.container, "at byte \(start): the section does not end where its heading says")
        }
        defer { position += count + 1 }
        return Section(word: String(words[0]), bytes: Array(bytes[position..<position + count]))
    }
}
