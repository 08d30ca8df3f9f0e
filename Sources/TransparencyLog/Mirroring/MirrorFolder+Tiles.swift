internal import DurableFiles
internal import Glibc

/// The tiles over the entries (c2sp.org/tlog-tiles).
extension MirrorFolder {
    /// Makes the tiles of a larger tree, and checks that they give the root that the log signed, before the mirror says
    /// that it has them.
    ///
    /// The disk may have changed a tile since it was written. Tiles follow from the entries, so they are made once more
    /// from those before giving up; wrong ones are not left behind, for whatever is made from them would be wrong too.
    func makeTiles(
        from old: UInt64, to checkpoint: Checkpoint, with writer: inout TileWriter
    ) throws(TransparencyLogError) {
        try writeTiles(from: old, to: checkpoint.size, with: &writer)
        if try hasRoot(of: checkpoint) { return }
        removeHashes(from: old, to: checkpoint.size)
        try writeTiles(from: old, to: checkpoint.size, with: &writer)
        if try hasRoot(of: checkpoint) { return }
        removeHashes(from: old, to: checkpoint.size)
        throw TransparencyLogError(
            .records,
            "\(root): the entries up to \(checkpoint.size) do not give the root that the log signed: the disk has "
                + "changed some; remove the bundles from \(old / UInt64(TilePath.fullWidth)) on, they are sent again")
    }

    /// Writes what a tree of `new` entries has and one of `old` has not, from the bundles that are stored.
    ///
    /// - Throws: ``TransparencyLogError`` `.missing` when entries are not there, `.records`.
    private func writeTiles(
        from old: UInt64, to new: UInt64, with writer: inout TileWriter
    ) throws(TransparencyLogError) {
        var files: [(path: TilePath, bytes: [UInt8])] = []
        // Each level is made from the one below, which comes before it and has to be on the disk by then.
        for path in TilePath.paths(from: old, to: new) where !has(path) {
            if let last = files.last, last.path.kind != path.kind || files.count >= Self.filesAtOnce {
                try write(files, with: &writer)
                files.removeAll()
            }
            switch path.kind {
            case .entries:
                // A part is not needed where the whole is: clients ask for that when a part is gone.
                if has(path.full) { continue }
                files.append((path, try EntryBundle.encode(try storedEntries(path))))
            case .hashes(level: 0):
                files.append((path, Self.bytes(try storedEntries(path).map { MerkleHash.leaf($0) })))
            case .hashes(let level):
                files.append((path, Self.bytes(try hashes(level: level, path, old: old))))
            }
        }
        try write(files, with: &writer)
    }

    /// What an authenticated package stores: its bundle, and the tile over it where that is full, whose hashes are at
    /// hand.
    static func files(
        bundle number: UInt64, _ entries: [[UInt8]], leaves: [LogHash]
    ) throws(TransparencyLogError) -> [(path: TilePath, bytes: [UInt8])] {
        guard let bundle = TilePath(.entries, number: number, width: entries.count) else { return [] }
        let bytes = try EntryBundle.encode(entries)
        guard bundle.isFull, let tile = TilePath(.hashes(level: 0), number: number) else { return [(bundle, bytes)] }
        return [(bundle, bytes), (tile, Self.bytes(leaves))]
    }

    /// Tiles that are held in memory before they are written.
    private static let filesAtOnce = 64

    private func hasRoot(of checkpoint: Checkpoint) throws(TransparencyLogError) -> Bool {
        do {
            return try TileProofs.root(size: checkpoint.size) { path in try read(path) } == checkpoint.root
        } catch let error as TransparencyLogError {
            throw error
        } catch {
            throw TransparencyLogError(.records, "\(root): \(error)")
        }
    }

    /// Removes the tiles of hashes that a tree of `new` entries has and one of `old` has not.
    private func removeHashes(from old: UInt64, to new: UInt64) {
        for path in TilePath.paths(from: old, to: new) where path.kind != .entries { unlink("\(root)/\(path.text)") }
    }

    /// Removes parts of tiles and bundles of a tree of `old` entries whose full ones exist by now.
    func removeParts(of old: UInt64) {
        guard old > 0 else { return }
        var kinds: [TilePath.Kind] = [.entries]
        for level in 0..<8 where old >> (8 * level) > 0 { kinds.append(.hashes(level: level)) }
        for kind in kinds {
            let level = if case .hashes(let level) = kind { level } else { 0 }
            let count = old >> (8 * level)
            guard let part = TilePath(kind, number: count / UInt64(TilePath.fullWidth), width: 1), has(part.full) else {
                continue
            }
            let folder = "\(root)/\(part.text.dropLast(2))"
            for name in (try? Directory.names(in: folder)) ?? [] { unlink("\(folder)/\(name)") }
            rmdir(folder)
        }
    }

    private func storedEntries(_ path: TilePath) throws(TransparencyLogError) -> [[UInt8]] {
        guard let entries = try entries(bundle: path.number, count: path.width) else {
            throw TransparencyLogError(
                .missing, "\(root): the first \(path.width) entries of bundle \(path.number) are not there")
        }
        return entries
    }

    /// The hashes of a tile above the lowest: those that the tree had before, and the roots of the full tiles below.
    private func hashes(
        level: Int, _ path: TilePath, old: UInt64
    ) throws(TransparencyLogError) -> [LogHash] {
        var hashes: [LogHash] = []
        if let before = TilePath(path.kind, number: path.number, inTreeOf: old), before.width <= path.width,
            let bytes = try read(before)
        {
            hashes = try HashTile(parsing: bytes, width: before.width).hashes
        }
        for index in hashes.count..<path.width {
            let number = path.number * UInt64(TilePath.fullWidth) + UInt64(index)
            guard let below = TilePath(.hashes(level: level - 1), number: number), let bytes = try read(below),
                let hash = try HashTile(parsing: bytes, width: TilePath.fullWidth).fullRoot
            else {
                throw TransparencyLogError(.missing, "\(root): tile \(number) of level \(level - 1) is not there")
            }
            hashes.append(hash)
        }
        return hashes
    }

    private static func bytes(_ hashes: [LogHash]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(hashes.count * LogHash.byteCount)
        for hash in hashes { hash.append(to: &bytes) }
        return bytes
    }
}
