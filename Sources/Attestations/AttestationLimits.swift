/// How much attestations may hold.
package enum AttestationLimits {
    /// The largest leaf of a log, in bytes. In a proof file it is base64 once more; readers with lines of 64 KiB still
    /// take that.
    package static let leafBytes = 32_768

    /// The most references of one path that stand in the statement itself.
    package static let inlineReferences = 128

    /// The most bytes that all references in a statement may have together, counted as the lines of the lists that
    /// would otherwise stand beside it.
    package static let inlineReferenceBytes = 8_192

    /// The most references of one path, in the statement or beside it: as many as a narinfo may have.
    package static let references = 16_384

    /// The largest list of references or inputs, in bytes.
    package static let listBytes = 4 << 20

    /// The most inputs of one build; the largest derivations have some thousands.
    package static let inputs = 32_768

    /// The most store paths or files that one statement is about: derivations with more than ten outputs are rare.
    package static let subjects = 32

    /// The longest name of a system, such as `x86_64-linux`, in bytes.
    package static let systemBytes = 64

    /// The longest word of Debian statements (package, version, architecture, distribution), in bytes.
    package static let debianWordBytes = 128

    /// The longest name of a file, in bytes: that of Linux.
    package static let fileNameBytes = 255

    /// The largest link of rebuilderd, in bytes. Real ones have less than two thousand.
    package static let linkBytes = 262_144

    /// The most signatures of an envelope or link that is not ours. Each may cost a verification.
    package static let signatures = 32

    /// The largest JSON text that is read otherwise, in bytes.
    package static let jsonBytes = 1 << 20

    /// The largest size of a NAR, in bytes: beyond 2^53 programs that read numbers as floating point would see another.
    package static let narSize: UInt64 = 1 << 53 - 1
}
