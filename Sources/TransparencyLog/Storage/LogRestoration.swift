internal import DurableFiles
internal import Glibc

/// Brings a log's folder up to what a copy of it holds: after a disk was lost, or an old backup put back.
///
/// The folder may be empty, or hold an older state of the same log. Nothing is believed but what leads to a checkpoint
/// that the log itself signed, and nothing is signed. What is in the folder already stays, and has to be a part of what
/// comes; so a run that was cut short is run again.
package final class LogRestoration: @unchecked Sendable {
    // Used by one task at a time, which waits for each of the threads that it starts.
    private let log: LogDirectory
    private let checkpoint: VerifiedCheckpoint
    private let lock: WriterLock
    private var writer: TileWriter
    private var edge: RightEdge
    private var files: [(path: TilePath, bytes: [UInt8])] = []
    /// The tree that was in the folder.
    private let before: Frontier

    /// Full tiles written with one sync of each folder.
    private static let filesInBatch = 256

    private init(
        _ log: LogDirectory, signer: NoteSigner, to checkpoint: VerifiedCheckpoint
    ) throws(TransparencyLogError) {
        self.log = log
        self.checkpoint = checkpoint
        try log.makeFolders()
        if FileStatus(path: log.headFile) == nil {
            lock = try WriterLock(log.lockFile)
            before = Frontier()
            edge = RightEdge()
        } else {
            // Finishes what the last writer left, so that what is here is in tiles.
            let found = try RecoveredLog(log, signer: signer, keysOf: nil)
            lock = found.lock
            before = found.tree
            edge = try RightEdge(log, size: found.integrator.edge.fullSize)
        }
        writer = TileWriter(log)
        try writer.clean()
    }

    /// Brings a folder up to a checkpoint.
    ///
    /// - Parameters:
    ///   - signer: The log's key, which signs nothing here.
    ///   - checkpoint: Of the same log.
    ///   - source: Where its tiles and bundles are.
    /// - Returns: How many entries were there, and how many are now.
    /// - Throws: `.busy` when another process writes the log; `.rollback` when the folder has entries that the copy
    ///   lacks, or others in their places; `.damage` when what is in the folder does not fit together; and what keeps
    ///   the copy from being read.
    package static func restore(
        _ log: LogDirectory, signer: NoteSigner, to checkpoint: VerifiedCheckpoint, from source: any TileSource
    ) async throws -> (before: UInt64, after: UInt64) {
        guard checkpoint.logKey == signer.key else {
            throw TransparencyLogError(.key, "the copy is of another log than the key of \(signer.key.name)")
        }
        let restoration = try await LogThread.run { () throws(TransparencyLogError) in
            try LogRestoration(log, signer: signer, to: checkpoint)
        }
        let before = restoration.before
        guard before.size <= checkpoint.size else {
            throw TransparencyLogError(
                .rollback,
                "\(log.root) has \(before.size) entries and the copy \(checkpoint.size): nothing to bring back")
        }
        let reader = TileReader(source: source, checkpoint: checkpoint)
        if before.size > 0, try await reader.hash(of: 0..<before.size) != before.root {
            throw TransparencyLogError(
                .rollback,
                "\(log.root) has other entries than the copy: it went its own way since it was put back. Move the folder "
                    + "away, and restore into an empty one")
        }
        try await reader.forEachBundle(in: restoration.edge.fullSize..<checkpoint.size) { bundle in
            try await LogThread.run { () throws(TransparencyLogError) in try restoration.take(bundle) }
        }
        try await LogThread.run { () throws(TransparencyLogError) in try restoration.finish() }
        return (before.size, checkpoint.size)
    }

    private func take(_ bundle: VerifiedBundle) throws(TransparencyLogError) {
        files += edge.append(try EntryBundle.encode(bundle.entries)[...], leaves: bundle.leafHashes[...])
        if files.count >= Self.filesInBatch { try flush() }
    }

    private func flush() throws(TransparencyLogError) {
        try writer.write(files)
        files = []
    }

    /// Puts the new head in its place once all that it stands on is on the disk.
    private func finish() throws(TransparencyLogError) {
        try flush()
        guard edge.size == checkpoint.size, edge.tree.root == checkpoint.root else {
            throw TransparencyLogError(.damage, "\(log.root): what was written is not what the copy has")
        }
        try writer.write(edge.partials)
        // Of the signatures only the log's own: who else signed has not been looked at.
        let own = try checkpoint.note.verified(by: [checkpoint.logKey]).map(\.signature)
        let note = try SignedNote(text: checkpoint.note.text, signatures: own).bytes
        let isNew = FileStatus(path: log.checkpointFile) == nil
        try filing { () throws(FileFailure) in
            // The journal holds nothing that is not in tiles now, and would begin before the head.
            for name in try Directory.names(in: log.journalFolder) { unlink("\(log.journalFolder)/\(name)") }
            if isNew { try WholeFile.replace(log.checkpointFile, note, mode: 0o644) }
            try WholeFile.replace(log.headFile, note, mode: 0o600)
        }
        lock.release()
    }
}
