internal import ClaimSources
internal import Quorum
internal import StoreFormats

/// Something that this machine built, or tried to, and what came of it.
struct LocalBuild: Hashable, Sendable {
    /// Who says that this machine built it.
    enum Witness: String, Hashable, Sendable {
        case nix = "Nix's store"
        case guix = "Guix's store"
        case quorate = "Quorate's store"
        case rebuild = "quorate rebuild"
    }

    let path: StorePath
    let result: BuildRecord.Result
    let derivation: StorePath
    /// SHA-256 of the derivation's bytes.
    let derivationDigest: Digest256
    let system: String
    /// Which output of the derivation the path is.
    let outputName: String
    /// The direct inputs as they were; nil where that is not known any more.
    let inputs: [BuildRecord.Input]?
    /// When it was built, as exactly as the witness knows.
    let time: Timestamp
    let witness: Witness
}

/// What became of the question whether this machine built a path.
enum BuildQuestion: Sendable {
    case built(LocalBuild)
    /// It did, as far as is known here, but cannot say so, or it did not; and why.
    case refused(String)
    /// The path proves what it holds, so nobody has to say anything.
    case selfVerifying
}
