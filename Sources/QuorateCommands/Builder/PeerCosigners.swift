internal import ClaimSources
internal import TransparencyLog

/// The witnesses of peers, and their mirrors if entries are brought to them, as this machine's log asks them.
struct PeerCosigners {
    let cosigners: [any CheckpointCosigner]
    /// Those of them that entries are uploaded to.
    let mirrors: [MirrorCosigner]
    /// Whether cosignatures are enough for a checkpoint to be published. Mirrors do not count: a peer's witness and
    /// mirror are one party.
    let believes: @Sendable (Set<NoteKey>) -> Bool

    /// - Parameter log: Whose entries the mirrors get; nil to ask witnesses only.
    init(_ peers: [Peer], mirroring log: LogDirectory? = nil, resources: HTTPResources) throws {
        let witnesses = BuilderSite.cosigners(peers)
        var cosigners: [any CheckpointCosigner] = []
        for witness in witnesses {
            cosigners.append(try WitnessClient(key: witness.key, submission: witness.url, resources: resources))
        }
        var mirrors: [MirrorCosigner] = []
        if let log {
            for mirror in BuilderSite.mirrors(peers) {
                let client = try MirrorClient(key: mirror.key, submission: mirror.url, resources: resources)
                mirrors.append(MirrorCosigner(source: log, destination: client))
            }
        }
        self.mirrors = mirrors
        self.cosigners = cosigners + mirrors
        let keys = Set(witnesses.map(\.key))
        let needed = BuilderSite.neededCosignatures(of: keys.count)
        believes = { $0.intersection(keys).count >= needed }
    }
}
