/// Splits the text of narinfos and nix-cache-info into its `Name: value` lines.
///
/// Names and values are checked for characters: UTF-8 without control characters. The last line must end, too.
package struct FieldLines {
    private let bytes: [UInt8]
    private var position = 0
    private var lineNumber = 0
    private let code: StoreFormatError.Code

    /// One line, as slices of the whole text.
    package struct Line {
        /// What stands before the colon.
        package var name: ArraySlice<UInt8>
        /// What stands behind the colon and a space.
        package var value: ArraySlice<UInt8>
        /// Whether the line ends right behind the colon.
        package var isMissingSpace: Bool
        /// The number of the line, from 1.
        package var number: Int

        /// Whether the line has this name.
        package func named(_ other: StaticString) -> Bool {
            name.count == other.utf8CodeUnitCount
                && name.elementsEqual(UnsafeBufferPointer(start: other.utf8Start, count: other.utf8CodeUnitCount))
        }
    }

    /// The longest name of a field in bytes.
    static let maximumNameLength = 64

    /// - Throws: The given code for a control character (a tab and a carriage return are such), for bytes that are no
    ///   UTF-8, and for text that does not end with a line end.
    package init(_ bytes: [UInt8], code: StoreFormatError.Code) throws(StoreFormatError) {
        self.bytes = bytes
        self.code = code
        guard bytes.last == UInt8(ascii: "\n") else {
            throw StoreFormatError(bytes.isEmpty ? code : .truncated, "no line end at the end")
        }
        var isASCII = true
        for (offset, byte) in bytes.enumerated() {
            if byte >= 0x80 {
                isASCII = false
            } else if byte < 0x20 && byte != UInt8(ascii: "\n") || byte == 0x7f {
                throw StoreFormatError(code, "control character", at: .offset(UInt64(offset)))
            }
        }
        if !isASCII, String(validating: bytes, as: UTF8.self) == nil {
            throw StoreFormatError(code, "text is not UTF-8")
        }
    }

    /// The next line; nil at the end.
    package mutating func next() throws(StoreFormatError) -> Line? {
        guard position < bytes.count else { return nil }
        lineNumber += 1
        guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let line = bytes[position..<end]
        position = end + 1
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
            throw StoreFormatError(code, "line without a colon", at: .line(lineNumber))
        }
        let name = line[..<colon]
        guard !name.isEmpty, name.count <= FieldLines.maximumNameLength, name.allSatisfy(FieldLines.isNameCharacter)
        else {
            throw StoreFormatError(code, "field whose name is not made of letters, digits and -", at: .line(lineNumber))
        }
        let rest = line[(colon + 1)...]
        guard let space = rest.first else {
            return Line(name: name, value: rest, isMissingSpace: true, number: lineNumber)
        }
        guard space == UInt8(ascii: " ") else {
            throw StoreFormatError(code, "no space behind the colon", at: .line(lineNumber))
        }
        return Line(name: name, value: rest.dropFirst(), isMissingSpace: false, number: lineNumber)
    }

    private static func isNameCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default:
            false
        }
    }
}
