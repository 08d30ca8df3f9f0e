internal import Glibc
package import Quorum
internal import Synchronization

/// What this machine holds outside the ledger: revocations and standing conflicts, as small text files.
///
/// A shared database must not be able to take an alarm or a revocation away, so these live here (one of the design's
/// fixed rules).
package final class LocalState: Sendable {
    private struct Contents {
        var revocations = Revocations()
        var conflicts: [Subject: String] = [:]
    }
    private let contents: Mutex<Contents>
    private let conflictFile: StateFile?
    private let revocationFile: StateFile?

    /// State that is kept in `directory`.
    /// - Throws: ``StateFileError`` when a file there cannot be read or is not what this program writes.
    package init(directory: String) throws {
        let conflicts = StateFile(path: directory + "/conflicts")
        let revocations = StateFile(path: directory + "/revocations")
        conflictFile = conflicts
        revocationFile = revocations
        var read = Contents()
        for line in try conflicts.lines() {
            guard let path = line.split(separator: " ").first(where: { $0.hasPrefix("/") }) else {
                throw StateFileError("\(conflicts.path): a line without a path: '\(line.prefix(60))'")
            }
            read.conflicts[.storePath(String(path))] = line
        }
        read.revocations = try Self.parse(revocations)
        contents = Mutex(read)
    }

    /// State that is kept nowhere, for tests.
    package init() {
        conflictFile = nil
        revocationFile = nil
        contents = Mutex(Contents())
    }

    package var revocations: Revocations { contents.withLock { $0.revocations } }

    package var standingConflicts: Set<Subject> { contents.withLock { Set($0.conflicts.keys) } }

    /// The standing conflicts, a line each as the file has them.
    package var conflictLines: [String] { contents.withLock { $0.conflicts.values.sorted() } }

    /// Reads the revocations again, after the file has changed.
    package func reloadRevocations() throws {
        guard let revocationFile else { return }
        let new = try Self.parse(revocationFile)
        contents.withLock { $0.revocations = new }
    }

    /// Adds a line in the policy's grammar, durably, and counts it from now on.
    package func revoke(_ line: String) throws {
        let added = try Revocations(text: line + "\n")
        try revocationFile?.append(line)
        contents.withLock {
            $0.revocations.keys.formUnion(added.keys)
            $0.revocations.outcomes.formUnion(added.outcomes)
        }
    }

    /// Makes a conflict stand until a person clears it.
    package func raiseConflict(_ verdict: Verdict, at time: Timestamp) {
        let outcomes = verdict.support.filter(\.meetsQuorum).map { support in
            "\(support.outcome.digest.hex)=\(support.parties.joined(separator: "+"))"
        }
        let line = "\(time) \(verdict.subject) \(outcomes.joined(separator: " "))"
        let isNew = contents.withLock { contents in
            guard contents.conflicts[verdict.subject] == nil else { return false }
            contents.conflicts[verdict.subject] = line
            return true
        }
        // In memory it stands in any case; a state that cannot be written is reported where it is opened.
        if isNew { try? conflictFile?.append(line) }
    }

    /// Ends a standing conflict.
    /// - Returns: False when there was none.
    package func clearConflict(_ subject: Subject) throws -> Bool {
        let lines = contents.withLock { contents -> [String]? in
            guard contents.conflicts.removeValue(forKey: subject) != nil else { return nil }
            return contents.conflicts.values.sorted()
        }
        guard let lines else { return false }
        try conflictFile?.replace(lines)
        return true
    }

    private static func parse(_ file: StateFile) throws -> Revocations {
        let lines = try file.lines()
        do {
            return try Revocations(text: lines.map { $0 + "\n" }.joined())
        } catch {
            throw StateFileError("\(file.path): \(error)")
        }
    }
}
