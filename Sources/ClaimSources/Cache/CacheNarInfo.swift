package import GuixFormats
package import Quorum
package import StoreFormats

/// What a cache says about one store path, in Nix's format or in Guix's: the part that both have.
///
/// It is not believed because it can be read; ``NarInfoVerifier`` finds out who signed it.
package struct CacheNarInfo: Sendable {
    /// The narinfo in its own format.
    package enum Form: Sendable {
        case nix(NarInfo)
        case guix(GuixNarInfo)
    }

    /// The narinfo in its own format.
    package let form: Form
    /// The path that it is about.
    package let storePath: StorePath
    package let narHash: NarHash
    /// The NAR's size in bytes, above 0.
    package let narSize: UInt64
    /// What the path refers to, itself included if it does: sorted, each once.
    package let references: [StorePath]
    /// The derivation it was built from, if stated. Signed by Guix alone.
    package let deriver: StorePath?
    /// How the path follows from its contents. Nix states it, and it may be a lie; Guix does not, so it is set where the
    /// path is found to be that of the NAR itself.
    package let contentAddress: ContentAddress?

    /// A narinfo of a Nix cache.
    package init(_ narInfo: NarInfo) {
        form = .nix(narInfo)
        storePath = narInfo.storePath
        narHash = narInfo.narHash
        narSize = narInfo.narSize
        references = narInfo.references
        deriver = narInfo.deriver
        contentAddress = narInfo.contentAddress
    }

    /// A narinfo of a Guix server.
    package init(_ narInfo: GuixNarInfo) {
        form = .guix(narInfo)
        storePath = narInfo.storePath
        narHash = narInfo.narHash
        narSize = narInfo.narSize
        references = narInfo.references
        deriver = narInfo.deriver
        contentAddress = Self.sourceAddress(
            of: narInfo.storePath, narHash: narInfo.narHash, references: narInfo.references)
    }

    /// Reads a narinfo, in Guix's format for a path of Guix's store and in Nix's for any other. What is not canonical is
    /// refused, but for the quirks that are seen in caches.
    ///
    /// - Throws: `StoreFormatError` or `GuixFormatError`.
    package init(parsing bytes: [UInt8], in directory: StoreDirectory) throws {
        if directory == .gnu {
            self.init(try GuixNarInfo(parsing: bytes))
        } else {
            self.init(try NarInfo(parsing: bytes, in: directory, accepting: .seenInCaches))
        }
    }

    /// Where the NAR can be had, in the narinfo's order. Guix names a place for each compression, and may name none in
    /// a compression that is known here.
    package var downloads: [NarDownload] {
        switch form {
        case .nix(let narInfo):
            [NarDownload(url: narInfo.url, compression: narInfo.compression, fileSize: narInfo.fileSize)]
        case .guix(let narInfo):
            narInfo.downloads.map {
                NarDownload(url: $0.url, compression: $0.compression, fileSize: $0.fileSize)
            }
        }
    }

    /// What this narinfo says a build gave, as the tally compares it.
    package var outcome: Outcome {
        guard let narHash = Digest256(narHash.bytes) else { preconditionFailure("a NAR hash has 32 bytes") }
        return .storePath(.init(narHash: narHash, narSize: narSize, references: references.map(\.path)))
    }

    /// The address of a path whose name is made from its NAR's hash, as sources and checkouts have it.
    private static func sourceAddress(
        of path: StorePath, narHash: NarHash, references: [StorePath]
    ) -> ContentAddress? {
        guard !references.contains(path),
            let address = try? ContentAddress(method: .recursive, hash: narHash.contentHash),
            let computed = try? address.storePath(name: path.name, references: references, in: path.directory),
            computed == path
        else { return nil }
        return address
    }
}

/// One place where a NAR can be had, as a narinfo names it.
package struct NarDownload: Hashable, Sendable {
    /// Relative to the cache, or absolute.
    package let url: String
    package let compression: NarInfo.Compression
    /// Bytes of the compressed file, where they are stated.
    package let fileSize: UInt64?

    /// The most bytes that the file of a NAR can have: compressed data can be a little larger than what it holds, and more
    /// than this is a bomb or another file. Nil where no NAR can be so large.
    package static func largestFile(ofNarSize size: UInt64) -> UInt64? {
        let (limit, overflow) = size.addingReportingOverflow(size / 8 + (64 << 10))
        return overflow ? nil : limit
    }

    package init(url: String, compression: NarInfo.Compression, fileSize: UInt64? = nil) {
        self.url = url
        self.compression = compression
        self.fileSize = fileSize
    }
}
