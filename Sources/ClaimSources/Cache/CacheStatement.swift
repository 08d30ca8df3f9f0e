package import Quorum
package import StoreFormats

/// What one cache stated about one path, with its signatures checked.
package struct CacheStatement: Sendable {
    package let narInfo: CacheNarInfo
    /// The bytes as they were received.
    package let evidence: [UInt8]
    /// The cache's address.
    package let source: String
    /// A claim for each key of the policy whose signature verifies.
    package var claims: [Claim] = []
    /// Why other signatures, or the whole narinfo, claim nothing.
    package var refused: [String] = []

    init(narInfo: CacheNarInfo, evidence: [UInt8], source: String) {
        self.narInfo = narInfo
        self.evidence = evidence
        self.source = source
    }

    /// Whether the path needs no votes, as its content address says and its name proves or disproves.
    package var contentCommitment: ContentCommitment { ContentCommitment(narInfo) }
}

/// What a content address does for a path. Only sha256 and sha512 commit; the older hashes can be collided.
package enum ContentCommitment: Sendable {
    /// The path is computed from exactly this outcome.
    case outcome(Outcome)
    /// The path is computed from the contents' hash, which the bytes must show.
    case content(ContentAddress)
    /// The `CA` field does not give this path: a lie, with the words for it.
    case lie(String)
    /// No content address, or one by a hash that is not collision resistant.
    case none

    /// What the `CA` field of a narinfo commits to.
    package init(_ narInfo: CacheNarInfo) {
        guard let address = narInfo.contentAddress else {
            self = .none
            return
        }
        let own = narInfo.storePath
        let others = narInfo.references.filter { $0 != own }
        let computed = try? address.storePath(
            name: own.name, references: others, hasSelfReference: others.count < narInfo.references.count,
            in: own.directory)
        guard computed == own else {
            self = .lie("its CA field '\(address)' gives another path than \(own.path)")
            return
        }
        guard address.commitsToContent else {
            self = .none
            return
        }
        if address.isNarHash {
            guard address.hash == narInfo.narHash.contentHash else {
                self = .lie("its CA field '\(address)' and its NarHash differ")
                return
            }
            self = .outcome(narInfo.outcome)
        } else {
            self = .content(address)
        }
    }
}
