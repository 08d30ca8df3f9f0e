internal import DurableFiles
internal import Glibc
internal import Synchronization

/// From hashes to entries' indices, in files of bounded memory: which leaves a log has, and which entries a key names.
///
/// It is a convenience and never a root of trust: every hit is checked against the log by whoever uses it, a miss costs
/// at most a duplicate entry, and the whole of it can be deleted and is made again from the log. It grows by segments,
/// each eight times larger than the one before, so that growing never moves what is there and a lookup at ten million
/// entries reads five places.
final class HashIndex: Sendable {
    private let folder: String
    // Protects what is below: one thread inserts, several look up.
    private let state: Mutex<State>

    private struct State {
        var segments: [HashIndexSegment] = []
        /// How many numbers the last segment has.
        var count: UInt64 = 0
        /// Entries below this are in the index, durably.
        var covered: UInt64 = 0
        /// Inserted since the last sync.
        var unsynced = false
    }

    private static let firstSlotCount: UInt64 = 1 << 12
    private static let format = "quorate index 1\n"

    /// Opens an index, and makes a new one where there is none that can be read.
    init(_ folder: String) throws(TransparencyLogError) {
        self.folder = folder
        var state = State()
        do throws(FileFailure) {
            try Directory.make(folder)
            let kept = Self.kept(folder)
            if let kept {
                state.covered = kept.covered
                for number in 0..<max(1, kept.segmentCount) { state.segments.append(try Self.segment(folder, number)) }
            } else {
                // Without a word on what it covers, what is there is of no use.
                for name in try Directory.names(in: folder) { unlink("\(folder)/\(name)") }
                state.segments.append(try Self.segment(folder, 0))
            }
            for segment in state.segments { state.count = try segment.load() }
        } catch {
            throw TransparencyLogError(error)
        }
        self.state = Mutex(state)
    }

    /// Entries below this are in the index.
    var covered: UInt64 { state.withLock { $0.covered } }

    /// Forgets everything: what it covers is not what the log has.
    func reset() throws(TransparencyLogError) {
        try filing { () throws(FileFailure) in
            // First the word that it covers anything, then the rest.
            if unlink("\(folder)/covered") != 0 && errno != ENOENT {
                throw FileFailure("\(folder)/covered", "cannot be removed")
            }
            for name in try Directory.names(in: folder) { unlink("\(folder)/\(name)") }
            let segment = try Self.segment(folder, 0)
            state.withLock { $0 = State(segments: [segment]) }
        }
    }

    /// Puts an index of an entry under a hash; the same twice is kept once. One thread at a time.
    func insert(_ hash: LogHash, _ index: UInt64) throws(TransparencyLogError) {
        try filing { () throws(FileFailure) in
            let (last, count, number) = state.withLock { ($0.segments.last, $0.count, $0.segments.count) }
            // Three quarters full, and the next one begins.
            if let last, count < last.slotCount / 4 * 3 {
                switch try last.insert(hash, index) {
                case .present: return
                case .added:
                    state.withLock {
                        $0.count += 1
                        $0.unsynced = true
                    }
                    return
                // A key with very many entries: the first 256 of them in a segment are enough.
                case .crowded(alone: true): return
                case .crowded(alone: false): if count < last.slotCount / 4 { return }
                }
            }
            let next = try Self.segment(folder, number)
            _ = try next.insert(hash, index)
            try last?.sync()
            state.withLock {
                $0.segments.append(next)
                $0.count = 1
                $0.unsynced = true
            }
        }
    }

    /// The indices under a hash, smallest first; to be verified.
    func find(_ hash: LogHash) throws(TransparencyLogError) -> [UInt64] {
        let segments = state.withLock { $0.segments }
        var found: [UInt64] = []
        try filing { () throws(FileFailure) in
            for segment in segments.reversed() { try segment.find(hash, &found) }
        }
        return found.count > 1 ? Array(Set(found)).sorted() : found
    }

    /// Makes it durable that all entries below `size` are in the index.
    func cover(_ size: UInt64) throws(TransparencyLogError) {
        try filing { () throws(FileFailure) in
            let (last, unsynced, count, covered) = state.withLock {
                ($0.segments.last, $0.unsynced, $0.segments.count, $0.covered)
            }
            guard unsynced || size != covered else { return }
            try last?.sync()
            try WholeFile.replace("\(folder)/covered", Array("\(Self.format)\(size)\n\(count)\n".utf8), mode: 0o600)
            state.withLock {
                $0.covered = size
                $0.unsynced = false
            }
        }
    }

    private static func segment(_ folder: String, _ number: Int) throws(FileFailure) -> HashIndexSegment {
        try HashIndexSegment("\(folder)/\(number)", slotCount: firstSlotCount << UInt64(3 * min(number, 12)))
    }

    private static func kept(_ folder: String) -> (covered: UInt64, segmentCount: Int)? {
        guard let bytes = try? WholeFile.read("\(folder)/covered", limit: 256) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.hasPrefix(format) else { return nil }
        let lines = text.dropFirst(format.count).split(separator: "\n")
        guard lines.count == 2, let covered = UInt64(lines[0]), let count = Int(lines[1]), (1...13).contains(count)
        else { return nil }
        return (covered, count)
    }
}
