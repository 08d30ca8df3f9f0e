extension GuixNarInfo {
    /// Known ways in which narinfos differ from what servers write today.
    ///
    /// ``GuixNarInfo/init(parsing:in:accepting:limits:)`` refuses each one that the caller did not name.
    package struct Quirks: OptionSet, Hashable, Sendable {
        /// One bit for each quirk.
        package let rawValue: UInt32

        /// Creates a set from its bits.
        package init(rawValue: UInt32) {
            self.rawValue = rawValue
        }

        /// There is no line of a signature.
        package static let noSignature = Quirks(rawValue: 1 << 0)
        /// The signature cannot be read, so nobody signed.
        package static let malformedSignature = Quirks(rawValue: 1 << 1)
        /// Addresses of the archive stand above the signature, as servers before 2022 put them.
        package static let signedDownloads = Quirks(rawValue: 1 << 2)
        /// There is no address of the archive. A stock client stumbles over such a narinfo.
        package static let noDownloads = Quirks(rawValue: 1 << 3)
        /// An address is of a compression that nobody knows; it is left out of ``GuixNarInfo/downloads``.
        package static let unknownCompression = Quirks(rawValue: 1 << 4)
        /// A download states `FileHash`, which Guix does not check and this parser does not read.
        package static let fileHash = Quirks(rawValue: 1 << 5)
        /// `System` is there, as servers before 2021 put it.
        package static let systemField = Quirks(rawValue: 1 << 6)
        /// References are not in order.
        package static let unsortedReferences = Quirks(rawValue: 1 << 7)
        /// A reference stands there twice.
        package static let repeatedReference = Quirks(rawValue: 1 << 8)
        /// More than one space between references, or a space behind the last one.
        package static let referenceSpacing = Quirks(rawValue: 1 << 9)
        /// An empty field's line ends right behind the colon.
        package static let missingSpace = Quirks(rawValue: 1 << 10)
        /// `Deriver` is there and empty, which means none.
        package static let emptyDeriver = Quirks(rawValue: 1 << 11)
        /// Fields stand in another order than servers write them.
        package static let fieldOrder = Quirks(rawValue: 1 << 12)
        /// A field that the format does not know.
        package static let unknownFields = Quirks(rawValue: 1 << 13)

        /// What servers were seen to send, or may send, and what cannot mislead a client. A narinfo that nobody signed
        /// is among them: whoever needs a signature asks for it.
        package static let seenInServers = all

        /// Every quirk there is.
        package static let all = Quirks(rawValue: (1 << 14) - 1)

        static let names: [(quirk: Quirks, name: String)] = [
            (.noSignature, "no signature"),
            (.malformedSignature, "malformed signature"),
            (.signedDownloads, "signed addresses"),
            (.noDownloads, "no address of the archive"),
            (.unknownCompression, "unknown compression"),
            (.fileHash, "FileHash field"),
            (.systemField, "System field"),
            (.unsortedReferences, "references not in order"),
            (.repeatedReference, "repeated reference"),
            (.referenceSpacing, "extra space in References"),
            (.missingSpace, "no space behind a colon"),
            (.emptyDeriver, "empty Deriver"),
            (.fieldOrder, "unusual order of fields"),
            (.unknownFields, "unknown field"),
        ]
    }

    /// How much a narinfo may hold.
    package struct Limits: Hashable, Sendable {
        /// The largest narinfo in bytes, as for Nix. The largest real ones have some thousand references.
        package var bytes: Int
        /// The longest line in bytes, without its end, other than `References`. A signature of the largest RSA key has
        /// less than 9,000.
        package var lineLength: Int
        /// The most references.
        package var references: Int
        /// The most downloads: more than there are compressions.
        package var downloads: Int
        /// The most unknown fields.
        package var unknownFields: Int

        /// The limits that are used where nobody names others.
        package static let standard = Limits(
            bytes: 1 << 20, lineLength: 16384, references: 16384, downloads: 32, unknownFields: 32)

        /// Creates limits.
        package init(bytes: Int, lineLength: Int, references: Int, downloads: Int, unknownFields: Int) {
            self.bytes = bytes
            self.lineLength = lineLength
            self.references = references
            self.downloads = downloads
            self.unknownFields = unknownFields
        }
    }
}

extension GuixNarInfo.Quirks: CustomStringConvertible {
    /// The names of the quirks, joined by commas.
    package var description: String {
        GuixNarInfo.Quirks.names.filter { contains($0.quirk) }.map(\.name).joined(separator: ", ")
    }
}
