internal import LocalStore
internal import StoreFormats
internal import Synchronization

/// Fetches one path from a substituter and makes it valid.
struct PathFetch: Sendable {
    let context: BuildContext
    let offer: SubstituteOffer
    let onEvent: @Sendable (BuildEvent) -> Void

    /// How many bytes come between two events that tell how many came.
    private static let progressStep: UInt64 = 1 << 20

    func run() async -> Result<PathInfo, BuildingError> {
        do {
            return .success(try await fetch())
        } catch let error as BuildingError {
            return .failure(error)
        } catch {
            return .failure(BuildingError(.fetch, "'\(offer.info.path)' could not be fetched: \(error)"))
        }
    }

    private func fetch() async throws -> PathInfo {
        let path = offer.info.path
        guard let substituter = context.substituter else {
            throw BuildingError(.fetch, "'\(path)' could not be fetched: there is nowhere to fetch from")
        }
        let locks = try await context.store.lock([path])
        defer { locks.unlock() }
        if let info = try await context.store.info(of: path), !context.hosts.hasLost(info) { return info }
        onEvent(.fetching(path))
        let intake = Mutex(try context.store.narIntake(for: path))
        let limit = offer.info.narSize
        let progress = Mutex((came: UInt64(0), told: UInt64(0)))
        try await substituter.nar(of: offer) { piece in
            let came = try progress.withLock { progress in
                progress.came += UInt64(piece.count)
                guard progress.came <= limit else {
                    throw BuildingError(.fetch, "'\(path)': more than the \(limit) bytes that were stated came")
                }
                guard progress.came - progress.told >= Self.progressStep else { return nil as UInt64? }
                progress.told = progress.came
                return progress.came
            }
            try intake.withLock { try $0.push(piece) }
            if let came { onEvent(.fetched(path, bytes: came)) }
        }
        let info = PathInfo(
            path: path, narHash: offer.info.narHash, narSize: offer.info.narSize, references: offer.info.references,
            deriver: offer.info.deriver, contentAddress: offer.info.contentAddress, origin: .substituted,
            signatures: offer.info.signatures)
        let new = try intake.withLock { intake in try intake.newPath(info) }
        try await context.store.register([new])
        withExtendedLifetime(intake) {}
        return info
    }
}
