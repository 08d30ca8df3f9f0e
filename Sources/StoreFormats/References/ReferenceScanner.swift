/// Finds which of a set of store paths are mentioned in a stream of bytes.
///
/// A path is mentioned when its hash part stands anywhere in the stream, whatever stands around it: that is how Nix and
/// Guix find what a build output refers to. Give it the NAR of the output, so that names of files and targets of links
/// are seen too, and the output's own path among the candidates to find references to itself. It does not matter where
/// the stream is cut into pieces.
public struct ReferenceScanner: Sendable {
    private static let length = StorePath.hashPartLength

    private let table: CandidateTable
    private var wasFound: [Bool]
    private var missing: Int
    /// The end of what was seen: less than the length of a hash part.
    private var tail: [UInt8] = []

    /// Creates a scanner.
    ///
    /// - Parameter candidates: The paths that may be mentioned. Paths with the same hash part are all found together.
    public init(for candidates: some Sequence<StorePath>) {
        table = CandidateTable(candidates)
        wasFound = Array(repeating: false, count: table.hashPartCount)
        missing = table.hashPartCount
    }

    /// The candidates that were found so far, sorted, each once.
    public var found: [StorePath] {
        wasFound.indices.filter { wasFound[$0] }.flatMap { table.paths(of: $0) }.sorted()
    }

    /// Whether every candidate was found, so that nothing more can be learned.
    public var hasFoundAll: Bool { missing == 0 }

    /// Looks at more bytes.
    public mutating func push(_ bytes: UnsafeRawBufferPointer) {
        guard missing > 0, !bytes.isEmpty else { return }
        let overlap = ReferenceScanner.length - 1
        if !tail.isEmpty {
            // What began in the last piece ends in the first bytes of this one.
            tail.append(contentsOf: bytes.prefix(overlap))
            let seam = tail
            seam.withUnsafeBytes { scan($0) }
        }
        if bytes.count >= overlap {
            scan(bytes)
            tail.removeAll(keepingCapacity: true)
            tail.append(contentsOf: bytes.suffix(overlap))
        } else if tail.isEmpty {
            tail.append(contentsOf: bytes)
        } else {
            tail.removeFirst(max(0, tail.count - overlap))
        }
    }

    /// Looks at more bytes.
    public mutating func push(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { push($0) }
    }

    /// Looks for hash parts that lie in these bytes as a whole.
    ///
    /// A window as long as a hash part moves over the bytes. It is read from its end: where a byte cannot be part of a
    /// hash, no window that holds it can match, and the next one begins behind it. So most data is looked at once in 32
    /// bytes, at the speed of memory. `valid` says how many bytes at the window's beginning are known to be digits, so
    /// that data which consists of digits only is looked at once a byte, not 32 times.
    private mutating func scan(_ bytes: UnsafeRawBufferPointer) {
        let length = ReferenceScanner.length
        guard bytes.count >= length, let base = bytes.baseAddress else { return }
        let last = bytes.count - length
        var start = 0
        var valid = 0
        while let hit = table.nextWindow(base, &start, &valid, last: last) {
            guard let match = table.match(hit), !wasFound[match] else { continue }
            wasFound[match] = true
            missing -= 1
            if missing == 0 { return }
        }
    }
}
