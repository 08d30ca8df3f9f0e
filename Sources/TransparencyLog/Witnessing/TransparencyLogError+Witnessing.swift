extension TransparencyLogError.Code {
    /// What was submitted to a witness or a mirror, or answered by one, is not the protocol.
    package static let submission = Self("submission")
    /// A witness's or a mirror's own files cannot be read or written, or are not what it wrote.
    package static let records = Self("records")
}
