internal import Quorum
internal import StoreFormats

/// What looking into the contents of a path gave, about which sources differ.
struct Inspection: Sendable {
    /// A server whose narinfo states one thing and whose NAR is another.
    struct Disagreement: Hashable, Sendable {
        let name: String
        let address: String
        /// What the narinfo states.
        let stated: StorePathOutcome
        /// What the NAR is; nil when it is larger than stated, so that nobody read it to its end.
        let found: NarDigest?
    }

    /// One of the outcomes, and where its contents were read; nil where nobody has them.
    struct Version: Sendable {
        let outcome: StorePathOutcome
        let readFrom: String?
    }

    var versions: [Version] = []
    /// The first versions that could be read are compared, all with all.
    var differences: [TreeDifference] = []
    var disagreements: [Disagreement] = []
    /// Why contents could not be read, a line each.
    var troubles: [String] = []

    /// Versions whose contents were read, in the order of the nodes in ``differences``.
    var compared: [Version] { versions.filter { $0.readFrom != nil } }
}
