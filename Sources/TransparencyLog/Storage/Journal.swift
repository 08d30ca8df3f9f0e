internal import DurableFiles
internal import Glibc

/// Where the order of entries is decided: what was appended here and synced is in the log, whatever happens next.
///
/// Why this is safe. A batch is one record, written behind the last one and made durable by one `fdatasync`; only then
/// are its submitters answered, and only then may a checkpoint that covers it be signed. So a crash can lose or tear
/// the last record alone, which nobody was told of: the root behind its entries does not fit, and it is left out. When
/// a write or a sync fails, nobody knows what the disk holds behind the last good record; that segment is never written
/// to again, and the next one begins at the index after the last good record. Since a segment ends where the next one
/// begins, whatever stands there is never read. A segment is removed when all its entries are in full bundles and
/// tiles, which are durable by then.
///
/// Used by one thread.
final class Journal {
    private let folder: String
    private let origin: String
    /// Oldest first; the last one is written to.
    private(set) var segments: [JournalSegment]
    // Of the last segment; -1 when it must not be written to.
    private var descriptor: Int32 = -1
    private var byteCount = 0

    /// A segment that has become so large is followed by another.
    static let segmentByteCount = 64 << 20

    init(folder: String, origin: String, segments: [JournalSegment]) {
        self.folder = folder
        self.origin = origin
        self.segments = segments
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The number of the segment that the next record goes to; records are tied to it.
    ///
    /// - Parameter tree: What the log holds, durably.
    func prepare(behind tree: Frontier) throws(TransparencyLogError) -> UInt64 {
        if descriptor >= 0, byteCount < Self.segmentByteCount, let last = segments.last { return last.number }
        abandon()
        let segment = JournalSegment(
            folder: folder, number: (segments.last?.number ?? 0) + 1, first: tree.size, root: tree.root)
        do throws(FileFailure) {
            // What a failed attempt left is of no worth: nothing was ever acknowledged from it.
            let opened = open(segment.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard opened >= 0 else { throw FileFailure(segment.path, "cannot be made") }
            descriptor = opened
            let head = segment.head(origin: origin)
            guard write(descriptor, head, head.count) == head.count, fsync(descriptor) == 0 else {
                throw FileFailure(segment.path, "cannot be written")
            }
            try syncFolder()
        } catch {
            abandon()
            unlink(segment.path)
            throw TransparencyLogError(error, code: .unavailable)
        }
        byteCount = JournalSegment.headByteCount
        segments.append(segment)
        return segment.number
    }

    /// Goes on behind the last record of the last segment, which was read up to there.
    func resume(at offset: Int) throws(TransparencyLogError) {
        guard let last = segments.last else { return }
        let opened = open(last.path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)
        guard opened >= 0 else { throw TransparencyLogError(FileFailure(last.path, "cannot be written")) }
        descriptor = opened
        byteCount = offset
        // What was read may be in memory only, if the process before was killed between writing and syncing. And what
        // is behind the last good record must not come back when a shorter one is written over it.
        guard lseek(opened, offset, SEEK_SET) == offset, ftruncate(opened, offset) == 0, fsync(opened) == 0 else {
            abandon()
            throw TransparencyLogError(FileFailure(last.path, "cannot be synced"))
        }
    }

    /// Appends a record and makes it durable. After an error the log holds what it held before.
    func append(_ record: [UInt8]) throws(TransparencyLogError) {
        guard descriptor >= 0, let path = segments.last?.path else {
            throw TransparencyLogError(.unavailable, "\(folder): the journal is not open")
        }
        do throws(TransparencyLogError) {
            try writeAll(descriptor, record, path)
            guard fdatasync(descriptor) == 0 else {
                throw TransparencyLogError(FileFailure(path, "cannot be synced"), code: .unavailable)
            }
            byteCount += record.count
        } catch {
            // Cutting the segment is tidy but not needed: the next one says where this one ends.
            ftruncate(descriptor, byteCount)
            abandon()
            throw TransparencyLogError(.unavailable, error.message)
        }
    }

    /// Removes segments of which every entry is below `size`; one that is left over does no harm.
    func drop(below size: UInt64) {
        while segments.count > 1, segments[1].first <= size {
            unlink(segments[0].path)
            segments.removeFirst()
        }
    }

    private func abandon() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }

    private func syncFolder() throws(FileFailure) {
        let opened = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard opened >= 0 else { throw FileFailure(folder, "cannot be synced") }
        defer { close(opened) }
        guard fsync(opened) == 0 else { throw FileFailure(folder, "cannot be synced") }
    }
}
