/// How much a proof file may hold.
package enum ProofLimits {
    /// The largest file, in bytes: a hundred times what three builders need.
    package static let fileBytes = 16 << 20

    /// The most sections, policy included. Each piece of evidence may cost some verifications.
    package static let sections = 256

    /// The largest section, in bytes: a list of references.
    package static let sectionBytes = 4 << 20

    /// The longest word of a Debian subject, in bytes: a file's name.
    package static let wordBytes = 255

    /// The longest heading, in bytes: a subject with four words.
    package static let lineBytes = 2048
}
