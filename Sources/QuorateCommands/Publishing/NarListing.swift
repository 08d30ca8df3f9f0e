internal import StoreFormats

/// The table of contents of a NAR, as binary caches offer it in `<hash part>.ls`: what is in it, and where the contents
/// of each file begin, so that a reader can fetch one file out of an uncompressed NAR.
///
/// Give it to a ``NarParser`` as receiver; the offsets follow from the format, which has one spelling for each tree.
/// The JSON is the one that Nix writes, byte for byte.
struct NarListing: NarReceiver {
    private var json = Array(#"{"version":1,"root":"#.utf8)
    /// Where the next field of the NAR stands.
    private var offset = Field.magic
    /// For each open directory whether it has entries yet.
    private var directories: [Bool] = []
    private var openFileSize: UInt64 = 0
    /// Whether a name or a target was not UTF-8, which JSON cannot hold.
    private var isUnspeakable = false

    init() {}

    /// The text, nil when JSON cannot hold it. Ask when the NAR is complete.
    var serialized: [UInt8]? { isUnspeakable ? nil : json + [UInt8(ascii: "}")] }

    // MARK: What the NAR holds

    mutating func beginDirectory(name: [UInt8]) {
        beginNode(name)
        offset += Field.directory
        json += Array(#"{"type":"directory","entries":{"#.utf8)
        directories.append(false)
    }

    mutating func endDirectory() {
        directories.removeLast()
        json += Array("}}".utf8)
        endNode()
    }

    mutating func symbolicLink(name: [UInt8], target: [UInt8]) {
        beginNode(name)
        offset += Field.symlink + Field.size(UInt64(target.count))
        json += Array(#"{"type":"symlink","target":"#.utf8)
        write(string: target)
        json.append(UInt8(ascii: "}"))
        endNode()
    }

    mutating func beginFile(name: [UInt8], isExecutable: Bool, size: UInt64) {
        beginNode(name)
        offset += isExecutable ? Field.executable : Field.regular
        let executable = isExecutable ? #""executable":true,"# : ""
        json += Array(#"{"type":"regular","size":\#(size),\#(executable)"narOffset":\#(offset + 8)}"#.utf8)
        openFileSize = size
    }

    mutating func fileContents(_ bytes: UnsafeRawBufferPointer) {}

    mutating func endFile() {
        offset += Field.size(openFileSize)
        endNode()
    }

    // MARK: Helpers

    /// Bytes of the fields that always come together, each with its length and padding.
    private enum Field {
        static let magic = size(13)
        /// `(`, `type`, `directory`
        static let directory = size(1) + size(4) + size(9)
        /// `(`, `type`, `symlink`, `target`
        static let symlink = size(1) + size(4) + size(7) + size(6)
        /// `(`, `type`, `regular`, `contents`
        static let regular = size(1) + size(4) + size(7) + size(8)
        /// The same with `executable` and nothing behind it.
        static let executable = regular + size(10) + size(0)
        /// `entry`, `(`, `name`; the name; `node`
        static let entry = size(5) + size(1) + size(4) + size(4)
        /// `)`
        static let close = size(1)

        static func size(_ length: UInt64) -> UInt64 { 8 + (length + 7) & ~7 }
    }

    private mutating func beginNode(_ name: [UInt8]) {
        guard let hasEntries = directories.last else { return }
        offset += Field.entry + Field.size(UInt64(name.count))
        if hasEntries { json.append(UInt8(ascii: ",")) }
        directories[directories.count - 1] = true
        write(string: name)
        json.append(UInt8(ascii: ":"))
    }

    private mutating func endNode() {
        offset += Field.close
        if !directories.isEmpty { offset += Field.close }
    }

    private mutating func write(string: [UInt8]) {
        if String(validating: string, as: UTF8.self) == nil { isUnspeakable = true }
        json.append(UInt8(ascii: "\""))
        for byte in string {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): json += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): json += Array(#"\n"#.utf8)
            case UInt8(ascii: "\r"): json += Array(#"\r"#.utf8)
            case UInt8(ascii: "\t"): json += Array(#"\t"#.utf8)
            case ..<0x20:
                let digits = String(byte, radix: 16)
                json += Array((byte < 0x10 ? #"\u000\#(digits)"# : #"\u00\#(digits)"#).utf8)
            default: json.append(byte)
            }
        }
        json.append(UInt8(ascii: "\""))
    }
}
