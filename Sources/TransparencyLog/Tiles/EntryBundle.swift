/// Up to 256 neighbouring entries in one file: two bytes of length, most significant first, and the entry, for each.
package enum EntryBundle {
    /// The longest entry that a bundle can hold.
    package static let maximumEntryByteCount = 65_535

    /// The longest bundle.
    package static let maximumByteCount = TilePath.fullWidth * (2 + maximumEntryByteCount)

    /// Writes entries.
    ///
    /// - Throws: ``TransparencyLogError/Code/limit`` for more than 256 entries or one of more than
    ///   ``maximumEntryByteCount``.
    package static func encode(_ entries: [[UInt8]]) throws(TransparencyLogError) -> [UInt8] {
        guard entries.count <= TilePath.fullWidth else {
            throw TransparencyLogError(.limit, "\(entries.count) entries; a bundle holds \(TilePath.fullWidth)")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(entries.reduce(0) { $0 + 2 + $1.count })
        for entry in entries {
            guard entry.count <= maximumEntryByteCount else {
                throw TransparencyLogError(
                    .limit, "an entry of \(entry.count) bytes; \(maximumEntryByteCount) are the most")
            }
            bytes.append(UInt8(entry.count >> 8))
            bytes.append(UInt8(entry.count & 255))
            bytes += entry
        }
        return bytes
    }

    /// Reads exactly so many entries, with nothing behind them.
    ///
    /// - Throws: ``TransparencyLogError/Code/tile``.
    package static func decode(_ bytes: [UInt8], count: Int) throws(TransparencyLogError) -> [[UInt8]] {
        var entries: [[UInt8]] = []
        entries.reserveCapacity(min(count, TilePath.fullWidth))
        var position = 0
        while position < bytes.count {
            guard entries.count < count, bytes.count - position >= 2 else { throw damaged(count) }
            let length = Int(bytes[position]) << 8 | Int(bytes[position + 1])
            position += 2
            guard bytes.count - position >= length else { throw damaged(count) }
            entries.append(Array(bytes[position..<(position + length)]))
            position += length
        }
        guard entries.count == count else { throw damaged(count) }
        return entries
    }

    private static func damaged(_ count: Int) -> TransparencyLogError {
        TransparencyLogError(.tile, "bytes that are no bundle of \(count) entries")
    }
}
