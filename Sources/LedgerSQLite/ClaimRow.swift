internal import Ledger
internal import Quorum

/// What the row of a claim is found by, and its seal.
struct ClaimRow {
    /// Of the lookup key's SHA-256, the first eight bytes.
    let lookup: Int64
    let marks: ClaimMarks

    /// Bytes of a claim's identity that the index holds: too many for two claims to be made that share them.
    static let identityBytes = 16

    static func lookup(_ key: LookupKey) -> Int64 { Int64(bitPattern: key.digestPrefix) }

    static func lookup(_ subject: Subject) -> Int64 { lookup(LookupKey(subject)) }

    /// The part of an identity that the index holds.
    static func short(_ identity: Digest256) -> [UInt8] {
        identity.withBytes { Array($0.prefix(identityBytes)) }
    }
}
