internal import Attestations
internal import Quorum
internal import TransparencyLog

/// Brings what builders signed from one log to another, with the lists that stand beside it.
///
/// Attestations carry their builder's signature, so they are worth the same in every log.
struct EntryCarrier: Sendable {
    let source: LogDirectory
    /// The key of the source.
    let key: NoteKey
    /// Whose entries are brought; others stay.
    let builders: [KeyIdentity]

    /// - Returns: How many entries the other log has from here now; its published checkpoint covers them.
    func carry(to sequencer: Sequencer, _ target: LogDirectory) async throws -> Int {
        let source = source
        let (key, builders) = (key, builders)
        guard let head = try await LogThread.run({ try source.head(key: key) }), head.size > 0 else { return 0 }
        let reader = AttestationReader(keys: builders)
        var count = 0
        var last: UInt64 = 0
        try await TileReader(source: source, checkpoint: head).forEachBundle(in: 0..<head.size) { bundle in
            var leaves: [[UInt8]] = []
            for leaf in bundle.entries {
                guard let attestation = try? reader.read(leaf) else { continue }
                try await LogThread.run { try Self.copyLists(of: attestation, from: source, to: target) }
                leaves.append(leaf)
            }
            try await withThrowingTaskGroup(of: UInt64.self) { group in
                for leaf in leaves { group.addTask { try await sequencer.add(leaf).index } }
                for try await index in group { last = max(last, index) }
            }
            count += leaves.count
        }
        if count > 0 { try await sequencer.published(last) }
        return count
    }

    private static func copyLists(
        of attestation: VerifiedAttestation, from source: LogDirectory, to target: LogDirectory
    ) throws {
        func copy(_ kind: LogDirectory.ListKind, _ digest: Digest256) throws {
            guard let digest = LogHash(digest.bytes), let list = try source.list(kind, digest) else { return }
            _ = try target.keepList(kind, list)
        }
        for digest in attestation.referencesNeeded { try copy(.references, digest) }
        if let inputs = attestation.inputs { try copy(.inputs, inputs) }
    }
}
