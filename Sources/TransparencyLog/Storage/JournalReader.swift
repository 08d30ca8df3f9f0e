internal import DurableFiles
internal import Glibc

/// Reads what the journal has, and tells a tail that a crash left from damage.
struct JournalReader {
    /// Oldest first.
    let segments: [JournalSegment]
    /// Files without a head: a crash while they were made.
    let unfinished: [String]

    /// Where reading ended.
    struct End: Sendable {
        /// Behind the last good record of the last segment.
        var offset = 0
        /// Bytes behind that.
        var droppedByteCount = 0
    }

    init(folder: String, origin: String) throws(TransparencyLogError) {
        var segments: [JournalSegment] = []
        var unfinished: [String] = []
        let names = try filing { () throws(FileFailure) in try Directory.names(in: folder) }
        for name in names.sorted() {
            let path = "\(folder)/\(name)"
            if let segment = try JournalSegment(reading: path, origin: origin) {
                segments.append(segment)
            } else if let size = FileStatus(path: path)?.size, size <= UInt64(JournalSegment.headByteCount) {
                unfinished.append(path)
            } else {
                throw TransparencyLogError(.damage, "\(path): the head of this segment is damaged")
            }
        }
        self.segments = segments
        self.unfinished = unfinished
    }

    /// Reads every record behind a tree, in order.
    ///
    /// - Parameter tree: The tree of the size at which the first segment begins; afterwards the one at the end.
    func replay(
        behind tree: inout Frontier, _ body: (EntryBatch) throws(TransparencyLogError) -> Void
    ) throws(TransparencyLogError) -> End {
        var end = End()
        for (position, segment) in segments.enumerated() {
            guard segment.first == tree.size, segment.root == tree.root else {
                throw TransparencyLogError(
                    .damage,
                    "\(segment.path): begins at \(segment.first), but what is before it ends at \(tree.size)"
                        + (segment.first == tree.size ? " with another root" : ""))
            }
            let next = position + 1 < segments.count ? segments[position + 1].first : nil
            end = try read(segment, until: next, behind: &tree, body)
        }
        return end
    }

    private func read(
        _ segment: JournalSegment, until next: UInt64?, behind tree: inout Frontier,
        _ body: (EntryBatch) throws(TransparencyLogError) -> Void
    ) throws(TransparencyLogError) -> End {
        let descriptor = open(segment.path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw TransparencyLogError(FileFailure(segment.path, "cannot be read")) }
        defer { close(descriptor) }
        let size = Int(FileStatus(descriptor: descriptor)?.size ?? 0)
        var offset = JournalSegment.headByteCount
        while tree.size != next {
            let bytes = try readAll(descriptor, at: offset, count: EntryBatch.headByteCount, segment.path)
            guard let head = JournalRecord(bytes, segment: segment.number), head.first == tree.size else { break }
            let record = try readAll(descriptor, at: offset, count: head.recordByteCount, segment.path)
            guard let batch = EntryBatch(record: record, head: head, behind: &tree) else { break }
            try body(batch)
            offset += record.count
        }
        guard next == nil || tree.size == next else {
            throw TransparencyLogError(
                .damage, "\(segment.path), byte \(offset): the record of entry \(tree.size) is damaged")
        }
        if next == nil, let later = try record(behind: tree.size, in: segment, descriptor, from: offset) {
            // One record is under way at a time, so nothing follows one that a crash tore.
            throw TransparencyLogError(
                .damage,
                "\(segment.path), byte \(offset): the record of entry \(tree.size) is damaged, but entry \(later) follows"
            )
        }
        return End(offset: offset, droppedByteCount: max(0, size - offset))
    }

    /// The first index of a record behind the place where reading stopped.
    private func record(
        behind size: UInt64, in segment: JournalSegment, _ descriptor: Int32, from start: Int
    ) throws(TransparencyLogError) -> UInt64? {
        let rest = try readAll(
            descriptor, at: start, count: Journal.segmentByteCount + 2 * JournalRecord.maximumByteCount, segment.path)
        var position = 0
        while let found = rest[position...].firstIndex(of: JournalRecord.magic[0]) {
            if found + EntryBatch.headByteCount <= rest.count,
                let head = JournalRecord(rest[found..<(found + EntryBatch.headByteCount)], segment: segment.number),
                head.first > size
            {
                return head.first
            }
            position = found + 1
        }
        return nil
    }
}
