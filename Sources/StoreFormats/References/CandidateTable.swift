/// The hash parts that a ``ReferenceScanner`` looks for, laid out so that a window of bytes is told quickly from all of
/// them.
struct CandidateTable: Sendable {
    /// A window as four words.
    private typealias Window = SIMD4<UInt64>

    private let windows: [Window: Int]
    private let pathsByIndex: [[StorePath]]
    /// A bit for what the first bytes of each hash part are mixed to: nearly every window that is no candidate is told by
    /// it alone.
    private let filter: [UInt64]
    private let filterShift: UInt64
    private let isDigit: [Bool]

    init(_ candidates: some Sequence<StorePath>) {
        let groups = Dictionary(grouping: Set(candidates), by: \.hashPart)
        var windows: [Window: Int] = [:]
        var paths: [[StorePath]] = []
        for (hashPart, group) in groups {
            let window = [UInt8](hashPart.utf8).withUnsafeBytes { CandidateTable.window($0.baseAddress, $0.count) }
            guard let window else { continue }
            windows[window] = paths.count
            paths.append(group)
        }
        // 64 bits for each candidate: one window of digits in 64 gets through to the dictionary.
        var bits: UInt64 = 12
        while bits < 26, 1 << bits < 64 * windows.count { bits += 1 }
        let shift = 64 - bits
        var filter = [UInt64](repeating: 0, count: 1 << Int(bits - 6))
        for window in windows.keys {
            let bit = CandidateTable.mix(window[0]) >> shift
            filter[Int(bit >> 6)] |= 1 << (bit & 63)
        }
        self.windows = windows
        self.pathsByIndex = paths
        self.filter = filter
        self.filterShift = shift
        isDigit = (0..<256).map { Nix32.isDigit(UInt8($0)) }
    }

    /// How many different hash parts there are.
    var hashPartCount: Int { pathsByIndex.count }

    /// The candidates with the hash part of a number.
    func paths(of index: Int) -> [StorePath] { pathsByIndex[index] }

    /// Moves a window over bytes to the next place that may be a candidate.
    ///
    /// - Parameters:
    ///   - base: The bytes.
    ///   - start: Where the window is; afterwards where to go on.
    ///   - valid: How many bytes at the window's beginning are known to be digits.
    ///   - last: The last place that the window may have.
    /// - Returns: Where the window was when it passed the filter; nil at the end.
    func nextWindow(
        _ base: UnsafeRawPointer, _ start: inout Int, _ valid: inout Int, last: Int
    ) -> UnsafeRawPointer? {
        // Local copies and plain pointers: this loop is what the speed of a scan hangs on.
        var place = start
        var known = valid
        let length = StorePath.hashPartLength
        let shift = filterShift
        return isDigit.withUnsafeBufferPointer { isDigit in
            filter.withUnsafeBufferPointer { filter in
                while place <= last {
                    let first = place &+ known
                    var index = place &+ length &- 1
                    while index >= first, isDigit[Int(base.load(fromByteOffset: index, as: UInt8.self))] {
                        index &-= 1
                    }
                    if index >= first {
                        // What lies behind the byte that is no digit was just read: digits.
                        known = place &+ length &- 1 &- index
                        place = index &+ 1
                        continue
                    }
                    let window = base + place
                    place &+= 1
                    known = length &- 1
                    let bit = CandidateTable.mix(window.loadUnaligned(as: UInt64.self)) &>> shift
                    if filter[Int(truncatingIfNeeded: bit &>> 6)] & (1 &<< (bit & 63)) != 0 {
                        start = place
                        valid = known
                        return window
                    }
                }
                return nil
            }
        }
    }

    /// The number of the hash part that these 32 bytes are.
    func match(_ bytes: UnsafeRawPointer) -> Int? {
        CandidateTable.window(bytes, StorePath.hashPartLength).flatMap { windows[$0] }
    }

    private static func window(_ bytes: UnsafeRawPointer?, _ count: Int) -> Window? {
        guard let bytes, count == 32 else { return nil }
        return Window(
            bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self),
            bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
            bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self),
            bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self))
    }

    /// Spreads what differs between digits over the upper bits.
    @inline(__always)
    private static func mix(_ word: UInt64) -> UInt64 {
        word &* 0x9e37_79b9_7f4a_7c15
    }
}
