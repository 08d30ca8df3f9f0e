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
        /// Conflicts that the file does not have, or not yet: reading it again does not end them.
        var unsaved: Set<Subject> = []
        var notes: [String] = []
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
        read.conflicts = try Self.parseConflicts(conflicts, noting: &read.notes)
        read.revocations = try Self.parse(revocations, noting: &read.notes)
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

    /// What people should know about the files as they were last read, in one line each.
    package var notes: [String] { contents.withLock { $0.notes } }

    /// The standing conflicts, a line each as the file has them.
    package var conflictLines: [String] { contents.withLock { $0.conflicts.values.sorted() } }

    /// The same, taken apart, by path.
    package var conflicts: [StandingConflict] {
        contents.withLock { contents in
            contents.conflicts.sorted { $0.key < $1.key }.map { StandingConflict($0.key, line: $0.value) }
        }
    }

    /// Reads the files again: another process may have revoked something, raised a conflict or cleared one.
    package func reload() throws {
        guard let conflictFile, let revocationFile else { return }
        try contents.withLock { contents in
            var notes: [String] = []
            let read = try Self.parseConflicts(conflictFile, noting: &notes)
            let revocations = try Self.parse(revocationFile, noting: &notes)
            let unsaved = contents.conflicts.filter { contents.unsaved.contains($0.key) }
            contents.conflicts = read.merging(unsaved) { saved, _ in saved }
            contents.revocations = revocations
            contents.notes = notes
        }
    }

    /// Adds a line in the policy's grammar, durably, and counts it from now on.
    /// - Returns: False when all of it was revoked before; the files stay as they are then.
    /// - Throws: ``PolicyError`` for a line that revokes nothing, ``StateFileError``.
    @discardableResult
    package func revoke(_ line: String) throws -> Bool {
        let added = try Revocations(text: line + "\n")
        var isNew = true
        try revocationFile?.update { contents in
            // A last line that nobody ended may be a person's own: it stays when it says something.
            let last = contents.unfinished.flatMap { (try? Revocations(text: $0 + "\n")) == nil ? nil : $0 }
            let lines = contents.lines + (last.map { [$0] } ?? [])
            isNew = (try? Revocations(text: lines.map { $0 + "\n" }.joined()))?.contains(added) != true
            return isNew ? lines + [line] : nil
        }
        contents.withLock {
            $0.revocations.keys.formUnion(added.keys)
            $0.revocations.outcomes.formUnion(added.outcomes)
        }
        return isNew
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
            contents.unsaved.insert(verdict.subject)
            return true
        }
        guard isNew, let conflictFile else { return }
        do throws(StateFileError) {
            try conflictFile.update { contents in
                let lines = Self.finished(contents)
                return lines.contains { Self.subject(of: $0) == verdict.subject } ? lines : lines + [line]
            }
            contents.withLock { _ = $0.unsaved.remove(verdict.subject) }
        } catch {
            // In memory it stands in any case; a state that cannot be written is reported where it is opened.
        }
    }

    /// Ends a standing conflict.
    /// - Returns: False when there was none.
    package func clearConflict(_ subject: Subject) throws -> Bool {
        var wasStanding = contents.withLock { $0.conflicts[subject] != nil }
        try conflictFile?.update { contents in
            let lines = Self.finished(contents)
            let left = lines.filter { Self.subject(of: $0) != subject }
            if left.count < lines.count { wasStanding = true }
            return left
        }
        contents.withLock { contents in
            contents.conflicts[subject] = nil
            contents.unsaved.remove(subject)
        }
        return wasStanding
    }

    /// The path of a line of `conflicts`: time, path, outcomes.
    private static func subject(of line: String) -> Subject? {
        line.split(separator: " ").first { $0.hasPrefix("/") }.map { .storePath(String($0)) }
    }

    /// The lines of `conflicts`. An unfinished last one counts when its path is whole: an alarm is not lost for want of
    /// a line's end.
    private static func finished(_ contents: StateFile.Contents) -> [String] {
        guard let last = contents.unfinished, let path = subject(of: last)?.description,
            last.split(separator: " ").last.map(String.init) != path || last.hasSuffix(" ")
        else { return contents.lines }
        return contents.lines + [last]
    }

    private static func parseConflicts(
        _ file: StateFile, noting notes: inout [String]
    ) throws -> [Subject: String] {
        let contents = try file.read()
        let lines = finished(contents)
        if contents.unfinished != nil, lines.count == contents.lines.count {
            notes.append("\(file.path): the unfinished last line, left by a crash, is ignored")
        }
        var conflicts: [Subject: String] = [:]
        for (index, line) in lines.enumerated() where !line.isEmpty {
            guard let subject = subject(of: line) else {
                throw StateFileError(
                    "\(file.path): line \(index + 1) names no store path: '\(line.prefix(60))'; correct it or take it out"
                )
            }
            conflicts[subject] = line
        }
        return conflicts
    }

    /// An unfinished last line counts when it can be read, since a person may have written it.
    private static func parse(_ file: StateFile, noting notes: inout [String]) throws -> Revocations {
        let contents = try file.read()
        let text = contents.lines.map { $0 + "\n" }.joined()
        if let last = contents.unfinished {
            if let all = try? Revocations(text: text + last + "\n") { return all }
            notes.append("\(file.path): the unfinished last line, left by a crash, is ignored")
        }
        do {
            return try Revocations(text: text)
        } catch {
            // No policy: what is wrong is told without the word.
            throw StateFileError("\(file.path): line \(error.line): \(error.message); correct it or take it out")
        }
    }
}
