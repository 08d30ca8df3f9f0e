/// What an export says of one store object, behind the object's NAR.
public struct ExportedObject: Hashable, Sendable {
    /// Where the object belongs.
    public let path: StorePath
    /// Hash and size of its NAR, taken while it was read.
    public let nar: NarDigest
    /// What it refers to, sorted; itself included when it does.
    public let references: [StorePath]
    /// The derivation that made it, if the exporter knew.
    public let deriver: StorePath?
    /// The signature that Guix adds, an s-expression. Nix writes none, and ignores it.
    public let signature: ByteString?
    /// The SHA-256 of what the signature covers: everything from the NAR to the deriver.
    public let signedHash: ContentHash
}

/// Who is told what an export holds, while it is parsed.
///
/// The calls of a ``NarReceiver`` come between ``beginObject()`` and ``endObject(_:)``. Which path the NAR is for is known
/// only behind it: unpack it beside, and move it to its place after ``endObject(_:)``.
public protocol ExportReceiver: NarReceiver {
    /// The NAR of an object begins.
    mutating func beginObject() throws

    /// The object that began last is complete. Nothing it says is to be trusted: whether the hash belongs to the path is
    /// for the receiver to find out.
    mutating func endObject(_ object: ExportedObject) throws
}

/// How much an export may hold.
public struct ExportLimits: Hashable, Sendable {
    /// What each NAR may hold.
    public var nar: NarLimits
    /// The most objects. The largest closures of public caches have some hundred thousand.
    public var objects: Int
    /// The most references of one object, as of a narinfo.
    public var references: Int

    /// The largest signature in bytes: those of 4096-bit RSA keys have less than 5,000.
    public static let maximumSignatureLength = 1 << 14

    /// The limits that are used where nobody names others.
    public static let standard = ExportLimits()

    /// Creates limits.
    public init(nar: NarLimits = .standard, objects: Int = 1 << 24, references: Int = 1 << 16) {
        self.nar = nar
        self.objects = objects
        self.references = references
    }
}

/// The numbers of the format.
enum ExportMarker {
    /// An object follows.
    static let object: UInt64 = 1
    /// No object follows.
    static let end: UInt64 = 0
    /// Stands behind each NAR: `NIXE`.
    static let magic: UInt64 = 0x4558_494e
    /// A signature follows.
    static let signature: UInt64 = 1
    /// No signature follows.
    static let noSignature: UInt64 = 0
}
