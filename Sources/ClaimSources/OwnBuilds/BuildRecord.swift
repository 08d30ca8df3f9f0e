package import Quorum
package import StoreFormats

/// What a machine's build of one store path gave, in the words that its builder's key signs.
///
/// It is the evidence of an `own-build` claim; `docs/rebuild.md` describes the text.
package struct BuildRecord: Hashable, Sendable {
    /// How the build ended.
    package enum Result: Hashable, Sendable {
        /// The output is there.
        case built(narHash: NarHash, narSize: UInt64, references: [StorePath])
        /// There is none, and why in a few words: `exit 1`, `signal 9`, `timeout`.
        case failed(String)
    }

    /// Something that the build was given.
    package struct Input: Hashable, Sendable {
        package let path: StorePath
        package let narHash: NarHash

        package init(path: StorePath, narHash: NarHash) {
            self.path = path
            self.narHash = narHash
        }
    }

    /// What was built.
    package let path: StorePath
    /// The derivation that was followed.
    package let derivation: StorePath
    package let result: Result
    /// The direct inputs as they really were, sorted by path, each once.
    package let inputs: [Input]
    /// SHA-256 of the log, uncompressed; nil when there is none.
    package let log: Digest256?
    /// When the builder was started, by this machine's clock.
    package let time: Timestamp

    package init(
        path: StorePath, derivation: StorePath, result: Result, inputs: [Input], log: Digest256?, time: Timestamp
    ) {
        self.path = path
        self.derivation = derivation
        if case .built(let narHash, let narSize, let references) = result {
            self.result = .built(narHash: narHash, narSize: narSize, references: Set(references).sorted())
        } else {
            self.result = result
        }
        self.inputs = Dictionary(inputs.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
            .values.sorted { $0.path < $1.path }
        self.log = log
        self.time = time
    }

    /// What a claim with this record says.
    package var statement: Statement {
        switch result {
        case .failed: return .failed
        case .built(let narHash, let narSize, let references):
            guard let digest = Digest256(narHash.bytes) else { preconditionFailure("a NAR hash has 32 bytes") }
            return .outcome(
                .storePath(
                    StorePathOutcome(narHash: digest, narSize: narSize, references: references.map(\.path))))
        }
    }
}
