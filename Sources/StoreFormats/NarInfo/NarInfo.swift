/// What a binary cache says about one store path: the file `<hash part>.narinfo`.
///
/// A value read from bytes gives the same bytes back (``serialized``), so signatures and evidence survive storage. The
/// signed part is ``fingerprint``: path, NAR hash, NAR size and references. Everything else (URL, compression, file
/// hash, deriver, content address) is unsigned and must be checked by other means or not be believed.
public struct NarInfo: Sendable {
    /// The path that the narinfo is about.
    public let storePath: StorePath

    /// Where the NAR is: absolute, or relative to the cache. Unsigned and opaque.
    ///
    /// Its characters are checked (printable, no spaces); its meaning is the caller's concern, `..` included.
    public let url: String

    /// How the NAR is compressed there. A narinfo without the field means ``Compression/bzip2``.
    public let compression: Compression

    /// The hash of the compressed file, if stated. Unsigned.
    public let fileHash: ContentHash?

    /// The size of the compressed file in bytes, if stated. Unsigned.
    public let fileSize: UInt64?

    /// The hash of the NAR.
    public let narHash: NarHash

    /// The size of the NAR in bytes: 1 to `Int64.max`.
    public let narSize: UInt64

    /// The paths that the object refers to, itself included if it does: sorted, each once.
    public let references: [StorePath]

    /// The derivation that the object was built from, if stated. Unsigned.
    public let deriver: StorePath?

    /// The system it was built for, which old caches state. Unsigned.
    public let system: String?

    /// The readable signatures, in their order.
    public let signatures: [NixSignature]

    /// The values of `Sig` lines that cannot be read, in their order.
    ///
    /// A stock client stops with an error on one of them when it trusts a key of that name: never pass them on.
    public let malformedSignatures: [String]

    /// How the path follows from its content, if stated. Unsigned.
    public let contentAddress: ContentAddress?

    /// Fields that the format does not know, in their order.
    public let unknownFields: [Field]

    /// How the bytes that were read differ from the canonical form.
    public let quirks: Quirks

    /// The bytes that were read, kept only when they differ from the canonical form.
    let original: [UInt8]?

    /// One line of a narinfo.
    public struct Field: Hashable, Sendable {
        /// What stands before the colon.
        public var name: String
        /// What stands behind the colon and a space.
        public var value: String

        /// Creates a field.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The words for compression that Nix knows; any other makes a narinfo corrupt.
    public enum Compression: String, Hashable, Sendable, CaseIterable {
        /// As it is.
        case none
        /// Brotli.
        case br
        /// bzip2.
        case bzip2
        /// The `compress` of old.
        case compress
        /// grzip.
        case grzip
        /// gzip.
        case gzip
        /// lrzip.
        case lrzip
        /// LZ4 frames.
        case lz4
        /// lzip.
        case lzip
        /// The older format of LZMA.
        case lzma
        /// lzop.
        case lzop
        /// xz.
        case xz
        /// Zstandard.
        case zstd
    }
}

extension NarInfo: Hashable {
    /// Compares the bytes: two values are equal when they serialize alike.
    public static func == (left: NarInfo, right: NarInfo) -> Bool {
        left.storePath == right.storePath && left.narHash == right.narHash && left.serialized == right.serialized
    }

    /// Hashes what tells narinfos apart best.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(storePath)
        hasher.combine(narHash)
        hasher.combine(url)
    }
}
