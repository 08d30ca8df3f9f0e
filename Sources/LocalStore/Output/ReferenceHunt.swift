internal import StoreFormats

/// Finds references in a NAR whose stretches are looked through by several threads in any order.
///
/// Each thread has a scanner for its stretches, and one more looks at the borders between them.
struct ReferenceHunt {
    private var scanner: ReferenceScanner

    init(for candidates: [StorePath]) { scanner = ReferenceScanner(for: candidates) }

    var found: [StorePath] { scanner.found }

    /// Looks through a stretch that stands for itself.
    mutating func look(through bytes: UnsafeRawBufferPointer) {
        scanner.push(bytes)
        scanner.push(Self.gap)
    }

    /// What no hash part holds, so that none is found across two stretches that do not belong together.
    private static let gap: [UInt8] = [0]
}

/// Looks at the borders of stretches that come in order.
struct BorderHunt {
    private var hunt: ReferenceHunt
    private var tail: [UInt8] = []
    private static let width = StorePath.hashPartLength - 1

    init(_ hunt: ReferenceHunt) { self.hunt = hunt }

    var found: [StorePath] { hunt.found }

    mutating func pass(_ bytes: UnsafeRawBufferPointer) {
        let border = tail + bytes.prefix(Self.width)
        if !tail.isEmpty { border.withUnsafeBytes { hunt.look(through: $0) } }
        tail = Array(bytes.count >= Self.width ? Array(bytes.suffix(Self.width)) : border.suffix(Self.width))
    }
}
