extension Derivation {
    /// How much a derivation may hold.
    public struct Limits: Hashable, Sendable {
        /// The largest derivation in bytes. Real ones have some kilobytes; those that carry whole files or the list of a
        /// system's packages in a variable have some megabytes.
        public var bytes: Int
        /// The most elements of one list: outputs, inputs, arguments, variables. Real ones have some thousand inputs.
        public var entries: Int

        /// The limits that are used where nobody names others.
        public static let standard = Limits(bytes: 1 << 26, entries: 1 << 18)

        /// Creates limits.
        public init(bytes: Int, entries: Int) {
            self.bytes = bytes
            self.entries = entries
        }
    }
}
