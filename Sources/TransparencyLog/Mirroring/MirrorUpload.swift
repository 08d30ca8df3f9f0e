/// One `add-entries` request (c2sp.org/tlog-mirror) being answered: takes the body in pieces, stores each package when
/// its proof was verified, and cosigns when nothing is missing.
///
/// Used by one thread at a time; any number of uploads of one log may run beside each other.
package final class MirrorUpload {
    private let mirror: LogMirror
    private var parser = AddEntriesParser()
    private var state = State.header

    private enum State {
        case header
        case packages(Target)
        case answered(AddEntriesAnswer)
    }

    /// What is being uploaded.
    private struct Target {
        let header: AddEntriesHeader
        /// The checkpoint of size `header.end` that was pending, now or earlier.
        let authentic: CheckpointGate.Authentic
        let folder: MirrorFolder
        /// The first entry that has not come yet.
        var position: UInt64
        /// Authenticated and not written yet: the disk takes many files in hardly more time than one.
        var files: [(path: TilePath, bytes: [UInt8])] = []
        var fileBytes = 0
        var writer: TileWriter
        /// Whether something of use came.
        var hasPackage = false
    }

    /// Bytes after which authenticated packages are written.
    private static let bytesAtOnce = 8 << 20
    /// Files after which they are: as many as are written together.
    private static let filesAtOnce = 64

    /// Entries that an upload may send again, because another upload was ahead of it: as many as one request should
    /// hold.
    private static let longestOverlap: UInt64 = 32 * 256

    init(_ mirror: LogMirror) { self.mirror = mirror }

    /// Takes the next piece of the body.
    ///
    /// - Returns: Whether more is wanted. If not, the answer is decided, and what is left of the body is of no use.
    /// - Throws: ``TransparencyLogError`` `.records` when the mirror's own files fail.
    package func push(_ bytes: [UInt8]) throws(TransparencyLogError) -> Bool {
        parser.push(bytes)
        do throws(TransparencyLogError) {
            if case .header = state, let header = try parser.takeHeader() { try begin(header) }
            while case .packages(let target) = state, let package = try parser.takePackage() {
                try take(package, target)
            }
        } catch {
            guard error.code == .submission else { throw error }
            // What was stored before stays of use: then the client is told how far it came.
            guard case .packages(var target) = state, target.hasPackage else {
                state = .answered(.malformed(error.message))
                return false
            }
            try store(&target)
            state = .answered(.accepted(try info(of: target.folder, preferring: target.authentic)))
        }
        return switch state {
        case .header: true
        case .packages(let target): target.position < target.header.end
        case .answered: false
        }
    }

    /// Answers when the body has ended, or when no more of it is wanted.
    ///
    /// - Parameter now: Seconds since 1970.
    /// - Throws: ``TransparencyLogError`` `.records`.
    package func finish(now: UInt64) throws(TransparencyLogError) -> AddEntriesAnswer {
        switch state {
        case .answered(let answer): return answer
        case .header: return .malformed("add-entries: the request ends within its header")
        case .packages(var target):
            try store(&target)
            state = .packages(target)
            if target.position == target.header.end { return try commit(target, now: now) }
            guard target.hasPackage else { return .malformed("add-entries: not one whole package") }
            return .accepted(try info(of: target.folder, preferring: target.authentic))
        }
    }

    /// Decides whether this upload is of use.
    private func begin(_ header: AddEntriesHeader) throws(TransparencyLogError) {
        let logs = mirror.logs
        guard !logs.keys(of: header.origin).isEmpty else {
            state = .answered(.unknownLog)
            return
        }
        let folder = mirror.folder(origin: header.origin)
        guard let pending = try folder.pending() else {
            state = .answered(.unprocessable("no pending checkpoint: add-checkpoint comes first"))
            return
        }
        let stored = try folder.checkpoint()
        guard let authentic = target(header, pending: pending, stored: stored, logs: logs),
            header.end >= stored?.checkpoint.size ?? 0
        else {
            state = .answered(.conflict(try info(of: folder, preferring: nil)))
            return
        }
        let next = mirror.nextEntry(of: folder, signed: stored?.checkpoint.size ?? 0)
        let isTooLow = header.start < header.end && header.start + Self.longestOverlap < next
        guard header.start <= next, !isTooLow else {
            state = .answered(.conflict(try info(of: folder, preferring: authentic)))
            return
        }
        state = .packages(
            Target(
                header: header, authentic: authentic, folder: folder, position: header.start, writer: folder.writer))
    }

    /// The checkpoint of the size that the client names, if it is or was the pending one.
    private func target(
        _ header: AddEntriesHeader, pending: CheckpointRecord, stored: CheckpointRecord?, logs: KnownLogs
    ) -> CheckpointGate.Authentic? {
        for record in [pending, stored] {
            guard let record, record.checkpoint.size == header.end else { continue }
            return CheckpointGate.Authentic(
                checkpoint: record.checkpoint, lines: record.note.signatures.filter { !isOurs($0) })
        }
        // A ticket says that this mirror took the checkpoint; that its key is still trusted is looked at again.
        guard let note = mirror.tickets.note(in: header.ticket) else { return nil }
        do throws(CheckpointGate.Refusal) {
            let authentic = try CheckpointGate.authenticate(note, logs: logs)
            return authentic.checkpoint.origin == header.origin && authentic.checkpoint.size == header.end
                ? authentic : nil
        } catch {
            return nil
        }
    }

    private func isOurs(_ line: NoteSignature) -> Bool { line.name == mirror.key.name && line.keyID == mirror.key.id }

    /// Verifies one package and stores its entries.
    private func take(_ package: EntryPackage, _ target: Target) throws(TransparencyLogError) {
        let folder = target.folder
        var target = target
        let skipped = Int(package.range.lowerBound - package.subtree.lowerBound)
        var entries: [[UInt8]] = []
        if skipped > 0 {
            guard let stored = try folder.entries(bundle: package.bundle, count: skipped) else {
                throw TransparencyLogError(
                    .records, "\(folder.root): bundle \(package.bundle) was stored and is not there any more")
            }
            entries = stored
        }
        entries += package.entries
        let leaves = entries.map { MerkleHash.leaf($0) }
        let checkpoint = target.authentic.checkpoint
        do throws(TransparencyLogError) {
            try MerkleProof.verifySubtree(
                package.proof, subtree: package.subtree, hash: MerkleHash.root(of: leaves), size: checkpoint.size,
                root: checkpoint.root)
        } catch {
            let range = package.range
            try store(&target)
            state = .answered(
                .unprocessable("entries \(range.lowerBound) to \(range.upperBound - 1): \(error.message)"))
            return
        }
        if mirror.nextEntry(of: folder) < package.range.upperBound {
            let files = try MirrorFolder.files(bundle: package.bundle, entries, leaves: leaves)
            target.files += files
            target.fileBytes += files.reduce(0) { $0 + $1.bytes.count }
        }
        target.position = package.range.upperBound
        target.hasPackage = true
        let isLast = target.position == target.header.end
        if isLast || target.fileBytes >= Self.bytesAtOnce || target.files.count >= Self.filesAtOnce {
            try store(&target)
        }
        state = .packages(target)
    }

    /// Writes what is authenticated. Only then does the mirror count it as its own.
    private func store(_ target: inout Target) throws(TransparencyLogError) {
        guard !target.files.isEmpty else { return }
        let (folder, files) = (target.folder, target.files)
        var writer = target.writer
        try folder.alone { () throws(TransparencyLogError) in
            try writer.clean()
            try folder.write(files, with: &writer)
        }
        target.writer = writer
        target.files = []
        target.fileBytes = 0
        mirror.stored(upTo: target.position, of: folder)
    }

    /// Makes the tiles, and signs if no later checkpoint was signed meanwhile.
    private func commit(_ target: Target, now: UInt64) throws(TransparencyLogError) -> AddEntriesAnswer {
        let (folder, checkpoint, mirror) = (target.folder, target.authentic.checkpoint, mirror)
        var writer = target.writer
        let answer = try folder.alone { () throws(TransparencyLogError) -> AddEntriesAnswer? in
            let stored = try folder.checkpoint()
            let size = stored?.checkpoint.size ?? 0
            guard checkpoint.size >= size else { return nil }
            let time = stored?.time(notBefore: now) ?? now
            if let stored, checkpoint.size == size {
                guard stored.checkpoint == checkpoint else {
                    throw TransparencyLogError(.records, "\(folder.root): two checkpoints of size \(size)")
                }
                if let own = stored.own, own.time == time { return .cosigned(lines: own.signature.line) }
            } else {
                try writer.clean()
                try folder.makeTiles(from: size, to: checkpoint, with: &writer)
            }
            let record = try CheckpointRecord(cosigning: target.authentic, by: mirror.signer, at: time)
            guard let own = record.own else {
                throw TransparencyLogError(.key, "\(mirror.key.name): the key's own signature cannot be read back")
            }
            try folder.setCheckpoint(record)
            folder.removeParts(of: size)
            return .cosigned(lines: own.signature.line)
        }
        if let answer { return answer }
        return .conflict(try info(of: folder, preferring: nil))
    }

    /// Where the copy stands, for the client's next try: with its own checkpoint when entries of that are missing.
    private func info(
        of folder: MirrorFolder, preferring target: CheckpointGate.Authentic?
    ) throws(TransparencyLogError) -> MirrorInfo {
        let stored = try folder.checkpoint()?.checkpoint.size ?? 0
        let next = mirror.nextEntry(of: folder, signed: stored)
        if let target, next <= target.checkpoint.size, stored <= target.checkpoint.size {
            let note = try SignedNote(text: target.checkpoint.text, signatures: target.lines)
            return MirrorInfo(size: target.checkpoint.size, next: next, ticket: mirror.tickets.ticket(for: note))
        }
        guard let pending = try folder.pending() else {
            throw TransparencyLogError(.records, "\(folder.root): the pending checkpoint is not there any more")
        }
        let lines = pending.note.signatures.filter { !isOurs($0) }
        let note = try SignedNote(text: pending.checkpoint.text, signatures: lines)
        return MirrorInfo(
            size: pending.checkpoint.size, next: min(next, pending.checkpoint.size),
            ticket: mirror.tickets.ticket(for: note))
    }
}
