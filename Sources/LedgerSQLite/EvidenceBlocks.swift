internal import Compression

/// Evidence in blocks of many items, each with its length in front: four bytes, least significant first.
///
/// What proves one claim is much like what proves the next, so together they take a third of the room. A block is written
/// when rows are recorded, and never changed.
enum EvidenceBlocks {
    /// Bytes after which a block is written: as far back as LZ4 looks for what repeats.
    static let blockSize = 65_536

    /// The items of a block, by their places in it; nil when it is damaged.
    static func items(_ stored: [UInt8], size: Int64) -> [ArraySlice<UInt8>]? {
        // A block that did not become smaller is kept as it is.
        guard let size = Int(exactly: size),
            let content = stored.count == size ? stored : try? LZ4Block.decompress(stored, size: size)
        else { return nil }
        var items: [ArraySlice<UInt8>] = []
        var rest = content[...]
        while !rest.isEmpty {
            guard rest.count >= 4 else { return nil }
            var count = 0
            for byte in rest.prefix(4).reversed() { count = count << 8 | Int(byte) }
            rest = rest.dropFirst(4)
            guard count <= rest.count else { return nil }
            items.append(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
        return items
    }
}
