internal import DurableFiles
internal import Glibc

/// Puts what the journal has into tiles and bundles, and writes checkpoints: the only one that signs.
///
/// It runs behind the journal on a thread of its own, so that submitters never wait for tiles. What it could not write
/// stays in memory and in the journal until the disk takes it. Used by one thread.
final class Integrator {
    let log: LogDirectory
    private let signer: NoteSigner
    private var writer: TileWriter
    private(set) var edge: RightEdge
    /// The newest checkpoint that was ever signed.
    private(set) var head: VerifiedCheckpoint
    // What the head's file may hold: a replacement that failed may have happened all the same.
    private var headFiles: [[UInt8]]
    // Full tiles of entries that are in `edge` already.
    private var unwritten: [(path: TilePath, bytes: [UInt8])] = []
    // Sizes that partial tiles were written for, since those were last collected.
    private var partialSizes: [UInt64] = []

    init(
        log: LogDirectory, signer: NoteSigner, edge: RightEdge, head: VerifiedCheckpoint, writer: TileWriter
    ) {
        self.log = log
        self.signer = signer
        self.edge = edge
        self.head = head
        self.writer = writer
        headFiles = [head.note.bytes]
        partialSizes = [head.size]
    }

    /// Takes entries in; ``flush()`` makes their tiles durable.
    func add(_ batch: EntryBatch) {
        var position = 0
        while position < batch.count {
            let end = min(batch.count, position + 256 - Int(edge.size % 256))
            unwritten += edge.append(batch.bytes(position..<end), leaves: batch.leaves[position..<end])
            position = end
        }
    }

    /// Whether there are tiles that ``flush()`` has to write.
    var isBehind: Bool { !unwritten.isEmpty }

    /// Writes full tiles; the size that they make up.
    @discardableResult
    func flush() throws(TransparencyLogError) -> UInt64 {
        try writer.write(unwritten)
        unwritten = []
        return edge.fullSize
    }

    /// Signs the tree as it is, with all of its tiles on the disk before anybody can see the signature.
    ///
    /// The rule that nothing may break: no checkpoint is signed that is smaller than one that was signed before, or of
    /// the same size and another root. The head on the disk says what was signed; it is replaced before the signature
    /// leaves this function, and only when it is what this process put there.
    func sign() throws(TransparencyLogError) -> VerifiedCheckpoint {
        try flush()
        let tree = edge.tree
        if tree.size == head.size {
            guard tree.root == head.root else {
                throw TransparencyLogError(.damage, "\(log.root): another root was signed for \(head.size) entries")
            }
            try writer.write(edge.partials)
            return head
        }
        guard tree.size > head.size else {
            throw TransparencyLogError(.damage, "\(log.root): \(head.size) entries were signed, \(tree.size) are here")
        }
        partialSizes.append(tree.size)
        try writer.write(edge.partials)
        let checkpoint = try VerifiedCheckpoint(
            signing: Checkpoint(origin: head.origin, size: tree.size, root: tree.root), by: signer)
        let note = checkpoint.note.bytes
        try filing { () throws(FileFailure) in
            let there = try WholeFile.read(log.headFile, limit: SignedNote.maximumByteCount)
            guard headFiles.contains(there) else {
                throw FileFailure(log.headFile, "was changed by somebody else", code: ESTALE)
            }
            headFiles.append(note)
            try WholeFile.replace(log.headFile, note, mode: 0o600)
        }
        headFiles = [note]
        head = checkpoint
        return checkpoint
    }

    /// Publishes a checkpoint that ``sign()`` made, with what cosigners added to it.
    func publish(_ checkpoint: VerifiedCheckpoint) throws(TransparencyLogError) {
        try filing { () throws(FileFailure) in
            try WholeFile.replace(log.checkpointFile, checkpoint.note.bytes, mode: 0o644)
        }
        // Readers of older checkpoints take the full tiles.
        for size in partialSizes { log.removePartials(ofTreeOf: size, below: checkpoint.size) }
        partialSizes.removeAll { $0 < checkpoint.size & ~255 }
    }

    /// A tile of a tree that this log has or had, from the edge in memory or from the disk.
    func tile(_ path: TilePath) throws(TransparencyLogError) -> [UInt8]? {
        if let bytes = edge.tile(path) { return bytes }
        return try log.derived(path)
    }
}

extension Integrator {
    /// The proof that a tree of this log begins with an older one of it; empty from nothing and from itself.
    func consistency(from old: UInt64, to size: UInt64) throws(TransparencyLogError) -> [LogHash] {
        guard old > 0, old != size else { return [] }
        return try reading { try TileProofs.consistency(from: old, to: size, read: tile) }
    }

    /// The root of a tree that this log had.
    func root(of size: UInt64) throws(TransparencyLogError) -> LogHash {
        if size == 0 { return MerkleHash.empty }
        return try reading { try TileProofs.root(size: size, read: tile) }
    }

    /// Whether somebody saw this log as it is.
    ///
    /// - Throws: `.rollback` otherwise.
    func compare(_ seen: Checkpoint, from name: String) throws(TransparencyLogError) {
        guard seen.size <= head.size else {
            throw TransparencyLogError(
                .rollback,
                "\(name) cosigned \(seen.size) entries of this log, and here only \(head.size) were signed: "
                    + "an old copy was put back, perhaps. Going on would fork the log, so nothing is signed. "
                    + "Fetch the missing entries from a mirror, or retire this log and start another")
        }
        guard try root(of: seen.size) == seen.root else {
            throw TransparencyLogError(
                .rollback,
                "\(name) cosigned another tree of \(seen.size) entries with this log's signature: the log has "
                    + "forked, or its key is in other hands. Nothing is signed any more; see the page on lost keys")
        }
    }

    private func reading<Value>(_ body: () throws -> Value) throws(TransparencyLogError) -> Value {
        do {
            return try body()
        } catch let error as TransparencyLogError {
            throw error
        } catch {
            throw TransparencyLogError(.damage, "\(log.root): \(error)")
        }
    }
}
