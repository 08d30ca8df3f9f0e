package import StoreFormats

/// What a Guix server says about one store path: the file `<hash part>.narinfo`.
///
/// One signature covers the bytes above its line, whatever they are; ``signedPart`` keeps them as they came. Path, NAR
/// hash, NAR size and references are always among them here. Since 2022 servers put the addresses of the archive below
/// the signature, where mirrors may replace them; older ones sign them, too.
package struct GuixNarInfo: Sendable {
    /// The path that the narinfo is about.
    package let storePath: StorePath
    /// The hash of the NAR.
    package let narHash: NarHash
    /// The size of the NAR in bytes: 1 to `Int64.max`.
    package let narSize: UInt64
    /// The paths that the object refers to, itself included if it does: sorted, each once.
    package let references: [StorePath]
    /// The derivation that the object was built from, if stated.
    package let deriver: StorePath?
    /// The system it was built for, which old servers state.
    package let system: String?
    /// The signature; nil when there is none, or one that cannot be read: then ``quirks`` say so.
    package let signature: GuixSignature?
    /// Why the signature cannot be read; nil when it can be, or when there is none.
    package let malformedSignature: String?
    /// Where the NAR is, in the order of the file. Empty when only the hash is published.
    package let downloads: [Download]
    /// Fields that the format does not know, in their order.
    package let unknownFields: [NarInfo.Field]
    /// How the bytes that were read differ from what servers write today.
    package let quirks: Quirks
    /// The bytes of the file: those that were read or written.
    package let serialized: [UInt8]

    /// How many of the bytes the signature covers: all of them when there is no line of a signature.
    let signedLength: Int
    /// Where the line of the signature ends; as ``signedLength`` when there is none.
    let signatureEnd: Int

    /// One place where the NAR is, in one compression.
    package struct Download: Hashable, Sendable {
        /// Absolute, or relative to the server. Its characters are checked (printable, no spaces); its meaning is the
        /// caller's concern, `..` included.
        package let url: String
        /// How the NAR is compressed there.
        package let compression: NarInfo.Compression
        /// The size of the compressed file in bytes, if stated.
        package let fileSize: UInt64?
        /// Whether the signature covers it.
        package let isSigned: Bool

        init(url: String, compression: NarInfo.Compression, fileSize: UInt64?, isSigned: Bool) {
            self.url = url
            self.compression = compression
            self.fileSize = fileSize
            self.isSigned = isSigned
        }

        /// Creates a place to be written below a signature. ``GuixNarInfo`` checks it.
        package init(url: String, compression: NarInfo.Compression, fileSize: UInt64? = nil) {
            self.init(url: url, compression: compression, fileSize: fileSize, isSigned: false)
        }
    }

    /// The bytes that the signature covers: everything above its line, or the whole text when there is no such line.
    package var signedPart: ArraySlice<UInt8> { serialized[..<signedLength] }

    /// Whether the signature covers addresses of the NAR, so that nobody but the signer can replace them.
    package var hasSignedDownloads: Bool { quirks.contains(.signedDownloads) }
}

extension GuixNarInfo: Hashable {
    /// Compares the bytes.
    package static func == (left: GuixNarInfo, right: GuixNarInfo) -> Bool {
        left.storePath == right.storePath && left.narHash == right.narHash && left.serialized == right.serialized
    }

    /// Hashes what tells narinfos apart best.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(storePath)
        hasher.combine(narHash)
        hasher.combine(signature)
    }
}
