internal import DurableFiles
internal import Glibc

/// One look at all of a log.
struct LogCheckPass {
    private let log: LogDirectory
    private let key: NoteKey
    private let options: LogCheck.Options
    private(set) var report = LogCheck.Report()
    // The tree as the bundles and the journal give it.
    private var edge = RightEdge()
    private var tree = Frontier()
    // Sizes whose root is wanted, with the root that was signed.
    private var wanted: [(size: UInt64, root: LogHash, path: String)] = []
    private var index: HashIndex?
    // Full tiles that the journal gives and that are not written yet.
    private var unwritten: [TilePath: [UInt8]] = [:]

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

    private mutating func damage(_ path: String, _ message: String) { report.add(.damage, path, message) }

    private mutating func readCheckpoints() {
        for (path, isHead) in [(".state/head", true), ("checkpoint", false)] {
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

    /// Looks at every file below `tile/`.
    private mutating func checkFiles(isAlone: Bool) throws(TransparencyLogError) {
        var partialFolders: [TilePath] = []
        var strangers: [String] = []
        var beyond: [String] = []
        let size = tree.size
        try log.forEachTileFile { (path, isPartialFolder) throws(TransparencyLogError) in
            guard let path else {
                strangers.append("tile")
                return
            }
            if isPartialFolder {
                partialFolders.append(path)
            } else if TilePath(path.kind, number: path.number, inTreeOf: size)?.isFull != true {
                beyond.append(path.text)
            }
        }
        for place in strangers { report.add(.leftover, place, "a file that is no tile is below it") }
        // While the log is written it grows beyond what was read.
        if isAlone { for place in beyond { damage(place, "the log is not so long") } }
        for path in partialFolders { try checkPartials(of: path, isAlone: isAlone) }
        for name in (try? Directory.names(in: log.newFolder)) ?? [] where isAlone {
            report.add(.leftover, ".state/new/\(name)", "an unfinished write")
        }
    }

    private mutating func checkPartials(of full: TilePath, isAlone: Bool) throws(TransparencyLogError) {
        let folder = log.file(of: full) + ".p"
        let names = try filing { () throws(FileFailure) in try Directory.names(in: folder) }
        let whole = try log.contents(full) ?? unwritten[full]
        for name in names {
            guard let path = try? TilePath(parsing: "\(full.text).p/\(name)") else {
                report.add(.leftover, "\(full.text).p/\(name)", "is no partial tile")
                continue
            }
            guard let bytes = try log.contents(path) else { continue }
            let expected: [UInt8]?
            switch path.kind {
            case .hashes: expected = whole.map { Array($0.prefix(path.width * LogHash.byteCount)) } ?? edge.tile(path)
            case .entries:
                let bundle = whole ?? (path.number == tree.size / 256 ? edge.bundle : [])
                expected = LogDirectory.end(ofEntries: path.width, in: bundle).map { Array(bundle[..<$0]) }
            }
            guard let expected else {
                if isAlone { damage(path.text, "the log is not so long") }
                continue
            }
            guard bytes == expected else {
                damage(path.text, "has other bytes than the entries give")
                continue
            }
            report.partials += 1
        }
        if whole != nil, let kept = TilePath(full.kind, number: full.number, inTreeOf: report.publishedSize), kept.isFull {
            report.add(.leftover, "\(full.text).p", "\(names.count) partial forms of what is full")
        }
    }

    private mutating func checkLists() throws(TransparencyLogError) {
        for kind in LogDirectory.ListKind.allCases {
            let folder = "\(log.root)/\(kind.rawValue)"
            for name in (try? Directory.names(in: folder)) ?? [] {
                guard let digest = LogHash(hex: name) else {
                    report.add(.leftover, "\(kind.rawValue)/\(name)", "is no digest")
                    continue
                }
                if (try? log.list(kind, digest)) == nil {
                    damage("\(kind.rawValue)/\(name)", "does not have the bytes that its name says")
                }
            }
        }
    }
}
