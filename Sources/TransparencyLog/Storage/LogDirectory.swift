internal import DurableFiles
internal import Glibc

/// A log on a disk: a folder that any web server can serve as it is, except for what is below `.state`.
///
/// `checkpoint`, `tile/…` and `tile/entries/…` are what <https://c2sp.org/tlog-tiles> says; `references/` and
/// `inputs/` hold the lists that entries name by their digest. Only a ``Sequencer`` writes to it, and only one at a
/// time; reading needs no lock, since every file but `checkpoint` is written once and `checkpoint` is replaced whole.
package struct LogDirectory: Sendable, Hashable {
    /// The folder, without a slash at the end.
    package let root: String

    /// A log that is, or will be, in this folder; nothing is touched.
    package init(_ root: String) {
        self.root = root.count > 1 && root.hasSuffix("/") ? String(root.dropLast()) : root
    }

    /// Makes a new log without entries.
    ///
    /// Its first checkpoint, of size 0, carries the log's signature alone. `.exists` when the folder has a log.
    package static func create(
        _ root: String, signer: NoteSigner
    ) throws(TransparencyLogError) -> LogDirectory {
        let log = LogDirectory(root)
        try log.makeFolders()
        let lock = try WriterLock(log.lockFile)
        defer { withExtendedLifetime(lock) {} }
        guard FileStatus(path: log.headFile) == nil else {
            throw TransparencyLogError(.exists, "\(root): there is a log already")
        }
        let empty = try Checkpoint(origin: signer.key.name, size: 0, root: MerkleHash.empty)
        let note = try VerifiedCheckpoint(signing: empty, by: signer).note.bytes
        // The log's own folder gets what the umask left to those inside.
        if let inside = FileStatus(path: "\(root)/tile") { chmod(log.root, inside.permissions & 0o777) }
        // The head comes last: without it nothing counts as a log, so that a creation that was cut short is repeated.
        try filing { () throws(FileFailure) in
            try WholeFile.replace(log.checkpointFile, note, mode: 0o644)
            try WholeFile.replace(log.headFile, note, mode: 0o600)
        }
        return log
    }

    /// Makes the folders that are missing.
    func makeFolders() throws(TransparencyLogError) {
        try filing { () throws(FileFailure) in
            try Directory.make(root)
            for folder in [stateFolder, journalFolder, newFolder, indexFolder] { try Directory.make(folder) }
        }
        // What is published may be read by the web server's user too, unless the owner's umask says otherwise.
        for folder in ["tile", "tile/entries", ListKind.references.rawValue, ListKind.inputs.rawValue] {
            try Self.makePublic("\(root)/\(folder)")
        }
    }

    /// Makes a folder that others may read; whether it was new.
    @discardableResult
    static func makePublic(_ path: String) throws(TransparencyLogError) -> Bool {
        if mkdir(path, 0o755) == 0 { return true }
        guard errno == EEXIST else { throw TransparencyLogError(FileFailure(path, "cannot be made")) }
        return false
    }
}

extension LogDirectory {
    /// The newest published checkpoint.
    package var checkpointFile: String { "\(root)/checkpoint" }

    /// The file of a tile or a bundle.
    package func file(of path: TilePath) -> String { "\(root)/\(path.text)" }

    var stateFolder: String { "\(root)/.state" }
    var lockFile: String { "\(stateFolder)/lock" }
    /// The newest checkpoint that was ever signed.
    var headFile: String { "\(stateFolder)/head" }
    /// There once the log was retired.
    var retiredFile: String { "\(stateFolder)/retired" }
    var journalFolder: String { "\(stateFolder)/journal" }
    /// Files that are being written.
    var newFolder: String { "\(stateFolder)/new" }
    var indexFolder: String { "\(stateFolder)/index" }
}

extension LogDirectory {
    /// The published checkpoint, not verified; nil when there is none.
    package func checkpointNote() throws(TransparencyLogError) -> SignedNote? {
        try note(checkpointFile)
    }

    /// The newest checkpoint that was ever signed, published or not; nil when there is no log here.
    package func head(key: NoteKey) throws(TransparencyLogError) -> VerifiedCheckpoint? {
        guard let note = try note(headFile) else { return nil }
        return try VerifiedCheckpoint(note, logKey: key)
    }

    private func note(_ path: String) throws(TransparencyLogError) -> SignedNote? {
        let bytes: [UInt8]
        do throws(FileFailure) {
            bytes = try WholeFile.read(path, limit: SignedNote.maximumByteCount)
        } catch {
            if error.isAbsence { return nil }
            throw TransparencyLogError(error)
        }
        do throws(TransparencyLogError) {
            return try SignedNote(parsing: bytes)
        } catch {
            throw TransparencyLogError(.damage, "\(path): \(error.message)")
        }
    }
}
