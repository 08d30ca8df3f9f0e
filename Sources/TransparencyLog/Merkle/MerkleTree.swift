/// The shape of the tree of RFC 9162: which ranges of leaves are its nodes.
enum MerkleTree {
    /// Where a range of at least two leaves is divided: the largest power of two below its length, from its start.
    static func split(_ range: Range<UInt64>) -> UInt64 {
        let length = range.upperBound - range.lowerBound
        return range.lowerBound + 1 << UInt64(63 - (length - 1).leadingZeroBitCount)
    }

    /// The height of a range that is a perfect subtree in its place: 2^height leaves from a multiple of 2^height; nil
    /// for any other range.
    static func perfectHeight(_ range: Range<UInt64>) -> Int? {
        guard !range.isEmpty else { return nil }
        let length = range.upperBound - range.lowerBound
        guard length.nonzeroBitCount == 1, range.lowerBound & (length - 1) == 0 else { return nil }
        return length.trailingZeroBitCount
    }

    /// The perfect subtrees that make up the tree of a size, from the left: the largest first.
    static func perfectRanges(size: UInt64) -> [Range<UInt64>] {
        var ranges: [Range<UInt64>] = []
        var start: UInt64 = 0
        while start < size {
            let length = UInt64(1) << UInt64(63 - (size - start).leadingZeroBitCount)
            ranges.append(start..<(start + length))
            start += length
        }
        return ranges
    }
}
