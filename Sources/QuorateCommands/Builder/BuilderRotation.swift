internal import ClaimSources
internal import DurableFiles
internal import Glibc
internal import TransparencyLog

/// Gives up a builder's log, and its key if that is asked for, and makes another builder of the same name.
///
/// Each step can be done again, and the new card comes last: what a crash interrupts, the same command finishes.
struct BuilderRotation: Sendable {
    let workplace: Workplace
    let address: BuilderAddress
    /// Whether the builder's key is given up too.
    let makesKey: Bool
    let warn: @Sendable (String) -> Void

    /// How long witnesses are waited for before a log is left without a last checkpoint.
    private static let patience = Duration.seconds(20)

    private var places: Places { workplace.places }

    /// What a rotation did.
    struct Outcome: Sendable {
        let old: BuilderCard
        let new: BuilderCard
        /// How many entries the new log has from the old one.
        let carried: Int
    }

    /// - Throws: ``CommandError``: `busy` while the log's server runs, `usage` for an address that was used before.
    func run() async throws -> Outcome {
        let old = try BuilderSite.readCard(places)
        guard old.address.base != address.base, !Files.exists(retired(address)) else {
            throw CommandError(.usage, "\(address): was this builder's address before; a new log needs a new one")
        }
        let folder = retired(old)
        if !Files.exists(folder + "/log") { try await closeLog(old) }
        let new = try await Blocking.run {
            let lock = try FileLock(places.state + "/builder.lock")
            defer { withExtendedLifetime(lock) {} }
            try putAside(old, in: folder)
            return try BuilderFounding.prepare(workplace, name: old.name, address: address)
        }
        // What the old builder's key signed may be somebody else's word when the key was given up.
        let carried = makesKey ? 0 : try await carry(from: folder, old: old, new: new)
        try WholeFile.replace(folder + "/card", old.note, mode: 0o644)
        try WholeFile.replace(places.card, new.note, mode: 0o644)
        return Outcome(old: old, new: new, carried: carried)
    }

    /// Where an old builder's log and keys are kept.
    func retired(_ card: BuilderCard) -> String { retired(card.address) }

    private func retired(_ address: BuilderAddress) -> String {
        "\(places.retired)/\(Checkpoint.pathName(ofOrigin: address.name(.log)))"
    }

    /// Has the old log signed and cosigned for the last time. Without its key that cannot be, and it stays as it is.
    private func closeLog(_ old: BuilderCard) async throws {
        guard Files.exists(places.log) else { return }
        let site: BuilderSite
        do throws(CommandError) {
            site = try BuilderSite.open(workplace)
        } catch {
            warn("\(error.description); the old log gets no last checkpoint")
            return
        }
        let resources = HTTPResources()
        do {
            let sequencer = try await site.openLog(places.log, resources, onEvent: warn)
            let isClosed = await Deadline.run(Self.patience) {
                try await sequencer.retire()
                return true
            }
            if isClosed != true { warn("too few witnesses cosigned the old log's last checkpoint") }
            await sequencer.close()
            await resources.shutdown()
        } catch {
            await resources.shutdown()
            guard let error = error as? TransparencyLogError else { throw error }
            guard error.code != .busy else {
                throw CommandError(.busy, "\(places.log): 'quorate log serve' runs; stop it first")
            }
            warn("\(error.message); the old log gets no last checkpoint")
        }
    }

    /// Moves the log, what the witness and the mirror keep, and the keys away.
    private func putAside(_ old: BuilderCard, in folder: String) throws {
        try Files.makeDirectory(folder)
        try move(places.log, folder + "/log")
        // What was cosigned was so under names that are gone with the keys.
        try move(places.witness, folder + "/witness")
        try move(places.mirror, folder + "/mirror")
        for role in BuilderAddress.Role.allCases {
            try move(BuilderKeys.file(of: role, places), "\(folder)/\(role.rawValue).key")
        }
        if makesKey { try move(places.keys + "/builder", folder + "/builder.key") }
    }

    /// What was moved by a run before this one stays: what is in its place now is new.
    private func move(_ place: String, _ target: String) throws {
        guard Files.exists(place), !Files.exists(target) else { return }
        guard rename(place, target) == 0 else {
            throw CommandError(.cannotWrite, "\(FileFailure(place, "cannot be moved to \(target)"))")
        }
        try Directory.sync(of: target)
        try Directory.sync(of: place)
    }

    private func carry(from folder: String, old: BuilderCard, new: BuilderCard) async throws -> Int {
        guard Files.exists(folder + "/log") else { return 0 }
        let site = BuilderSite(
            card: new, keys: try BuilderKeys.read(workplace, address: new.address),
            // Nobody knows the new log yet, so nobody could cosign it.
            book: PeerBook(folder: places.retired + "/none"))
        let carrier = EntryCarrier(source: LogDirectory(folder + "/log"), key: old.log, builders: site.acceptedBuilders)
        let resources = HTTPResources()
        do {
            let sequencer = try await site.openLog(places.log, resources, onEvent: warn)
            do {
                let count = try await carrier.carry(to: sequencer, LogDirectory(places.log))
                await sequencer.close()
                await resources.shutdown()
                return count
            } catch {
                await sequencer.close()
                throw error
            }
        } catch {
            await resources.shutdown()
            throw (error as? TransparencyLogError).map { CommandError(log: $0) } ?? error
        }
    }
}
