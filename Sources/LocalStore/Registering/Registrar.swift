internal import CFileSystem
internal import DurableFiles
internal import Glibc
internal import StoreFormats
internal import Synchronization

/// Makes paths valid: moves them into place, syncs, records.
///
/// A sync of the file system costs the same for one output and for fifty, so who comes while one is under way waits for
/// the next and shares it, and the transaction behind it.
final class Registrar: Sendable {
    private let layout: StoreLayout
    private let database: any StoreDatabase
    private let isDurable: Bool
    private let folder: Descriptor
    private let queue = Mutex(Queue())

    private struct Queue {
        var requests: [Request] = []
        /// Whether a thread is at work; it takes what came meanwhile before it ends.
        var isServed = false
    }

    private struct Request: Sendable {
        let paths: [NewPath]
        let answer: UnsafeContinuation<Answer, Never>
    }

    typealias Answer = Result<[StorePath], LocalStoreError>

    init(layout: StoreLayout, database: any StoreDatabase, isDurable: Bool) throws(LocalStoreError) {
        self.layout = layout
        self.database = database
        self.isDurable = isDurable
        folder = try .folder(layout.folder)
    }

    func register(_ paths: [NewPath]) async throws(LocalStoreError) -> [StorePath] {
        try RegistrationCheck.check(paths.map(\.info))
        let answer = await withUnsafeContinuation { continuation in
            let mustServe = queue.withLock { queue in
                queue.requests.append(Request(paths: paths, answer: continuation))
                defer { queue.isServed = true }
                return !queue.isServed
            }
            if mustServe { OffThread.start { [self] in serve() } }
        }
        return try answer.get()
    }

    private func serve() {
        while true {
            let batch: [Request]? = queue.withLock { queue in
                guard !queue.requests.isEmpty else {
                    queue.isServed = false
                    return nil
                }
                defer { queue.requests = [] }
                return queue.requests
            }
            guard let batch else { return }
            let answers: [Answer]
            do throws(LocalStoreError) {
                answers = try register(batch.map(\.paths))
            } catch {
                answers = batch.map { _ in .failure(error) }
            }
            for (request, answer) in zip(batch, answers) { request.answer.resume(returning: answer) }
        }
    }

    /// One answer for each request.
    private func register(_ requests: [[NewPath]]) throws(LocalStoreError) -> [Answer] {
        // Nobody collects garbage between a tree's coming into place and its being recorded.
        let lock = try HeldLock.wait(layout.garbageLock, .shared)
        defer { withExtendedLifetime(lock) {} }
        var present = try database.validNow(among: requests.flatMap { $0.map(\.info.path) })
        // Contents of our own take the place of the host's, which may be gone.
        let own = requests.flatMap { $0 }.filter { $0.source != nil && present.contains($0.info.path) }
        if !own.isEmpty { present.subtract(try database.hostPathsNow(among: own.map(\.info.path))) }
        var failures: [Int: LocalStoreError] = [:]
        var hasMoved = false
        for (index, request) in requests.enumerated() {
            do throws(LocalStoreError) {
                for new in request where present.insert(new.info.path).inserted {
                    hasMoved = try place(new) || hasMoved
                }
            } catch {
                failures[index] = error
            }
        }
        if hasMoved, isDurable, syncfs(folder.number) != 0 { throw .system(layout.folder, "cannot be synced") }
        let indexes = requests.indices.filter { failures[$0] == nil }
        let now = Int64(time(nil))
        let recorded = try database.record(indexes.map { requests[$0].map { $0.info.registered(at: now) } })
        var answers = failures.mapValues { Answer.failure($0) }
        for (index, answer) in zip(indexes, recorded) { answers[index] = answer }
        return requests.indices.map { answers[$0] ?? .failure(LocalStoreError(.failed, "no answer of the database")) }
    }

    /// Puts a tree into its place, or sees that it is there; whether anything has to be synced.
    private func place(_ new: NewPath) throws(LocalStoreError) -> Bool {
        guard new.info.origin != .host else { return false }
        let target = layout.physicalPath(of: new.info.path)
        guard let source = new.source else {
            guard FileStatus(path: target) != nil else {
                throw LocalStoreError(.notValid, "\(target): is to become valid and does not exist")
            }
            return true
        }
        // What stands there was left by a process that ended before it was recorded.
        try TrashFolder.move(target, layout)
        try Placement.move(source, to: target)
        return true
    }
}

extension PathInfo {
    /// The same with a time, if it has none.
    fileprivate func registered(at time: Int64) -> PathInfo {
        guard registeredAt == 0 else { return self }
        return PathInfo(
            path: path, narHash: narHash, narSize: narSize, references: references, deriver: deriver,
            contentAddress: contentAddress, origin: origin, signatures: signatures, registeredAt: time)
    }
}
