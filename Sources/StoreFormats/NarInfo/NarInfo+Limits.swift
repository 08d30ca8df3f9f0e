extension NarInfo {
    /// How much a narinfo may hold.
    public struct Limits: Hashable, Sendable {
        /// The largest narinfo in bytes. The largest real ones have some thousand references of 50 to 100 bytes each.
        public var bytes: Int
        /// The longest line in bytes, without its end, other than `References`. URLs of 2,000 bytes are seen.
        public var lineLength: Int
        /// The most references. A narinfo of 1 MiB has room for fewer than 31,000 of them.
        public var references: Int
        /// The most `Sig` lines, readable or not. Each may cost a verification.
        public var signatures: Int
        /// The most unknown fields.
        public var unknownFields: Int

        /// The limits that are used where nobody names others.
        public static let standard = Limits(
            bytes: 1 << 20, lineLength: 8192, references: 16384, signatures: 64, unknownFields: 32)

        /// Creates limits.
        public init(bytes: Int, lineLength: Int, references: Int, signatures: Int, unknownFields: Int) {
            self.bytes = bytes
            self.lineLength = lineLength
            self.references = references
            self.signatures = signatures
            self.unknownFields = unknownFields
        }
    }
}
