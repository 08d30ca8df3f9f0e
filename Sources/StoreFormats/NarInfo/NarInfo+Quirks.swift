extension NarInfo {
    /// Known ways in which real narinfos differ from the canonical form that Nix writes.
    ///
    /// None of them changes what is signed. ``NarInfo/init(parsing:in:accepting:limits:)`` refuses each one that the
    /// caller did not name.
    public struct Quirks: OptionSet, Hashable, Sendable {
        /// One bit for each quirk.
        public let rawValue: UInt32

        /// Creates a set from its bits.
        public init(rawValue: UInt32) {
            self.rawValue = rawValue
        }

        /// `Compression` is absent or empty, which means bzip2.
        public static let missingCompression = Quirks(rawValue: 1 << 0)
        /// `FileHash` is absent.
        public static let missingFileHash = Quirks(rawValue: 1 << 1)
        /// `FileSize` is absent.
        public static let missingFileSize = Quirks(rawValue: 1 << 2)
        /// `FileHash` is not by SHA-256.
        public static let fileHashAlgorithm = Quirks(rawValue: 1 << 3)
        /// A hash is spelled in hexadecimal, base64 or SRI. The fingerprint has it in nix32 all the same.
        public static let hashSpelling = Quirks(rawValue: 1 << 4)
        /// References are not in order. The fingerprint has them in order all the same.
        public static let unsortedReferences = Quirks(rawValue: 1 << 5)
        /// A reference stands there twice. The fingerprint has it once.
        public static let repeatedReference = Quirks(rawValue: 1 << 6)
        /// More than one space between references, or a space behind the last one.
        public static let referenceSpacing = Quirks(rawValue: 1 << 7)
        /// `References` is absent, which means none.
        public static let missingReferences = Quirks(rawValue: 1 << 8)
        /// A field is empty and its line ends right behind the colon. Nix reads such a line together with the next
        /// one, so it may see another narinfo than this parser does: accept it only to show it.
        public static let missingSpace = Quirks(rawValue: 1 << 9)
        /// `Deriver: unknown-deriver`, which is read as none.
        public static let unknownDeriver = Quirks(rawValue: 1 << 10)
        /// `System` is there.
        public static let systemField = Quirks(rawValue: 1 << 11)
        /// Fields stand in another order than Nix writes them.
        public static let fieldOrder = Quirks(rawValue: 1 << 12)
        /// A field other than `Sig` stands there twice with equal values. With different values it is always refused.
        public static let repeatedField = Quirks(rawValue: 1 << 13)
        /// A `Sig` cannot be read; see ``NarInfo/malformedSignatures``.
        public static let malformedSignature = Quirks(rawValue: 1 << 14)
        /// Two `Sig` lines name one key.
        public static let repeatedSignature = Quirks(rawValue: 1 << 15)
        /// `CA` is there and empty, which means none.
        public static let emptyContentAddress = Quirks(rawValue: 1 << 16)
        /// A field that the format does not know.
        public static let unknownFields = Quirks(rawValue: 1 << 17)

        /// What public caches and well-known cache servers are seen to send, and what cannot mislead a client.
        public static let seenInCaches: Quirks = [
            .missingCompression, .missingFileHash, .missingFileSize, .fileHashAlgorithm, .hashSpelling,
            .unsortedReferences, .repeatedReference, .referenceSpacing, .missingReferences, .unknownDeriver,
            .systemField, .fieldOrder, .malformedSignature, .repeatedSignature, .emptyContentAddress, .unknownFields,
        ]

        /// Every quirk there is.
        public static let all = Quirks(rawValue: (1 << 18) - 1)

        static let names: [(quirk: Quirks, name: String)] = [
            (.missingCompression, "missing Compression"),
            (.missingFileHash, "missing FileHash"),
            (.missingFileSize, "missing FileSize"),
            (.fileHashAlgorithm, "FileHash not by sha256"),
            (.hashSpelling, "hash not spelled in nix32"),
            (.unsortedReferences, "references not in order"),
            (.repeatedReference, "repeated reference"),
            (.referenceSpacing, "extra space in References"),
            (.missingReferences, "missing References"),
            (.missingSpace, "no space behind a colon"),
            (.unknownDeriver, "unknown-deriver"),
            (.systemField, "System field"),
            (.fieldOrder, "unusual order of fields"),
            (.repeatedField, "repeated field"),
            (.malformedSignature, "malformed signature"),
            (.repeatedSignature, "two signatures of one key name"),
            (.emptyContentAddress, "empty CA"),
            (.unknownFields, "unknown field"),
        ]
    }
}

extension NarInfo.Quirks: CustomStringConvertible {
    /// The names of the quirks, joined by commas.
    public var description: String {
        NarInfo.Quirks.names.filter { contains($0.quirk) }.map(\.name).joined(separator: ", ")
    }
}
