/// The beginning of an `add-entries` request (c2sp.org/tlog-mirror): which entries of which log follow.
package struct AddEntriesHeader: Hashable, Sendable {
    /// The log's origin, as the client claims it.
    package let origin: String
    /// The first entry that is sent.
    package let start: UInt64
    /// The size of the tree that the proofs end in.
    package let end: UInt64
    /// What the mirror gave with an earlier answer, or nothing.
    package let ticket: [UInt8]

    /// - Throws: ``TransparencyLogError`` `.submission` when the range is none, or something is too long to be sent.
    package init(origin: String, start: UInt64, end: UInt64, ticket: [UInt8] = []) throws(TransparencyLogError) {
        guard start <= end, end <= StrictText.maximumNumber else {
            throw TransparencyLogError(.submission, "add-entries: \(start) to \(end) is no range of entries")
        }
        guard origin.utf8.count <= Int(UInt16.max), ticket.count <= Int(UInt16.max) else {
            throw TransparencyLogError(.submission, "add-entries: an origin or ticket over 65,535 bytes")
        }
        self.origin = origin
        self.start = start
        self.end = end
        self.ticket = ticket
    }

    /// The header as it is sent.
    package var bytes: [UInt8] {
        var bytes = Self.bigEndian(UInt16(origin.utf8.count)) + Array(origin.utf8)
        bytes += Self.bigEndian(start) + Self.bigEndian(end)
        return bytes + Self.bigEndian(UInt16(ticket.count)) + ticket
    }

    private static func bigEndian(_ number: some FixedWidthInteger) -> [UInt8] {
        stride(from: number.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> $0) }
    }
}
