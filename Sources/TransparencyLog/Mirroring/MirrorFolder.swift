internal import DurableFiles

/// One log's copy on disk: what any static web server can serve as tlog-tiles, and a folder `.state` beside it.
///
/// Entries are stored when their proof was verified, as the bundles that are served. Everything that was written
/// appears complete or not at all, so that after a crash the files themselves say how far the copy has come.
struct MirrorFolder: Sendable {
    /// `<mirror>/<sha256 hex of the origin>`.
    let root: String
    let origin: String
    /// The mirror's key.
    let key: NoteKey

    /// The pending checkpoint; when nothing was pending since the last one that was signed, that one.
    func pending() throws(TransparencyLogError) -> CheckpointRecord? {
        if let pending = try CheckpointRecord.read("\(root)/.state/pending", origin: origin, key: key) {
            return pending
        }
        return try checkpoint()
    }

    /// The newest checkpoint that the mirror has signed.
    func checkpoint() throws(TransparencyLogError) -> CheckpointRecord? {
        try CheckpointRecord.read("\(root)/checkpoint", origin: origin, key: key)
    }

    func setPending(_ authentic: CheckpointGate.Authentic) throws(TransparencyLogError) {
        let note = try SignedNote(text: authentic.checkpoint.text, signatures: authentic.lines)
        try CheckpointRecord(checkpoint: authentic.checkpoint, note: note, own: nil).write("\(root)/.state/pending")
    }

    func setCheckpoint(_ record: CheckpointRecord) throws(TransparencyLogError) {
        try record.write("\(root)/checkpoint")
    }

    /// Does something while nobody else changes this copy.
    func alone<Value>(
        _ body: () throws(TransparencyLogError) -> Value
    ) throws(TransparencyLogError) -> Value {
        try RecordFiles.alone("\(root)/.state/lock", body)
    }

    /// Makes the folders.
    func prepare() throws(TransparencyLogError) {
        try RecordFiles.makePublicFolder(root)
        try RecordFiles.makeFolder("\(root)/.state/new")
    }

    /// A tile or bundle exactly as it is stored; nil when it is not.
    func read(_ path: TilePath) throws(TransparencyLogError) -> [UInt8]? {
        do throws(FileFailure) {
            return try WholeFile.read("\(root)/\(path.text)", limit: EntryBundle.maximumByteCount)
        } catch {
            if error.isAbsence { return nil }
            throw RecordFiles.trouble(error)
        }
    }

    /// Whether a tile or bundle is stored.
    func has(_ path: TilePath) -> Bool { FileStatus(path: "\(root)/\(path.text)") != nil }

    /// The first `count` entries of a bundle, from the full one or the widest part; nil when there are not as many.
    func entries(bundle number: UInt64, count: Int) throws(TransparencyLogError) -> [[UInt8]]? {
        // A part may be removed once the full bundle is there, so the full one is looked for again.
        for width in [TilePath.fullWidth, widestPart(ofBundle: number), TilePath.fullWidth] where width >= count {
            guard let path = TilePath(.entries, number: number, width: width), let bytes = try read(path) else {
                continue
            }
            return Array(try EntryBundle.decode(bytes, count: width)[..<count])
        }
        return nil
    }

    /// The index of the first entry that is not stored, at or above `size`, up to which everything is.
    func nextEntry(from size: UInt64) -> UInt64 {
        let width = UInt64(TilePath.fullWidth)
        var number = size / width
        while let path = TilePath(.entries, number: number), has(path) { number += 1 }
        return max(size, number * width + UInt64(widestPart(ofBundle: number)))
    }

    /// Writes tiles and bundles of this copy. Used by the one that is ``alone(_:)``, from one thread at a time.
    var writer: TileWriter { TileWriter(LogDirectory(root)) }

    /// Stores tiles and bundles durably; one that is there must be the same. Called by the one that is ``alone(_:)``.
    func write(
        _ files: [(path: TilePath, bytes: [UInt8])], with writer: inout TileWriter
    ) throws(TransparencyLogError) {
        do throws(TransparencyLogError) {
            try writer.write(files)
        } catch {
            throw TransparencyLogError(.records, error.message)
        }
    }

    /// The widest part of a bundle; 0 when there is none.
    private func widestPart(ofBundle number: UInt64) -> Int {
        guard let path = TilePath(.entries, number: number, width: 1),
            let names = try? Directory.names(in: "\(root)/\(path.text.dropLast(2))")
        else { return 0 }
        return names.compactMap { Int($0) }.filter { (1..<TilePath.fullWidth).contains($0) }.max() ?? 0
    }
}
