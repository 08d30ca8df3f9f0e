internal import DurableFiles
internal import Glibc

extension LogDirectory: TileSource {
    /// A tile or a bundle; nil when there is none. A partial one that was removed is cut from the full one.
    package func read(_ path: TilePath) async throws -> [UInt8]? {
        try await LogThread.run { () throws(TransparencyLogError) in try stored(path) }
    }

    /// The same, blocking.
    func stored(_ path: TilePath) throws(TransparencyLogError) -> [UInt8]? {
        if let bytes = try contents(path) { return bytes }
        guard !path.isFull, let full = try contents(path.full) else { return nil }
        switch path.kind {
        case .hashes:
            return Array(full.prefix(path.width * LogHash.byteCount))
        case .entries:
            guard let end = Self.end(ofEntries: path.width, in: full) else {
                throw TransparencyLogError(.damage, "\(file(of: path.full)): fewer than 256 entries")
            }
            return Array(full[..<end])
        }
    }

    /// A tile of hashes that may not have been written in this width, or not at all at its level: a hash of a higher
    /// level is the root of a full tile below it.
    ///
    /// Only for trees whose full tiles are all there.
    func derived(_ path: TilePath) throws(TransparencyLogError) -> [UInt8]? {
        if let bytes = try stored(path) { return bytes }
        guard case .hashes(let level) = path.kind, level > 0 else { return nil }
        var bytes: [UInt8] = []
        for index in 0..<UInt64(path.width) {
            guard let below = TilePath(.hashes(level: level - 1), number: path.number * 256 + index),
                let tile = try derived(below)
            else { return nil }
            guard let root = try HashTile(parsing: tile, width: TilePath.fullWidth).fullRoot else { return nil }
            root.append(to: &bytes)
        }
        return bytes
    }

    /// Exactly this file.
    func contents(_ path: TilePath) throws(TransparencyLogError) -> [UInt8]? {
        do throws(FileFailure) {
            return try WholeFile.read(file(of: path), limit: path.maximumContentByteCount)
        } catch {
            if error.isAbsence { return nil }
            throw TransparencyLogError(error)
        }
    }

    /// Where the first `count` entries of a bundle end.
    static func end(ofEntries count: Int, in bundle: [UInt8]) -> Int? {
        var end = 0
        for _ in 0..<count {
            guard end + 2 <= bundle.count else { return nil }
            end += 2 + Int(bundle[end]) << 8 + Int(bundle[end + 1])
        }
        return end <= bundle.count ? end : nil
    }
}

extension LogDirectory {
    /// The hash of an entry that is in a full tile; nil for others.
    func leaf(_ index: UInt64) -> LogHash? {
        guard let path = TilePath(.hashes(level: 0), number: index / 256) else { return nil }
        let descriptor = open(file(of: path), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let bytes = try? readAll(descriptor, at: Int(index % 256) * LogHash.byteCount, count: LogHash.byteCount, "")
        return bytes.flatMap { LogHash($0) }
    }
}

extension LogDirectory {
    /// A full tile or bundle that must be there.
    func needed(_ path: TilePath) throws(TransparencyLogError) -> [UInt8] {
        guard let bytes = try contents(path) else {
            throw TransparencyLogError(.damage, "\(file(of: path)): is missing")
        }
        return bytes
    }
}

extension LogDirectory {
    /// An entry of the tree of some size, as this folder has it; nil for one that is not in that tree. Blocks.
    package func entry(_ index: UInt64, inTreeOf size: UInt64) throws(TransparencyLogError) -> [UInt8]? {
        guard index < size, let path = TilePath(.entries, number: index / 256, inTreeOf: size),
            let bundle = try stored(path)
        else { return nil }
        return try EntryBundle.decode(bundle, count: path.width)[Int(index % 256)]
    }

    /// The root that a tree had at a size, from the tiles of a larger one of this folder. Blocks.
    package func root(of old: UInt64, inTreeOf size: UInt64) throws -> LogHash {
        try TileProofs.subtreeHash(0..<old, size: size) { try stored($0) }
    }
}
