internal import DurableFiles
internal import Glibc
package import StoreFormats
internal import Synchronization

/// What a verification found of one path.
package enum PathCondition: Hashable, Sendable {
    case intact
    /// The database has it and the folder has not.
    case missing
    /// The contents are others than were recorded.
    case changed(NarDigest)
    case unreadable(String)
}

extension LocalStore {
    /// Hashes contents and compares them with what was recorded, several paths at a time.
    ///
    /// - Parameters:
    ///   - paths: Nil for all.
    ///   - onEach: Told each path, on threads of the store's own.
    /// - Returns: Those that are not intact, sorted.
    package func verify(
        _ paths: [StorePath]? = nil, onEach: @escaping @Sendable (StorePath, PathCondition) -> Void = { _, _ in }
    ) async throws(LocalStoreError) -> [StorePath] {
        let wanted: [StorePath]
        if let paths { wanted = paths } else { wanted = try await allPaths() }
        let infos = try await infos(of: wanted)
        if let unknown = wanted.first(where: { infos[$0] == nil }) {
            throw LocalStoreError(.notValid, "\(unknown): not in the store \(folder)")
        }
        let order = wanted.compactMap { infos[$0] }
        let shared = Shared()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<max(1, min(options.threads, order.count)) {
                group.addTask {
                    await OffThread.run {
                        while true {
                            let index = shared.next.wrappingAdd(1, ordering: .relaxed).oldValue
                            guard index < order.count, !shared.isCancelled.load(ordering: .relaxed) else { return }
                            let info = order[index]
                            let condition = Self.condition(of: info, at: self.location(of: info))
                            if condition != .intact { shared.damaged.withLock { $0.append(info.path) } }
                            onEach(info.path, condition)
                        }
                    }
                }
            }
            await withTaskCancellationHandler {
                await group.waitForAll()
            } onCancel: {
                shared.isCancelled.store(true, ordering: .relaxed)
            }
        }
        if Task.isCancelled { throw LocalStoreError(.cancelled, "verification of \(folder) cancelled") }
        return shared.damaged.withLock { $0.sorted() }
    }

    private final class Shared: Sendable {
        let next = Atomic(0)
        let damaged = Mutex<[StorePath]>([])
        let isCancelled = Atomic(false)
    }

    private static func condition(of info: PathInfo, at place: String) -> PathCondition {
        guard FileStatus(path: place) != nil else { return .missing }
        do {
            let found = try NarHasher.hash(path: place)
            return found == NarDigest(hash: info.narHash, size: info.narSize) ? .intact : .changed(found)
        } catch {
            return .unreadable("\(error)")
        }
    }

    /// Bytes that a path takes on the disk, each file once whatever names it has.
    package func diskUsage(of path: StorePath) async throws(LocalStoreError) -> UInt64 {
        let info = try await validInfo(of: path)
        let place = location(of: info)
        return try await OffThread.run { () throws(LocalStoreError) in try DiskUsage.of(place) }
    }

    /// Writes the NAR of a path, in pieces, on a thread of the store's own.
    package func nar(
        of path: StorePath, to sink: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
    ) async throws {
        let place = location(of: try await validInfo(of: path))
        _ = try await OffThread.run { () throws(any Error) in try NarDumper.dump(place, to: sink) }
    }
}
