package import StoreFormats

/// Why a derivation has no outputs, although its build was begun or should have been.
package struct BuildFailure: Error, Hashable, Sendable {
    /// What went wrong.
    package let kind: Kind

    /// The last lines of the log, at most ``tailLength``, as text that is safe to show: no control characters.
    package let logTail: [String]

    /// Where the build folder was kept, if that was asked for.
    package internal(set) var keptFolder: String?

    /// How many last lines of a log a failure carries: as many as Nix shows.
    package static let tailLength = 10

    package init(_ kind: Kind, logTail: [String] = []) {
        self.kind = kind
        self.logTail = logTail
    }

    /// The kinds of failure.
    package enum Kind: Hashable, Sendable {
        /// The builder ended with a status other than 0.
        case exited(status: Int32)
        /// A signal ended the builder.
        case signalled(signal: Int32)
        /// It ran for longer than it may.
        case timedOut(seconds: Int)
        /// It printed nothing for longer than it may.
        case silent(seconds: Int)
        /// Its log grew larger than it may.
        case logTooLarge(bytes: UInt64)
        /// The kernel killed some of it, because it needed more memory than it may.
        case outOfMemory(bytes: UInt64)
        /// It succeeded without making an output.
        case missingOutput(name: String, path: StorePath)
        /// A fixed output has another hash.
        case hashMismatch(specified: ContentHash, got: ContentHash)
        /// A fixed output of flat mode is a directory, a link, or executable.
        case notFlat(path: StorePath)
        /// A fixed output refers to store paths.
        case fixedOutputReferences(path: StorePath, [StorePath])
        /// An output refers to what it must not refer to.
        case forbiddenReferences(path: StorePath, [StorePath])
        /// An output is larger than the derivation allows.
        case outputTooLarge(path: StorePath, size: UInt64, limit: UInt64)
        /// An output's closure is larger than the derivation allows.
        case closureTooLarge(path: StorePath, size: UInt64, limit: UInt64)
        /// Two outputs refer to each other.
        case outputCycle([StorePath])
        /// An output has a mode or an owner that others could have changed it with, or holds what no store can hold.
        case refusedOutput(path: StorePath, why: String)
        /// No mirror gave the file with the right hash.
        case download(String)
        /// A path that it needs could not be had.
        case dependency(StorePath)
        /// A path that it needs is in no place that is looked at.
        case unknownInput(StorePath)
        /// This machine cannot build it: wrong system, or a feature is missing.
        case notBuildableHere(String)
        /// It asks for something that this builder does not do.
        case notSupported(String)
        /// An attribute that steers its build means nothing.
        case invalidAttribute(String)
        /// The builder is not there, or no program.
        case cannotExecute(String)
        /// The sandbox could not be set up, or the store refused something.
        case machine(String)
        /// Somebody cancelled it.
        case cancelled
    }

    /// Whether a second try on this machine could end in another way: false for what follows from the derivation.
    package var isTransient: Bool {
        switch kind {
        case .timedOut, .silent, .outOfMemory, .signalled, .download, .dependency, .unknownInput, .machine, .cancelled:
            true
        default: false
        }
    }
}
