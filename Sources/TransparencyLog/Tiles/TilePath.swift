/// Where a tile or a bundle of entries stands below a log's address (<https://c2sp.org/tlog-tiles>):
/// `tile/<level>/<number>[.p/<width>]` or `tile/entries/<number>[.p/<width>]`.
package struct TilePath: Hashable, Sendable {
    /// What stands there.
    package enum Kind: Hashable, Sendable {
        /// Hashes of subtrees of 256^level leaves; levels are 0 to 63.
        case hashes(level: Int)
        /// Entries themselves.
        case entries
    }

    /// What stands there.
    package let kind: Kind
    /// Which one of its kind, from the left.
    package let number: UInt64
    /// How many hashes or entries: ``fullWidth``, or fewer at the right edge of a tree.
    package let width: Int

    /// Hashes or entries in a full tile.
    package static let fullWidth = 256
    /// The highest level that a path can name; trees that exist end at level 7.
    package static let maximumLevel = 63
    /// The longest path in bytes: level, seven groups of digits and a width.
    package static let maximumByteCount = 48

    /// Nil for levels, numbers and widths that no tile has.
    package init?(_ kind: Kind, number: UInt64, width: Int = TilePath.fullWidth) {
        if case .hashes(let level) = kind, level < 0 || level > Self.maximumLevel { return nil }
        guard width >= 1, width <= Self.fullWidth, number <= StrictText.maximumNumber else { return nil }
        self.init(unchecked: kind, number: number, width: width)
    }

    private init(unchecked kind: Kind, number: UInt64, width: Int) {
        self.kind = kind
        self.number = number
        self.width = width
    }

    /// Reads a path in its one spelling, without a slash before it.
    ///
    /// - Throws: ``TransparencyLogError/Code/tile``.
    package init(parsing text: some StringProtocol) throws(TransparencyLogError) {
        guard let path = Self.parse(Array(text.utf8)) else {
            throw TransparencyLogError(.tile, "\(StrictText.shown(text.utf8)) is no path of a tile")
        }
        self = path
    }

    /// Whether it is a full tile or bundle.
    package var isFull: Bool { width == Self.fullWidth }

    /// The full tile or bundle in the same place.
    package var full: TilePath { TilePath(unchecked: kind, number: number, width: Self.fullWidth) }

    /// How many bytes a tile of hashes has; nil for entries, whose sizes differ.
    package var byteCount: Int? {
        switch kind {
        case .hashes: width * LogHash.byteCount
        case .entries: nil
        }
    }

    /// The most bytes that stand there.
    package var maximumContentByteCount: Int {
        byteCount ?? width * (2 + EntryBundle.maximumEntryByteCount)
    }

    /// The path.
    package var text: String {
        var text = "tile/"
        switch kind {
        case .hashes(let level): text += "\(level)/"
        case .entries: text += "entries/"
        }
        var groups: [String] = []
        var rest = number
        repeat {
            let digits = String(rest % 1000)
            groups.append(String(repeating: "0", count: 3 - digits.utf8.count) + digits)
            rest /= 1000
        } while rest > 0
        for group in groups.dropFirst().reversed() { text += "x\(group)/" }
        text += groups[0]
        return isFull ? text : "\(text).p/\(width)"
    }
}

extension TilePath: CustomStringConvertible {
    /// The same as ``text``.
    package var description: String { text }
}

extension TilePath {
    /// How many hashes of a level, or entries, a tree of a size has altogether.
    private static func count(_ kind: Kind, size: UInt64) -> UInt64 {
        switch kind {
        case .entries: size
        case .hashes(let level): level < 8 ? size >> UInt64(8 * level) : 0
        }
    }

    /// The tile or bundle of a number as a tree of a size has it; nil when that tree has none.
    package init?(_ kind: Kind, number: UInt64, inTreeOf size: UInt64) {
        let count = Self.count(kind, size: size)
        guard number < count / 256 || number == count / 256 && count % 256 > 0 else { return nil }
        self.init(kind, number: number, width: number < count / 256 ? Self.fullWidth : Int(count % 256))
    }

    /// The tiles and bundles that a log writes when it grows from one size to another: all that the new tree has and
    /// the old one had not, or not so wide. Bundles first, then levels from the bottom, each from the left.
    ///
    /// With an old size of zero these are all of the tree's: the list grows with the difference of the sizes.
    package static func paths(from old: UInt64 = 0, to new: UInt64) -> [TilePath] {
        var paths: [TilePath] = []
        for kind in [Kind.entries] + (0..<8).map({ .hashes(level: $0) }) {
            let before = count(kind, size: old)
            let after = count(kind, size: new)
            guard after > before else { continue }
            for number in (before / 256)...((after - 1) / 256) {
                if let path = TilePath(kind, number: number, inTreeOf: new) { paths.append(path) }
            }
        }
        return paths
    }
}

extension TilePath {
    private static func parse(_ bytes: [UInt8]) -> TilePath? {
        guard bytes.count <= maximumByteCount else { return nil }
        var parts = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)[...]
        guard parts.popFirst()?.elementsEqual("tile".utf8) == true, let first = parts.popFirst() else { return nil }
        let kind: Kind
        if first.elementsEqual("entries".utf8) {
            kind = .entries
        } else {
            guard let level = StrictText.decimal(first), level <= UInt64(maximumLevel) else { return nil }
            kind = .hashes(level: Int(level))
        }
        var width = fullWidth
        if parts.count > 1, let mark = parts.dropLast().last, mark.count == 5, mark.suffix(2).elementsEqual(".p".utf8) {
            // The width is a folder's entry: `<number>.p/<width>`.
            guard let last = parts.popLast(), let stated = StrictText.decimal(last), stated >= 1,
                stated < UInt64(fullWidth)
            else { return nil }
            width = Int(stated)
            parts = parts.dropLast() + [mark.dropLast(2)]
        }
        guard let number = parseNumber(parts) else { return nil }
        return TilePath(kind, number: number, width: width)
    }

    /// Groups of three digits, all but the last with an x before them, the first of several not zero.
    private static func parseNumber(_ groups: ArraySlice<ArraySlice<UInt8>>) -> UInt64? {
        guard !groups.isEmpty, groups.count <= 7 else { return nil }
        var number: UInt64 = 0
        for (position, group) in groups.enumerated() {
            var digits = group
            if position < groups.count - 1 {
                guard digits.popFirst() == UInt8(ascii: "x") else { return nil }
            }
            guard digits.count == 3 else { return nil }
            for digit in digits {
                guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
                let (product, overflow) = number.multipliedReportingOverflow(by: 10)
                let (sum, carry) = product.addingReportingOverflow(UInt64(digit - UInt8(ascii: "0")))
                guard !overflow, !carry else { return nil }
                number = sum
            }
            if position == 0, groups.count > 1, number == 0 { return nil }
        }
        return number
    }
}
