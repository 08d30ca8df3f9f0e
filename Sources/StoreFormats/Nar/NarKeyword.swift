/// The words of the NAR format, which parser and dumper share.
struct Keyword: CustomStringConvertible {
    let text: StaticString

    static let magic = Keyword(text: "nix-archive-1")
    static let open = Keyword(text: "(")
    static let close = Keyword(text: ")")
    static let type = Keyword(text: "type")
    static let regular = Keyword(text: "regular")
    static let executable = Keyword(text: "executable")
    static let empty = Keyword(text: "")
    static let contents = Keyword(text: "contents")
    static let symlink = Keyword(text: "symlink")
    static let target = Keyword(text: "target")
    static let directory = Keyword(text: "directory")
    static let entry = Keyword(text: "entry")
    static let name = Keyword(text: "name")
    static let node = Keyword(text: "node")

    /// The length of the longest of them, in bytes.
    static let longest = 13

    @inline(__always)
    func matches(_ field: UnsafeRawBufferPointer) -> Bool {
        guard field.count == text.utf8CodeUnitCount else { return false }
        for index in 0..<field.count where field[index] != text.utf8Start[index] { return false }
        return true
    }

    /// The keyword as a field: its length in 8 bytes, its text, zeros up to a multiple of 8.
    var field: [UInt8] {
        let count = text.utf8CodeUnitCount
        var bytes = (0..<8).map { UInt8(truncatingIfNeeded: UInt64(count) >> (8 * UInt64($0))) }
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: count))
        bytes.append(contentsOf: repeatElement(0, count: (8 - count % 8) % 8))
        return bytes
    }

    static func fields(_ keywords: Keyword...) -> [UInt8] {
        keywords.flatMap(\.field)
    }

    var description: String { "\"\(text)\"" }
}
