/// Where a mirror stands with one log: the body of its 202 and 409 answers (c2sp.org/tlog-mirror).
package struct MirrorInfo: Hashable, Sendable {
    /// The size of a pending checkpoint up to which entries are taken.
    package let size: UInt64
    /// The index of the first entry that the mirror does not have.
    package let next: UInt64
    /// What the mirror wants to see again with the entries. Opaque, perhaps empty.
    package let ticket: [UInt8]

    /// The media type of the text.
    package static let type = "text/x.tlog.mirror-info"
    /// Longest text: two numbers and the longest ticket, whose length is a 16-bit number, in base64.
    package static let maximumByteCount = 96 << 10

    package init(size: UInt64, next: UInt64, ticket: [UInt8]) {
        self.size = size
        self.next = next
        self.ticket = ticket
    }

    /// Reads the three lines.
    /// - Throws: ``TransparencyLogError`` `.submission`.
    package init(parsing body: [UInt8]) throws(TransparencyLogError) {
        var rest = body[...]
        guard body.count <= Self.maximumByteCount,
            let sizeLine = rest.takeLine(), let size = StrictText.decimal(sizeLine),
            let nextLine = rest.takeLine(), let next = StrictText.decimal(nextLine),
            let ticketLine = rest.takeLine(), rest.isEmpty,
            let ticket = ticketLine.isEmpty ? [] : StrictText.decodeBase64(ticketLine),
            ticket.count <= Int(UInt16.max)
        else {
            throw TransparencyLogError(.submission, "a mirror's answer is not size, next entry and ticket")
        }
        self.init(size: size, next: next, ticket: ticket)
    }

    /// The text as it is sent.
    package var bytes: [UInt8] { Array("\(size)\n\(next)\n\(StrictText.encodeBase64(ticket))\n".utf8) }
}
