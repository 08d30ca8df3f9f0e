internal import Attestations
internal import Crypto
package import Quorum
package import TransparencyLog

/// What the entries of a log are found by: the helper index behind `by-subject` and `by-key`.
package struct LeafKeys: Sendable {
    private let reader: AttestationReader

    /// - Parameter builders: Whose entries are indexed.
    /// - Throws: ``CommandError`` without any.
    package init(builders: [KeyIdentity]) throws(CommandError) {
        guard !builders.isEmpty else { throw CommandError(.badData, "a log without builders has nothing to look up") }
        reader = AttestationReader(keys: builders)
    }

    /// The keys of an entry: SHA-256 of each subject's name (`by-key`), each digest stated (`by-subject`), and those of
    /// the lists beside it, which are taken only with the entry.
    package func keys(of leaf: [UInt8]) -> [LogHash] {
        guard let attestation = try? reader.read(leaf) else { return [] }
        var keys: [LogHash] = []
        for claim in attestation.claims {
            keys += [Self.voteKey(claim.subject)].compactMap { $0 }
            switch claim.finding {
            case .outcome(let outcome): keys += [LogHash(outcome.digest.bytes)].compactMap { $0 }
            case .listed(let narHash, _, let references, _):
                keys += [LogHash(narHash.bytes), LogHash(references.bytes)].compactMap { $0 }
            case .failed: break
            }
        }
        keys += [attestation.inputs.flatMap { LogHash($0.bytes) }].compactMap { $0 }
        return keys
    }

    /// SHA-256 of a subject's name.
    package static func voteKey(_ subject: Subject) -> LogHash? {
        LogHash(Array(SHA256.hash(data: Array(subject.description.utf8))))
    }
}
