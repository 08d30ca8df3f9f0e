internal import ClaimSources
internal import Ledger
internal import LedgerSQLite
internal import Quorum
internal import TransparencyLog
internal import Verification

/// A monitor put together from a policy, with a state of its own in `monitor` of the state folder.
struct MonitorWatch {
    private let monitor: LogMonitor
    private let logs: LogSet
    private let ledger: any Ledger
    private let resources: HTTPResources

    /// What in the policy cannot be watched, in one line each.
    var notes: [String] { logs.notes }

    /// - Parameter own: Verifier keys of builders whose claims should all be in this machine's log, besides this
    ///   machine's own.
    init(_ workplace: Workplace, policy: Policy, own: [String]) throws {
        let places = workplace.places
        var keys = try own.map { text in
            let key = try NoteKey(text)
            guard key.kind == .ed25519, let identity = KeyIdentity(algorithm: .ed25519, bytes: key.publicKey) else {
                throw CommandError(.usage, "--own: '\(text)' is no builder's key")
            }
            return identity
        }
        if let card = try? BuilderSite.readCard(places), let identity = card.identity, !keys.contains(identity) {
            keys.append(identity)
        }
        let roster = LogRoster(policy: policy, others: keys)
        guard !roster.logs.isEmpty else {
            throw CommandError(
                .badPolicy,
                "the policy has no log line with an address: there is nothing to watch"
                    + roster.notes.map { "; \($0)" }.joined())
        }
        let folder = places.state + "/monitor"
        try Files.makeDirectory(folder)
        try Files.makeDirectory(places.keys)
        let seal = ClaimSeal(key: try SecretFile.randomKey(at: places.keys + "/seal", create: true))
        ledger = try SQLiteLedger(path: folder + "/ledger.sqlite", seal: seal) { _ in }
        resources = HTTPResources()
        logs = LogSet(
            policy: policy, memory: LogMemory(directory: folder), ledger: ledger, resources: resources, others: keys,
            now: { SystemClock.now })
        let entries = OwnEntries(LogDirectory(places.log))
        monitor = LogMonitor(
            logs: logs, ledger: ledger, resources: resources, ownKeys: Set(keys),
            isOwn: { await entries.contains($0.evidence) })
    }

    func look() async -> MonitorReport { await monitor.check() }

    func close() async {
        logs.shutdown()
        await resources.shutdown()
        await ledger.close()
    }
}

/// What this machine's own log holds, by the SHA-256 of entries.
private actor OwnEntries {
    private let directory: LogDirectory
    private var digests: Set<Digest256> = []
    private var read: UInt64 = 0

    init(_ directory: LogDirectory) { self.directory = directory }

    /// Reads what is new when an entry is not known. An entry that is not published yet is nobody's claim either.
    func contains(_ digest: Digest256) async -> Bool {
        if digests.contains(digest) { return true }
        guard let note = try? directory.checkpointNote(), let checkpoint = try? Checkpoint(parsing: note.text) else {
            return false
        }
        // The machine's own folder is believed: who can write it can sign as well.
        let reader = TileReader(source: directory, size: checkpoint.size, root: checkpoint.root)
        try? await reader.forEachBundle(in: read..<max(read, checkpoint.size)) { bundle in
            self.take(bundle)
        }
        return digests.contains(digest)
    }

    private func take(_ bundle: VerifiedBundle) {
        for entry in bundle.entries {
            digests.insert(sha256(entry))
        }
        read = bundle.firstIndex + UInt64(bundle.entries.count)
    }
}
