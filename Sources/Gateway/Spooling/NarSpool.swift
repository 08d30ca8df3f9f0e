internal import ClaimSources
internal import Compression
internal import DurableFiles
internal import Glibc
internal import Logging
internal import Metrics
internal import NIOCore
internal import NIOPosix
internal import StoreFormats
internal import Synchronization
internal import Verification

/// NARs that were fetched and verified, kept as files that are named after what they hold.
///
/// A file is there under its name only when it is complete, synced and was hashed. One found at start, or changed since it
/// was hashed, is hashed again before it is served. Files go, least recently used first, when all together exceed the
/// limit.
final class NarSpool: Sendable {
    fileprivate struct State {
        /// By question.
        var underWay: [String: UnderWay] = [:]
        /// By file name.
        var files: [String: Kept] = [:]
        var bytes: UInt64 = 0
        var clock: UInt64 = 0
        var downloads = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
        var wrong = WrongNars()
        var troubles = NarTroubles()
        /// When a NAR last was there.
        var lastFile: ContinuousClock.Instant?
    }

    /// A NAR that is being fetched, made or checked, or waits for that.
    fileprivate struct UnderWay {
        let task: Task<SpooledFile, any Error>
        let bytes: UInt64
        /// Of the download, once it has begun.
        var pace: DownloadPace?
    }

    fileprivate struct Kept {
        let size: UInt64
        var lastUse: UInt64
        /// The file as it was when it was hashed; nil when that was not since this program started.
        var verified: FileStatus?
        /// Content addresses whose hash the contents were seen to have.
        var proven: Set<ContentAddress> = []
    }

    let directory: String
    private let limit: UInt64
    private let concurrency: Int
    private let patience: Duration
    private let caches: CacheSet
    private let counters: GatewayCounters
    private let logger: Logger
    private let state: Mutex<State>
    /// For downloads that mostly wait.
    private let slowGate: RequestGate

    /// Opens the spool, removing what an interrupted run left half done.
    /// - Parameter patience: Longest wait for one cache's next byte before the next cache is tried. Of several caches each
    ///   has a quarter of it for its first byte, and three times as much when all were silent.
    init(
        directory: String, limit: UInt64, concurrentDownloads: Int, patience: Duration, caches: CacheSet,
        counters: GatewayCounters, logger: Logger
    ) throws(SpoolError) {
        self.directory = directory
        self.limit = limit
        self.patience = patience
        concurrency = max(1, concurrentDownloads)
        slowGate = RequestGate(concurrency)
        self.caches = caches
        self.counters = counters
        self.logger = logger
        var found = State()
        for entry in try SpoolDirectory.prepare(directory) {
            found.clock += 1
            found.files[entry.name] = Kept(size: entry.size, lastUse: found.clock)
            found.bytes += entry.size
        }
        state = Mutex(found)
    }

    /// How full the spool is.
    var usage: (files: Int, bytes: UInt64) { state.withLock { ($0.files.count, $0.bytes) } }

    /// How many caches' files for a NAR are left alone for a while, because they were another NAR.
    var leftAlone: Int { state.withLock { $0.wrong.count(at: .now) } }

    /// How many NARs are being fetched, made or checked, or wait for that.
    var underWay: Int { state.withLock { $0.underWay.count } }

    /// Bytes of NARs above which no more are begun before anybody asks for them, and how many: somebody may survey a whole
    /// world.
    private static let room: (bytes: UInt64, count: Int) = (256 << 20, 1024)

    /// Whether an item may be fetched beforehand.
    func hasRoom(for item: SpoolItem) -> Bool {
        state.withLock { state in
            guard state.underWay.count >= concurrency else { return true }
            let bytes = state.underWay.values.reduce(UInt64(0)) { $0 &+ $1.bytes }
            return state.underWay.count < Self.room.count && bytes < Self.room.bytes
        }
    }

    /// How far an item is that is being fetched.
    enum Progress {
        /// It waits, or has only begun to be fetched, or nobody fetches it.
        case waiting
        /// A server sends it.
        case flowing
        /// Servers let it be waited for.
        case standing
    }

    /// How far an item is that is being fetched.
    func progress(of item: SpoolItem) -> Progress {
        guard let pace = state.withLock({ $0.underWay[Self.question(item)]?.pace }) else { return .waiting }
        if pace.isFlowing { return .flowing }
        return pace.age < patience / 2 ? .waiting : .standing
    }

    /// Whether NARs come: one was there lately, or one flows.
    var getsOn: Bool {
        let (last, paces) = state.withLock { ($0.lastFile, $0.underWay.values.compactMap(\.pace)) }
        return last.map { .now - $0 < patience } ?? false || paces.contains(where: \.isFlowing)
    }

    /// Fetches an item in the background, if it is not there.
    func start(_ item: SpoolItem) {
        if ready(item) == nil { _ = task(for: item) }
    }

    /// The verified file of an item, fetched if it has to be.
    /// - Throws: ``SpoolError`` when no candidate gave the right bytes.
    func file(for item: SpoolItem) async throws -> SpooledFile {
        if let ready = ready(item) { return ready }
        return try await task(for: item).value
    }

    /// The same, but nil when it takes longer than `time`: then `onLate` is told when it is there.
    func file(
        for item: SpoolItem, within time: Duration, onLate: @escaping @Sendable () -> Void
    ) async throws -> SpooledFile? {
        if let ready = ready(item) { return ready }
        let task = task(for: item)
        let result = await Race<Result<SpooledFile, any Error>>.result(
            within: time, onLate: { if case .success = $0 { onLate() } }, of: { await task.result })
        return try result?.get()
    }

    /// Whether an item is here, or a cache without trouble offers it now: cheaper than to fetch it, and less sure.
    func isOffered(_ item: SpoolItem) async -> Bool {
        if ready(item) != nil || keptElse(item) != nil { return true }
        for candidate in item.usableCandidates {
            let isTrusted = state.withLock { state in
                state.wrong.pause(WrongNars.Place(item, candidate), at: .now) == nil
                    && !state.troubles.has(candidate.cache, at: .now)
            }
            if isTrusted, let cache = caches.cache(at: candidate.cache), await cache.offers(candidate.url) {
                return true
            }
        }
        return false
    }

    private func ready(_ item: SpoolItem) -> SpooledFile? {
        let path = directory + "/" + item.fileName
        // Somebody may have changed or removed the file since it was hashed.
        guard let kept = use(item), FileStatus(path: path) == kept.verified else { return nil }
        return SpooledFile(path: path, size: kept.size)
    }

    /// The contents of an item's verified file when it is there and small; nil when it has to be had in another way.
    ///
    /// It reads at once, on the caller's thread: a small file that was written lately is in memory.
    ///
    /// - Parameter limit: The largest size, in bytes.
    func contents(of item: SpoolItem, upTo limit: Int, allocator: ByteBufferAllocator) -> ByteBuffer? {
        guard let kept = use(item), kept.size <= limit else { return nil }
        let descriptor = open(directory + "/" + item.fileName, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard FileStatus(descriptor: descriptor) == kept.verified else { return nil }
        let size = Int(kept.size)
        var buffer = allocator.buffer(capacity: size)
        let count = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { space in
            max(0, read(descriptor, space.baseAddress, size))
        }
        return count == size ? buffer : nil
    }

    /// What is known of an item's file, if it was verified; it counts as used now.
    private func use(_ item: SpoolItem) -> Kept? {
        let name = item.fileName
        return state.withLock { state in
            guard let kept = state.files[name], kept.verified != nil, kept.isProven(item) else { return nil }
            state.clock += 1
            state.files[name]?.lastUse = state.clock
            return kept
        }
    }

    /// Two paths may have the same bytes, and one of them may ask for more proof.
    private static func question(_ item: SpoolItem) -> String {
        item.fileName + (item.addressToProve.map { " \($0)" } ?? "")
    }

    private func task(for item: SpoolItem) -> Task<SpooledFile, any Error> {
        let name = item.fileName
        let question = Self.question(item)
        return state.withLock { state in
            if let underWay = state.underWay[question] { return underWay.task }
            let isThere = state.files[name] != nil
            let task = Task {
                defer { self.state.withLock { $0.underWay[question] = nil } }
                if isThere, let file = await self.verifyKept(item) { return file }
                return try await self.fetch(item)
            }
            state.underWay[question] = UnderWay(task: task, bytes: item.narSize)
            return task
        }
    }

    /// Hashes a file that is there already; removes it when it is not what its name says.
    private func verifyKept(_ item: SpoolItem) async -> SpooledFile? {
        let name = item.fileName
        let path = directory + "/" + name
        let verified = await Self.onThreadPool { SpoolDirectory.verified(item, path: path) }
        return state.withLock { state in
            guard let kept = state.files[name] else { return nil }
            if let verified {
                state.files[name]?.verified = verified
                if let address = item.addressToProve { state.files[name]?.proven.insert(address) }
                return SpooledFile(path: path, size: kept.size)
            }
            // The bytes may be right for another path, and only not have this one's content address.
            if kept.verified != nil, kept.verified == FileStatus(path: path) { return nil }
            logger.warning("spool: a damaged file is fetched again", metadata: ["file": "\(name)"])
            state.bytes -= kept.size
            state.files[name] = nil
            unlink(path)
            return nil
        }
    }

    private func fetch(_ item: SpoolItem) async throws -> SpooledFile {
        guard item.narSize <= limit else {
            throw SpoolError("\(item.storePath.path): its \(item.narSize) bytes exceed the spool's limit of \(limit)")
        }
        var attempt = await inTurn { await self.attempt(item) }
        if let file = attempt.file { return file }
        // Those that were silent hold nobody else up.
        if !attempt.silent.isEmpty, let again = await slowGate.enter({ await self.attemptAgain(item, attempt) }) {
            attempt = again
        }
        if let file = attempt.file { return file }
        throw SpoolError(
            "\(item.storePath.path): no builder's NAR could be had and verified: "
                + attempt.failures.joined(separator: "; "))
    }

    /// What came of asking an item's candidates.
    private struct Attempt {
        var file: SpooledFile?
        /// Why not, with the caches' names.
        var failures: [String] = []
        /// Those that sent nothing, and were given up because there are others.
        var silent: [SpoolItem.Candidate] = []
    }

    /// Asks the candidates one after the other. Those that are silent are given up soon while there are others.
    private func attempt(_ item: SpoolItem) async -> Attempt {
        var attempt = Attempt()
        attempt.file = await convert(item)
        guard attempt.file == nil else { return attempt }
        let isImpatient = Set(item.candidates.map(\.cache)).count > 1
        let short = DownloadPace.Patience(
            first: isImpatient ? DownloadPace.Patience.moment(of: patience) : patience, next: patience)
        for candidate in ordered(item) {
            // What was silent for one of its files would be for the next.
            if attempt.silent.contains(where: { $0.cache == candidate.cache }) {
                attempt.silent.append(candidate)
                continue
            }
            do {
                attempt.file = try await fetch(item, candidate, short, &attempt.failures)
                if attempt.file != nil { return attempt }
            } catch let slow {
                if isImpatient, !slow.hasBegun { attempt.silent.append(candidate) }
            }
        }
        // Where there is another compression, it is tried first.
        if item.inNextCompression != nil { attempt.silent = [] }
        return attempt
    }

    /// Asks those that were silent once more, with more patience.
    private func attemptAgain(_ item: SpoolItem, _ first: Attempt) async -> Attempt {
        var attempt = Attempt(failures: first.failures)
        let long = DownloadPace.Patience(first: patience * 3, next: patience)
        for candidate in first.silent {
            attempt.file = try? await fetch(item, candidate, long, &attempt.failures)
            if attempt.file != nil { break }
        }
        return attempt
    }

    /// An item's candidates, those of caches in trouble last.
    private func ordered(_ item: SpoolItem) -> [SpoolItem.Candidate] {
        state.withLock { state in
            let now = ContinuousClock.now
            let sound = item.usableCandidates.filter { !state.troubles.has($0.cache, at: now) }
            return sound + item.usableCandidates.filter { state.troubles.has($0.cache, at: now) }
        }
    }

    /// Fetches an item from one cache; nil when it cannot be had there.
    /// - Parameter failures: Gets why not, with the cache's name.
    /// - Throws: ``SlowDownload`` when the cache was too slow.
    private func fetch(
        _ item: SpoolItem, _ candidate: SpoolItem.Candidate, _ patience: DownloadPace.Patience,
        _ failures: inout [String]
    ) async throws(SlowDownload) -> SpooledFile? {
        guard let cache = caches.cache(at: candidate.cache) else { return nil }
        let place = WrongNars.Place(item, candidate)
        if let pause = state.withLock({ $0.wrong.pause(place, at: .now) }) {
            failures.append("\(candidate.leaf): gave another NAR, and is asked again in \(Self.seconds(pause)) s")
            return nil
        }
        do {
            let file = try await fetch(item, candidate, cache, patience)
            state.withLock { state in
                state.wrong.forget(place)
                state.troubles.forget(candidate.cache)
                state.lastFile = .now
            }
            return file
        } catch {
            failures.append("\(candidate.leaf): \(error)")
            refuse(item, candidate, because: error)
            if let slow = error as? SlowDownload { throw slow }
            return nil
        }
    }

    /// Makes an item of the same NAR that lies here compressed in another way: it needs no cache that is up.
    private func convert(_ item: SpoolItem) async -> SpooledFile? {
        guard let kept = keptElse(item) else { return nil }
        return try? await fetch(item, kept, nil, DownloadPace.Patience(first: patience, next: patience))
    }

    /// The same NAR compressed in another way, as far as it lies here and can be made into the item.
    private func keptElse(_ item: SpoolItem) -> SpoolItem.Candidate? {
        guard item.compression.isWritable else { return nil }
        for compression in CompressionFormat.allCases where compression != item.compression {
            let name = SpoolItem.fileName(narHash: item.narHash, compression: compression)
            guard state.withLock({ $0.files[name]?.verified != nil }) else { continue }
            return SpoolItem.Candidate(cache: "", url: name, compression: compression, leaf: "spool")
        }
        return nil
    }

    private func fetch(
        _ item: SpoolItem, _ candidate: SpoolItem.Candidate, _ cache: BinaryCache?, _ patience: DownloadPace.Patience
    ) async throws -> SpooledFile {
        var hasMadeRoom = false
        let pace = DownloadPace(patience: patience) {
            if cache != nil { self.state.withLock { $0.troubles.note(candidate.cache, at: .now) } }
        }
        while true {
            let number = state.withLock { state in
                state.clock += 1
                state.underWay[Self.question(item)]?.pace = pace
                return state.clock
            }
            do {
                let download = SpoolDownload(
                    item: item, candidate: candidate, directory: directory, number: number, pace: pace)
                if let cache { return keep(item, try await download.run(cache)) }
                return keep(item, try await download.runLocally())
            } catch let failure as FileFailure where [ENOSPC, EDQUOT].contains(failure.code) && !hasMadeRoom {
                // The disk is smaller than the limit: older NARs go, as they would have at the limit.
                guard removeOldest(bytes: item.narSize + item.narSize / 8) else { throw failure }
                hasMadeRoom = true
            }
        }
    }

    /// Tells of a candidate that failed, and leaves it alone for a while when its bytes are another NAR's.
    private func refuse(_ item: SpoolItem, _ candidate: SpoolItem.Candidate, because error: any Error) {
        var metadata: Logger.Metadata = [
            "path": "\(item.storePath.path)", "from": "\(candidate.leaf)", "why": "\(error)",
        ]
        if NarTroubles.isCaches(error) { state.withLock { $0.troubles.note(candidate.cache, at: .now) } }
        if error is WrongNar {
            let pause = state.withLock { $0.wrong.note(WrongNars.Place(item, candidate), at: .now) }
            counters.wrongNars.increment()
            metadata["again"] = "in \(Self.seconds(pause)) s"
        }
        logger.warning("NAR refused", metadata: metadata)
    }

    private static func seconds(_ duration: Duration) -> Int64 { max(1, duration.components.seconds) }

    private func keep(_ item: SpoolItem, _ status: FileStatus) -> SpooledFile {
        let name = item.fileName
        let doomed = state.withLock { state -> [String] in
            state.clock += 1
            if let old = state.files[name] { state.bytes -= old.size }
            var kept = Kept(size: status.size, lastUse: state.clock, verified: status)
            if let address = item.addressToProve { kept.proven.insert(address) }
            state.files[name] = kept
            state.bytes += status.size
            guard state.bytes > limit else { return [] }
            // The newest stays even when it alone is over the limit: somebody is about to read it.
            return state.forgetOldest(bytes: state.bytes - limit, but: name)
        }
        for name in doomed { unlink(directory + "/" + name) }
        return SpooledFile(path: directory + "/" + name, size: status.size)
    }

    /// - Returns: Whether there was anything to remove.
    private func removeOldest(bytes: UInt64) -> Bool {
        let doomed = state.withLock { $0.forgetOldest(bytes: bytes, but: nil) }
        for name in doomed { unlink(directory + "/" + name) }
        return !doomed.isEmpty
    }

    /// Does `body` when fewer than the limit are at it.
    private func inTurn<Value: Sendable>(_ body: @Sendable () async -> Value) async -> Value {
        await acquire()
        defer { release() }
        return await body()
    }

    private func acquire() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.downloads < concurrency {
                    state.downloads += 1
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    private func release() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.downloads -= 1
            return nil
        }
        next?.resume()
    }

    /// Runs blocking work away from the threads that everything else shares.
    static func onThreadPool<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        do {
            return try await NIOThreadPool.singleton.runIfActive(body)
        } catch {
            return body()
        }
    }
}

extension NarSpool.State {
    /// Forgets files, least recently used first, until they had `bytes` together.
    fileprivate mutating func forgetOldest(bytes: UInt64, but name: String?) -> [String] {
        var freed: UInt64 = 0
        var doomed: [String] = []
        for (name, kept) in files.filter({ $0.key != name }).sorted(by: { $0.value.lastUse < $1.value.lastUse }) {
            guard freed < bytes else { break }
            files[name] = nil
            self.bytes -= kept.size
            freed += kept.size
            doomed.append(name)
        }
        return doomed
    }
}

extension NarSpool.Kept {
    /// Whether the contents were seen to have what the item asks for besides the NAR hash.
    fileprivate func isProven(_ item: SpoolItem) -> Bool { item.addressToProve.map(proven.contains) ?? true }
}

/// A verified file in the spool.
struct SpooledFile: Sendable {
    let path: String
    let size: UInt64
}

/// A cache gave something else than the NAR that was agreed on, and what.
struct WrongNar: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Why a NAR could not be had, in one line.
package struct SpoolError: Error, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
