internal import DurableFiles
internal import Glibc

/// One look at all of a log.
struct LogCheckPass {
    let log: LogDirectory
    private let key: NoteKey
    let options: LogCheck.Options
    var report = LogCheck.Report()
    // The tree as the bundles and the journal give it.
    private(set) var edge = RightEdge()
    private(set) var tree = Frontier()
    // Sizes whose root is wanted, with the root that was signed.
    private var wanted: [(size: UInt64, root: LogHash, path: String)] = []
    private var index: HashIndex?
    // Full tiles that the journal gives and that are not written yet.
    private(set) var unwritten: [TilePath: [UInt8]] = [:]

    init(log: LogDirectory, key: NoteKey, options: LogCheck.Options) {
        self.log = log
        self.key = key
        self.options = options
    }

    mutating func run(_ progress: (UInt64) -> Void) throws(TransparencyLogError) {
        guard FileStatus(path: log.headFile) != nil || FileStatus(path: log.checkpointFile) != nil else {
            throw TransparencyLogError(.missing, "\(log.root): there is no log")
        }
        // With the lock nobody writes, and the journal can be read; without it what is signed stands still.
        let lock = try? WriterLock(log.lockFile)
        defer { withExtendedLifetime(lock) {} }
        readCheckpoints()
        if options.index, FileStatus(path: "\(log.indexFolder)/leaves/covered") != nil, lock != nil {
            index = try? HashIndex("\(log.indexFolder)/leaves")
        }
        try readBundles(until: report.signedSize, progress)
        if lock != nil { readJournal() }
        report.durableSize = tree.size
        checkRoots()
        try checkFiles(isAlone: lock != nil)
        if options.lists { try checkLists() }
    }

    mutating func damage(_ path: String, _ message: String) { report.add(.damage, path, message) }

    private mutating func readCheckpoints() {
        // In this order: while the log is written, the head is never behind a checkpoint that was read before it.
        for (path, isHead) in [("checkpoint", false), (".state/head", true)] {
            do throws(TransparencyLogError) {
                let checkpoint: VerifiedCheckpoint
                if isHead {
                    guard let head = try log.head(key: key) else {
                        damage(path, "is missing")
                        continue
                    }
                    checkpoint = head
                    report.signedSize = head.size
                } else {
                    guard let note = try log.checkpointNote() else {
                        report.add(.leftover, path, "is missing; the sequencer writes it at its start")
                        continue
                    }
                    checkpoint = try VerifiedCheckpoint(note, logKey: key)
                    report.publishedSize = checkpoint.size
                }
                wanted.append((checkpoint.size, checkpoint.root, path))
            } catch {
                damage(path, error.message)
            }
        }
        if report.publishedSize > report.signedSize {
            damage("checkpoint", "has \(report.publishedSize) entries, and only \(report.signedSize) were signed")
            report.signedSize = report.publishedSize
        }
    }

    private mutating func readBundles(
        until size: UInt64, _ progress: (UInt64) -> Void
    ) throws(TransparencyLogError) {
        while tree.size < size {
            let width = Int(min(256, size - tree.size))
            guard let path = TilePath(.entries, number: tree.size / 256, width: width) else { return }
            guard let bytes = try log.stored(path), let entries = try? EntryBundle.decode(bytes, count: width) else {
                // The journal may have what a bundle should.
                damage(path.text, "is missing, or is no bundle of \(width) entries")
                return
            }
            take(bytes[...], entries.map(MerkleHash.leaf))
            if width == 256 { report.bundles += 1 } else { report.partials += 1 }
            if tree.size % (256 * 64) == 0 { progress(tree.size) }
        }
        progress(tree.size)
    }

    /// Takes entries in that fit into the bundle at the edge, and compares the tiles that they complete.
    private mutating func take(_ bytes: ArraySlice<UInt8>, _ leaves: [LogHash]) {
        let first = tree.size
        for (position, leaf) in leaves.enumerated() {
            tree.append(leaf)
            for position in wanted.indices where wanted[position].size == tree.size { settle(position) }
            guard let index else { continue }
            let number = first + UInt64(position)
            if number < index.covered, ((try? index.find(leaf)) ?? []).isEmpty {
                report.add(.leftover, ".state/index/leaves", "does not know entry \(number)")
            }
        }
        for (path, contents) in edge.append(bytes, leaves: leaves[...]) {
            guard (try? log.contents(path)) != contents else {
                if case .hashes = path.kind { report.tiles += 1 }
                continue
            }
            // What only the journal has may not be in tiles yet.
            guard tree.size <= report.signedSize || FileStatus(path: log.file(of: path)) != nil else {
                unwritten[path] = contents
                continue
            }
            damage(path.text, "is missing, or has other bytes than the entries give")
        }
    }

    private mutating func settle(_ position: Int) {
        let (size, root, path) = wanted[position]
        guard tree.root != root else {
            wanted[position].path = ""
            return
        }
        damage(path, "has the root \(root) for \(size) entries; the entries give \(tree.root)")
        wanted[position].path = ""
    }

    private mutating func readJournal() {
        do throws(TransparencyLogError) {
            let reader = try JournalReader(folder: log.journalFolder, origin: key.name)
            guard let first = reader.segments.first?.first else { return }
            guard first <= tree.size else {
                damage(".state/journal", "begins at entry \(first); what is before it ends at \(tree.size)")
                return
            }
            // Again from where the journal begins: it must say the same as the bundles, and may say more.
            var again = try RecoveredLog.edge(log, size: first).tree
            var entries: [EntryBatch] = []
            let end = try reader.replay(behind: &again) { (batch) throws(TransparencyLogError) in
                if batch.size > tree.size { entries.append(batch) }
            }
            if end.droppedByteCount > 0 {
                report.add(.leftover, ".state/journal", "\(end.droppedByteCount) bytes of an unfinished write")
            }
            for batch in entries { takeRest(of: batch) }
            if tree.size == again.size, tree.root != again.root {
                damage(".state/journal", "has other entries than the bundles")
            }
        } catch {
            damage(".state/journal", error.message)
        }
    }

    private mutating func takeRest(of batch: EntryBatch) {
        var position = Int(tree.size - min(tree.size, batch.first))
        while position < batch.count {
            let end = min(batch.count, position + 256 - Int(tree.size % 256))
            take(batch.bytes(position..<end), Array(batch.leaves[position..<end]))
            position = end
        }
    }

    private mutating func checkRoots() {
        for (size, root, path) in wanted where !path.isEmpty {
            if size > 0 {
                damage(path, "\(size) entries were signed, and only \(tree.size) are here")
            } else if root != MerkleHash.empty {
                damage(path, "has no entries and the root \(root)")
            }
        }
    }
}
