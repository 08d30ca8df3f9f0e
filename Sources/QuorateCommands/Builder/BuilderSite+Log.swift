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
        return try await openLog(
            folder, asking: try PeerCosigners(peers, resources: resources), try LeafKeys(builders: acceptedBuilders)
        ) { event in
            if case .trouble(let text) = event { onEvent(text) }
        }
    }

    /// The same, with those who are asked, how entries are found, and all that happens in the hands of the caller.
    func openLog(
        _ folder: String, asking asked: PeerCosigners, _ leafKeys: LeafKeys,
        settings: SequencerSettings = SequencerSettings(),
        events: @escaping @Sendable (SequencerEvent) -> Void
    ) async throws -> Sequencer {
        try await Sequencer.open(
            LogDirectory(folder), signer: keys.log, cosigners: asked.cosigners, believes: asked.believes,
            keysOf: { leafKeys.keys(of: $0) }, settings: settings, events: events)
    }
}
