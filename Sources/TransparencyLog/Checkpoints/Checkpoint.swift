internal import Crypto

/// What a log says it is at one size: the text that it and its witnesses sign (<https://c2sp.org/tlog-checkpoint>).
/// Nothing about it is verified.
package struct Checkpoint: Hashable, Sendable {
    /// Which log: its address without scheme, which is its key's name too.
    package let origin: String
    /// How many entries it has.
    package let size: UInt64
    /// The root of the tree over them.
    package let root: LogHash

    /// The longest origin, in bytes.
    package static let maximumOriginByteCount = NoteKey.maximumNameByteCount

    /// The longest text: origin, 19 digits, 44 digits of base64 and three line feeds.
    package static let maximumByteCount = maximumOriginByteCount + 19 + 44 + 3

    /// Puts a checkpoint together.
    ///
    /// - Throws: ``TransparencyLogError/Code/checkpoint`` for an origin that is not 1 to 255 printable ASCII
    ///   characters, a size above ``StrictText/maximumNumber``, and a tree without entries whose root is not that of no
    ///   entries.
    package init(origin: String, size: UInt64, root: LogHash) throws(TransparencyLogError) {
        guard !origin.isEmpty, origin.utf8.count <= Self.maximumOriginByteCount,
            origin.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F })
        else {
            throw TransparencyLogError(
                .checkpoint, "\(StrictText.shown(origin.utf8)) is no origin: 1 to 255 printable ASCII characters")
        }
        guard size <= StrictText.maximumNumber else {
            throw TransparencyLogError(.checkpoint, "\(size) entries are more than a log can have")
        }
        guard size > 0 || root == MerkleHash.empty else {
            throw TransparencyLogError(.checkpoint, "a log without entries cannot have the root \(root)")
        }
        self.origin = origin
        self.size = size
        self.root = root
    }

    /// Reads the text: origin, size, root, each a line; extension lines are refused, as public witnesses do.
    ///
    /// - Throws: ``TransparencyLogError/Code/checkpoint``.
    package init(parsing text: [UInt8]) throws(TransparencyLogError) {
        guard text.count <= Self.maximumByteCount, text.last == 0x0A else {
            throw TransparencyLogError(.checkpoint, "\(StrictText.shown(text)) is no checkpoint")
        }
        let lines = text.dropLast().split(separator: 0x0A, omittingEmptySubsequences: false)
        guard lines.count == 3 else {
            throw TransparencyLogError(
                .checkpoint, "a checkpoint of \(lines.count) lines: origin, size and root are three")
        }
        guard let size = StrictText.decimal(lines[1]) else {
            throw TransparencyLogError(.checkpoint, "\(StrictText.shown(lines[1])) is no size of a log")
        }
        guard let root = LogHash(base64: lines[2]) else {
            throw TransparencyLogError(.checkpoint, "\(StrictText.shown(lines[2])) is no root hash")
        }
        try self.init(origin: String(decoding: lines[0], as: UTF8.self), size: size, root: root)
    }

    /// The text, which ends with a line feed.
    package var text: [UInt8] { Array("\(origin)\n\(size)\n\(root.base64)\n".utf8) }

    /// Signs the checkpoint as its log.
    ///
    /// - Throws: ``TransparencyLogError/Code/key`` for a key of another kind or another name than the origin.
    package func signed(by signer: NoteSigner) throws(TransparencyLogError) -> SignedNote {
        guard signer.key.name == origin else {
            throw TransparencyLogError(.key, "the key \(signer.key.name) must not sign for the log \(origin)")
        }
        return try SignedNote(text: text, signatures: [try signer.sign(text)])
    }

    /// The name under which witnesses and mirrors keep a log: SHA-256 of its origin, in hexadecimal digits.
    package static func pathName(ofOrigin origin: String) -> String {
        StrictText.hex(SHA256.hash(data: Array(origin.utf8)))
    }
}
