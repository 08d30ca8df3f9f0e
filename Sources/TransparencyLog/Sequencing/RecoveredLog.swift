internal import DurableFiles
internal import Glibc

/// A log as it was found on the disk, checked and brought up to date: what a sequencer goes on from. Blocks.
struct RecoveredLog {
    let log: LogDirectory
    let lock: WriterLock
    let journal: Journal
    let tree: Frontier
    let integrator: Integrator
    let published: VerifiedCheckpoint
    let leaves: LeafLookup
    let keys: HashIndex?
    /// Whether the indices could not be brought up to date.
    let isIndexBehind: Bool
    let event: SequencerEvent?

    /// - Throws: `.busy`, `.missing` when there is no log, `.damage` when what is there does not fit together.
    init(
        _ log: LogDirectory, signer: NoteSigner, keysOf: (@Sendable ([UInt8]) -> [LogHash])?
    ) throws(TransparencyLogError) {
        guard FileStatus(path: log.headFile) != nil else {
            throw TransparencyLogError(.missing, "\(log.root): there is no log; make one with `quorate log init`")
        }
        lock = try WriterLock(log.lockFile)
        try log.makeFolders()
        guard let head = try log.head(key: signer.key) else {
            throw TransparencyLogError(.missing, "\(log.headFile): is gone")
        }
        let writer = TileWriter(log)
        try writer.clean()
        let reader = try JournalReader(folder: log.journalFolder, origin: head.origin)
        for path in reader.unfinished { unlink(path) }
        let edge = try Self.edge(log, size: reader.segments.first?.first ?? head.size)
        var tree = edge.tree
        let begin = tree.size
        let integrator = Integrator(log: log, signer: signer, edge: edge, head: head, writer: writer)
        let end = try reader.replay(behind: &tree) { (batch) throws(TransparencyLogError) in
            integrator.add(batch)
            try integrator.flush()
        }
        let journal = Journal(folder: log.journalFolder, origin: head.origin, segments: reader.segments)
        try journal.resume(at: end.offset)
        published = try Self.check(log, integrator, head, tree)
        event =
            end.droppedByteCount > 0 || tree.size > head.size
            ? .recoveredJournal(
                entries: tree.size - max(begin, min(head.size, tree.size)), droppedBytes: end.droppedByteCount)
            : nil
        let recent = RecentLeaves(first: integrator.edge.fullSize)
        recent.add(integrator.edge.levels.first ?? [])
        leaves = LeafLookup(log: log, recent: recent, index: try HashIndex("\(log.indexFolder)/leaves"))
        keys = keysOf == nil ? nil : try HashIndex("\(log.indexFolder)/keys")
        // A full disk must not keep the log from being served; the index is filled at a later start then.
        isIndexBehind = (try? Self.fill(leaves.index, keys, keysOf, log, integrator.edge)) == nil
        self.log = log
        self.journal = journal
        self.tree = tree
        self.integrator = integrator
    }

    /// The right edge at a size up to which every bundle is full, or there in that width.
    static func edge(_ log: LogDirectory, size: UInt64) throws(TransparencyLogError) -> RightEdge {
        var edge = try RightEdge(log, size: size & ~255)
        let width = Int(size % 256)
        guard width > 0 else { return edge }
        guard let path = TilePath(.entries, number: size / 256, width: width), let bundle = try log.stored(path) else {
            throw TransparencyLogError(
                .damage, "\(log.root): the bundle of entry \(size - 1) is missing, and the journal begins behind it")
        }
        let entries = try EntryBundle.decode(bundle, count: width)
        _ = edge.append(bundle[...], leaves: entries.map(MerkleHash.leaf)[...])
        return edge
    }

    /// Compares what was signed and published with what is there; the published checkpoint.
    private static func check(
        _ log: LogDirectory, _ integrator: Integrator, _ head: VerifiedCheckpoint, _ tree: Frontier
    ) throws(TransparencyLogError) -> VerifiedCheckpoint {
        guard head.size <= tree.size else {
            throw TransparencyLogError(
                .damage,
                "\(log.root): \(head.size) entries were signed and only \(tree.size) are here: part of the log is lost "
                    + "or an old copy was put back. Going on would fork it, so nothing is written")
        }
        guard try integrator.root(of: head.size) == head.root else {
            throw TransparencyLogError(
                .damage, "\(log.root): the entries here are not those that were signed; `log fsck` tells more")
        }
        let published: VerifiedCheckpoint
        if let note = try log.checkpointNote() {
            // Cosignatures are collected anew; which of these lines are good is not known here.
            published = try VerifiedCheckpoint(note, logKey: head.logKey)
        } else {
            published = head
        }
        guard published.size <= head.size, try integrator.root(of: published.size) == published.root else {
            throw TransparencyLogError(
                .damage,
                "\(log.checkpointFile): is not of this log as it was signed last (\(head.size) entries): "
                    + "files of different times were put together")
        }
        return published
    }

    /// Adds to the indices what they miss: after a crash, or all of it when they are new.
    private static func fill(
        _ leaves: HashIndex, _ keys: HashIndex?, _ keysOf: (@Sendable ([UInt8]) -> [LogHash])?, _ log: LogDirectory,
        _ edge: RightEdge
    ) throws(TransparencyLogError) {
        if leaves.covered > edge.size { try leaves.reset() }
        var number = leaves.covered / 256
        while number < edge.size / 256, let path = TilePath(.hashes(level: 0), number: number) {
            let tile = try HashTile(parsing: try log.needed(path), width: 256)
            for (place, leaf) in tile.hashes.enumerated() { try leaves.insert(leaf, number * 256 + UInt64(place)) }
            number += 1
        }
        for (place, leaf) in (edge.levels.first ?? []).enumerated() {
            try leaves.insert(leaf, edge.fullSize + UInt64(place))
        }
        try leaves.cover(edge.size)
        guard let keys, let keysOf else { return }
        if keys.covered > edge.size { try keys.reset() }
        number = keys.covered / 256
        while number < edge.size / 256, let path = TilePath(.entries, number: number) {
            for (place, entry) in try EntryBundle.decode(try log.needed(path), count: 256).enumerated() {
                for key in keysOf(entry) { try keys.insert(key, number * 256 + UInt64(place)) }
            }
            number += 1
        }
        for (place, entry) in try EntryBundle.decode(edge.bundle, count: Int(edge.size % 256)).enumerated() {
            for key in keysOf(entry) { try keys.insert(key, edge.fullSize + UInt64(place)) }
        }
        try keys.cover(edge.size)
    }
}
