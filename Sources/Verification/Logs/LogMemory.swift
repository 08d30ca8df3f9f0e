internal import DurableFiles
internal import Ledger
internal import Quorum
internal import Synchronization
package import TransparencyLog

/// What this machine remembers of logs outside caches and database: of each the newest checkpoint that was verified,
/// and the evidence of logs that showed two histories.
///
/// A log's operator, or whoever can write to a shared database, must not be able to make it forget: a log that takes
/// back what it showed is found out only by who remembers. The files lie in `logs/` and `forks/` of the state folder,
/// in folders named by the SHA-256 of the log's origin.
package final class LogMemory: Sendable {
    /// The state folder; nil when nothing is kept.
    private let directory: String?

    /// What counts when the folder cannot be written, and beside it.
    private struct Kept {
        var checkpoints: [String: [UInt8]] = [:]
        var setbacks: [String: String] = [:]
        var pending: [String: [UInt64]] = [:]
        var forks: [String: String] = [:]
    }
    private let kept = Mutex(Kept())

    /// Most pieces of evidence of one kind that are kept of a log: one is enough to prove it.
    private static let evidenceLimit = 16
    /// Most entries that are waited for; those beyond are given up.
    static let pendingLimit = 10_000

    /// Memory in a state folder.
    package init(directory: String) { self.directory = directory }

    /// Memory that ends with this value: for tests, and where there is no state.
    package init() { directory = nil }

    private func folder(_ kind: String, _ origin: String) -> String? {
        directory.map { "\($0)/\(kind)/\(Checkpoint.pathName(ofOrigin: origin))" }
    }

    // MARK: - Checkpoints

    /// The newest checkpoint of a log, as it was kept.
    /// - Throws: ``StateFileError`` when it is there and cannot be read: that is never taken for a log seen first.
    package func checkpoint(of origin: String) throws(StateFileError) -> SignedNote? {
        if let bytes = kept.withLock({ $0.checkpoints[origin] }) { return try Self.note(bytes, "checkpoint") }
        guard let folder = folder("logs", origin) else { return nil }
        let path = folder + "/checkpoint"
        let bytes: [UInt8]
        do {
            bytes = try WholeFile.read(path, limit: SignedNote.maximumByteCount)
        } catch {
            if error.isAbsence { return nil }
            throw StateFileError("\(error)")
        }
        return try Self.note(bytes, path)
    }

    private static func note(_ bytes: [UInt8], _ path: String) throws(StateFileError) -> SignedNote {
        do {
            return try SignedNote(parsing: bytes)
        } catch {
            throw StateFileError("\(path): damaged (\(error.message)); restore it, or remove it to trust the log anew")
        }
    }

    /// Keeps a checkpoint durably. When the folder cannot be written it counts for as long as this value lives.
    /// - Returns: Why it could not be written.
    func keep(_ note: SignedNote, of origin: String) -> String? {
        write(note.bytes, "checkpoint", of: origin) { kept, bytes in kept.checkpoints[origin] = bytes }
    }

    // MARK: - Setbacks

    /// Why what is held of the log does not count although it was verified: it was last seen rolled back.
    func setback(of origin: String) -> String? {
        if let text = kept.withLock({ $0.setbacks[origin] }) { return text.isEmpty ? nil : text }
        return text("setback", of: origin)
    }

    /// Sets or, with nil, ends a setback.
    func keep(setback: String?, of origin: String) {
        guard self.setback(of: origin) != setback else { return }
        _ = write(Array((setback ?? "").utf8), "setback", of: origin) { kept, _ in kept.setbacks[origin] = setback ?? ""
        }
    }

    // MARK: - Entries that are waited for

    /// Entries whose claims need a list that could not be had.
    func pending(of origin: String) -> [UInt64] {
        if let all = kept.withLock({ $0.pending[origin] }) { return all }
        return (text("pending", of: origin) ?? "").split(separator: "\n").compactMap { UInt64($0) }
    }

    /// Keeps them in this order, each once.
    func keep(pending: [UInt64], of origin: String) {
        var seen: Set<UInt64> = []
        let new = Array(pending.filter { seen.insert($0).inserted }.prefix(Self.pendingLimit))
        guard new != self.pending(of: origin) else { return }
        _ = write(Array(new.map { "\($0)\n" }.joined().utf8), "pending", of: origin) { kept, _ in
            kept.pending[origin] = new
        }
    }

    private func text(_ name: String, of origin: String) -> String? {
        guard let folder = folder("logs", origin),
            let bytes = try? WholeFile.read("\(folder)/\(name)", limit: 1 << 20), !bytes.isEmpty
        else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func write(
        _ bytes: [UInt8], _ name: String, of origin: String, orKeep: @Sendable (inout sending Kept, [UInt8]) -> Void
    ) -> String? {
        guard let folder = folder("logs", origin) else {
            kept.withLock { orKeep(&$0, bytes) }
            return nil
        }
        do throws(FileFailure) {
            try Directory.make(folder)
            try WholeFile.replace("\(folder)/\(name)", bytes, mode: 0o600)
            return nil
        } catch {
            kept.withLock { orKeep(&$0, bytes) }
            return "\(error)"
        }
    }

    // MARK: - Forks

    /// Why a log is known to have shown two histories, with the folder of the evidence; nil when it is not.
    package func fork(of origin: String) -> String? {
        if let why = kept.withLock({ $0.forks[origin] }) { return why }
        guard let folder = folder("forks", origin),
            let name = (try? Directory.names(in: folder))?.filter({ $0.hasPrefix("fork-") }).min()
        else { return nil }
        let why = (try? WholeFile.read("\(folder)/\(name)/why", limit: 1 << 16)).map {
            String(decoding: $0, as: UTF8.self)
        }
        return "\(why.map { $0.split(separator: "\n").first.map(String.init) ?? "" } ?? "the evidence is incomplete"); "
            + "evidence: \(folder)/\(name)"
    }

    /// Keeps the evidence against a log: both notes, and what shows that they contradict each other.
    /// - Returns: The folder with it; nil when it could not be written, in which case a fork counts all the same for as
    ///   long as this value lives.
    @discardableResult
    func keep(_ evidence: LogEvidence) -> String? {
        if evidence.kind == .fork { kept.withLock { $0.forks[evidence.origin] = evidence.why } }
        guard let folder = folder("forks", evidence.origin) else { return nil }
        let prefix = evidence.kind.rawValue + "-"
        let known = ((try? Directory.names(in: folder)) ?? []).filter { $0.hasPrefix(prefix) }
        let place = "\(folder)/\(prefix)\(evidence.identifier)"
        guard !known.contains(prefix + evidence.identifier) else { return place }
        guard known.count < Self.evidenceLimit else { return folder }
        do throws(FileFailure) {
            try Directory.make(place)
            for (name, bytes) in evidence.files { try WholeFile.replace("\(place)/\(name)", bytes, mode: 0o600) }
        } catch {
            return nil
        }
        if evidence.kind == .fork { kept.withLock { $0.forks[evidence.origin] = nil } }
        return place
    }

    /// Trusts a log anew, as a person decides who has looked at the evidence: that stays under another name, and the
    /// next checkpoint that is seen is taken as the first.
    /// - Returns: False when the log is not known to be forked.
    package func forget(forkOf origin: String) throws(StateFileError) -> Bool {
        guard fork(of: origin) != nil else { return false }
        kept.withLock { kept in
            kept.forks[origin] = nil
            kept.checkpoints[origin] = nil
        }
        guard let forks = folder("forks", origin), let logs = folder("logs", origin) else { return true }
        do throws(FileFailure) {
            for name in (try? Directory.names(in: forks)) ?? [] where name.hasPrefix("fork-") {
                var number = 1
                while FileStatus(path: "\(forks)/settled-\(number)-\(name)") != nil { number += 1 }
                try StateMove.rename("\(forks)/\(name)", "\(forks)/settled-\(number)-\(name)")
            }
            try StateMove.remove(logs + "/checkpoint")
        } catch {
            throw StateFileError("\(error)")
        }
        return true
    }

    /// Where the log's lock between processes lies; nil when nothing is kept or the folder cannot be made.
    func lockPath(of origin: String) -> String? {
        guard let folder = folder("logs", origin), (try? Directory.make(folder)) != nil else { return nil }
        return folder + "/lock"
    }
}
