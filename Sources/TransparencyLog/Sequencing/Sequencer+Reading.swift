extension Sequencer {
    /// The newest published checkpoint.
    package func checkpoint() -> VerifiedCheckpoint { progress.published }

    /// Where an entry with this hash is; nil when it is not in the log, or the index lost it.
    package func index(ofLeaf hash: LogHash) async -> UInt64? {
        await LogThread.run { [leaves] in leaves.find(hash) }
    }

    /// Entries that a key names, smallest index first. Only 80 bits of the key were compared, and not all entries need
    /// be here: whoever must be sure reads the log.
    package func indexes(ofKey key: LogHash, limit: Int = 100) async -> [UInt64] {
        guard let keys else { return [] }
        return await LogThread.run { Array(((try? keys.find(key)) ?? []).prefix(limit)) }
    }

    /// An entry that the published checkpoint covers; nil for others.
    package func entry(_ index: UInt64) async throws -> [UInt8]? {
        let size = progress.published.size
        guard index < size, let path = TilePath(.entries, number: index / 256, inTreeOf: size),
            let bundle = try await log.read(path)
        else { return nil }
        return try EntryBundle.decode(bundle, count: path.width)[Int(index % 256)]
    }

    /// The proof that an entry is in the published checkpoint, without the entry.
    ///
    /// - Throws: `.range` for an entry that it does not cover.
    package func inclusionProof(of index: UInt64) async throws -> TlogProof {
        let checkpoint = progress.published
        guard index < checkpoint.size else {
            throw TransparencyLogError(.range, "entry \(index): the published log has \(checkpoint.size)")
        }
        let hashes = try await LogThread.run { [log] in
            try TileProofs.inclusion(index: index, size: checkpoint.size) { try log.stored($0) }
        }
        return try TlogProof(extra: nil, index: index, hashes: hashes, checkpoint: checkpoint.note)
    }

    /// How it goes.
    package var status: SequencerStatus {
        let (pending, isRetired) = pool.with { ($0.count, $0.closed?.code == .closed) }
        return SequencerStatus(
            durableSize: progress.durable, publishedSize: progress.published.size, pendingEntries: pending,
            trouble: progress.trouble, isRetired: isRetired)
    }
}
