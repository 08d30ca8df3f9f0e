internal import Attestations
package import TransparencyLog

/// One piece of evidence in a proof file: a form that could be read, and nothing more.
package enum ProofEvidence: Hashable, Sendable {
    /// A proof that a log holds an attestation, with the attestation.
    case log(TlogProof)
    /// What a binary cache signed.
    case cache(CacheEvidence)
    /// What a Guix server signed.
    case guixCache(GuixCacheEvidence)
    /// What a rebuilderd instance signed: the bytes as they were served.
    case link([UInt8])

    /// The section's heading.
    var word: String {
        switch self {
        case .log: "log"
        case .cache: "cache"
        case .guixCache: "guix-cache"
        case .link: "link"
        }
    }

    /// The section.
    package var bytes: [UInt8] {
        switch self {
        case .log(let proof): proof.bytes
        case .cache(let evidence): evidence.bytes
        case .guixCache(let evidence): evidence.bytes
        case .link(let bytes): bytes
        }
    }

    /// Reads a section.
    ///
    /// - Throws: ``ProofError/Code/evidence``.
    init(word: String, bytes: [UInt8]) throws(ProofError) {
        switch word {
        case "log":
            do {
                self = .log(try TlogProof(parsing: bytes))
            } catch {
                throw ProofError(.evidence, "a proof from a log: \(error.message)")
            }
        case "cache": self = .cache(try CacheEvidence(parsing: bytes))
        case "guix-cache": self = .guixCache(try GuixCacheEvidence(parsing: bytes))
        case "link":
            do {
                _ = try RebuilderLink(parsing: bytes)
            } catch {
                throw ProofError(.evidence, "a rebuilder's link: \(error.message)")
            }
            self = .link(bytes)
        default: throw ProofError(.container, "a section of the unknown kind '\(word.prefix(32))'")
        }
    }
}
