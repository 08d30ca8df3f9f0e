internal import DurableFiles
internal import TransparencyLog

/// Makes a builder: keys first, then the log, and the card last, so that a card says that all is there.
enum BuilderFounding {
    /// Finishes what was begun before; a builder that is complete stays as it is.
    ///
    /// - Throws: ``CommandError`` of status `badData` when this machine is another builder already.
    static func found(
        _ workplace: Workplace, name: BuilderName, address: BuilderAddress
    ) async throws -> BuilderCard {
        let places = workplace.places
        try Files.makeDirectory(places.state)
        // Two at a time would make one's keys and the other's log.
        return try await Blocking.run {
            let lock = try FileLock(places.state + "/builder.lock")
            defer { withExtendedLifetime(lock) {} }
            if Files.exists(places.card) {
                let card = try BuilderSite.open(workplace).card
                guard card.address == address, card.name == name else {
                    throw CommandError(
                        .badData,
                        "this machine is the builder \(card.name) at \(card.address) already; "
                            + "'quorate builder rotate' gives it another address and log")
                }
                return card
            }
            let card = try prepare(workplace, name: name, address: address)
            try Files.create(places.card, card.note, mode: 0o644)
            return card
        }
    }

    /// Keys, log, and the card that the caller puts in its place. Blocks; the caller holds the lock.
    static func prepare(_ workplace: Workplace, name: BuilderName, address: BuilderAddress) throws -> BuilderCard {
        let keys = try BuilderKeys.make(workplace, address: address)
        try makeLog(workplace.places, keys)
        return try BuilderCard(name: name, address: address, keys: keys, issued: SystemClock.now)
    }

    /// An empty log, unless there is one of this key.
    private static func makeLog(_ places: Places, _ keys: BuilderKeys) throws {
        do throws(TransparencyLogError) {
            _ = try LogDirectory.create(places.log, signer: keys.log)
        } catch {
            guard error.code == .exists else { throw CommandError(log: error) }
            let head: VerifiedCheckpoint?
            do throws(TransparencyLogError) {
                head = try LogDirectory(places.log).head(key: keys.log.key)
            } catch {
                throw CommandError(
                    .badData, "\(places.log): holds a log that is not of this key (\(error.message)); move it away")
            }
            guard head != nil else {
                throw CommandError(.badData, "\(places.log): holds a log without a signed head; move it away")
            }
        }
    }
}
