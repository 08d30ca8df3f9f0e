internal import ClaimSources
internal import Quorum
internal import TransparencyLog

extension BuilderSite {
    /// Opens this machine's log for writing, with the witnesses of the peers.
    ///
    /// - Parameters:
    ///   - folder: Where the log lies.
    ///   - onEvent: Is told of trouble, in one line each.
    /// - Throws: ``TransparencyLogError``: `busy` while another process writes it.
    func openLog(
        _ folder: String, _ resources: HTTPResources, onEvent: @escaping @Sendable (String) -> Void
    ) async throws -> Sequencer {
        let (peers, notes) = book.read()
        for note in notes { onEvent(note) }
        var cosigners: [any CheckpointCosigner] = []
        for peer in Self.cosigners(peers) {
            cosigners.append(try WitnessClient(key: peer.key, submission: peer.url, resources: resources))
        }
        let needed = Self.neededCosignatures(of: cosigners.count)
        let keys = try LeafKeys(builders: acceptedBuilders)
        return try await Sequencer.open(
            LogDirectory(folder), signer: self.keys.log, cosigners: cosigners, believes: { $0.count >= needed },
            keysOf: { keys.keys(of: $0) }
        ) { event in
            if case .trouble(let text) = event { onEvent(text) }
        }
    }
}
