internal import ClaimSources
internal import Glibc
internal import Logging
internal import NIOPosix
internal import StoreFormats
internal import Synchronization
internal import Verification

/// NARs that were fetched and verified, kept as files that are named after what they hold.
///
/// A file is there under its name only when it is complete, synced and was hashed; a file found at start is hashed again
/// before it is served for the first time. Files go, least recently used first, when all together exceed the limit.
final class NarSpool: Sendable {
    private struct State {
        var underWay: [String: Task<SpooledFile, any Error>] = [:]
        /// By file name.
        var files: [String: Kept] = [:]
        var bytes: UInt64 = 0
        var clock: UInt64 = 0
        var downloads = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private struct Kept {
        let size: UInt64
        var lastUse: UInt64
        /// Hashed since this program started.
        var isVerified: Bool
    }

    let directory: String
    private let limit: UInt64
    private let concurrency: Int
    private let caches: CacheSet
    private let logger: Logger
    private let state: Mutex<State>

    /// Opens the spool, removing what an interrupted run left half done.
    init(
        directory: String, limit: UInt64, concurrentDownloads: Int, caches: CacheSet, logger: Logger
    ) throws(SpoolError) {
        self.directory = directory
        self.limit = limit
        concurrency = max(1, concurrentDownloads)
        self.caches = caches
        self.logger = logger
        var found = State()
        for entry in try SpoolDirectory.prepare(directory) {
            found.clock += 1
            found.files[entry.name] = Kept(size: entry.size, lastUse: found.clock, isVerified: false)
            found.bytes += entry.size
        }
        state = Mutex(found)
    }

    /// How full the spool is.
    var usage: (files: Int, bytes: UInt64) { state.withLock { ($0.files.count, $0.bytes) } }

    /// Fetches an item in the background, if it is not there.
    func start(_ item: SpoolItem) {
        _ = task(for: item)
    }

    /// The verified file of an item, fetched if it has to be.
    /// - Throws: ``SpoolError`` when no candidate gave the right bytes.
    func file(for item: SpoolItem) async throws -> SpooledFile {
        if let ready = ready(item) { return ready }
        return try await task(for: item).value
    }

    private func ready(_ item: SpoolItem) -> SpooledFile? {
        let name = item.fileName
        return state.withLock { state in
            guard var kept = state.files[name], kept.isVerified else { return nil }
            state.clock += 1
            kept.lastUse = state.clock
            state.files[name] = kept
            return SpooledFile(path: directory + "/" + name, size: kept.size)
        }
    }

    private func task(for item: SpoolItem) -> Task<SpooledFile, any Error> {
        let name = item.fileName
        return state.withLock { state in
            if let task = state.underWay[name] { return task }
            if let kept = state.files[name], kept.isVerified {
                let file = SpooledFile(path: directory + "/" + name, size: kept.size)
                return Task { file }
            }
            let isThere = state.files[name] != nil
            let task = Task {
                defer { self.state.withLock { $0.underWay[name] = nil } }
                if isThere, let file = await self.verifyKept(item) { return file }
                return try await self.fetch(item)
            }
            state.underWay[name] = task
            return task
        }
    }

    /// Hashes a file from an earlier run; removes it when it is not what its name says.
    private func verifyKept(_ item: SpoolItem) async -> SpooledFile? {
        let path = directory + "/" + item.fileName
        let isRight = await Self.onThreadPool { SpoolDirectory.holds(item, path: path) }
        return state.withLock { state in
            guard var kept = state.files[item.fileName] else { return nil }
            if isRight {
                kept.isVerified = true
                state.files[item.fileName] = kept
                return SpooledFile(path: path, size: kept.size)
            }
            logger.warning("spool: a damaged file is fetched again", metadata: ["file": "\(item.fileName)"])
            state.bytes -= kept.size
            state.files[item.fileName] = nil
            unlink(path)
            return nil
        }
    }

    private func fetch(_ item: SpoolItem) async throws -> SpooledFile {
        await acquire()
        defer { release() }
        var failures: [String] = []
        // Those that have it compressed as it is to be served come first: their bytes are kept untouched.
        let preferred = item.candidates.filter { $0.compression == item.compression }
        for candidate in preferred + item.candidates.filter({ $0.compression != item.compression }) {
            guard let cache = caches.cache(at: candidate.cache) else { continue }
            do {
                let size = try await SpoolDownload(item: item, candidate: candidate, directory: directory).run(cache)
                return keep(item.fileName, size: size)
            } catch {
                failures.append("\(candidate.leaf): \(error)")
                logger.warning(
                    "NAR refused",
                    metadata: ["path": "\(item.storePath.path)", "from": "\(candidate.leaf)", "why": "\(error)"])
            }
        }
        throw SpoolError(
            "\(item.storePath.path): no builder's NAR could be had and verified: \(failures.joined(separator: "; "))")
    }

    private func keep(_ name: String, size: UInt64) -> SpooledFile {
        let doomed = state.withLock { state -> [String] in
            state.clock += 1
            if let old = state.files[name] { state.bytes -= old.size }
            state.files[name] = Kept(size: size, lastUse: state.clock, isVerified: true)
            state.bytes += size
            guard state.bytes > limit else { return [] }
            var doomed: [String] = []
            for (name, kept) in state.files.sorted(by: { $0.value.lastUse < $1.value.lastUse }) {
                // The newest stays even when it alone is over the limit: somebody is about to read it.
                guard state.bytes > limit, state.files.count > 1 else { break }
                state.files[name] = nil
                state.bytes -= kept.size
                doomed.append(name)
            }
            return doomed
        }
        for name in doomed { unlink(directory + "/" + name) }
        return SpooledFile(path: directory + "/" + name, size: size)
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

/// A verified file in the spool.
struct SpooledFile: Sendable {
    let path: String
    let size: UInt64
}

/// Why a NAR could not be had, in one line.
package struct SpoolError: Error, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
