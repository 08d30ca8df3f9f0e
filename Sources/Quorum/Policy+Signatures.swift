extension Policy {
    /// Whether a checkpoint with the log's own signature and cosignatures of these keys is believed.
    ///
    /// Without a `quorum NAME` or `quorum none` line every witness that the policy names must have cosigned.
    ///
    /// - Parameter keys: the keys whose cosignatures verify.
    public func believesCheckpoint(cosignedBy keys: Set<KeyIdentity>) -> Bool {
        switch witnessQuorum {
        case .none: return true
        case .all: return witnesses.allSatisfy { keys.contains($0.key.identity) }
        case .member(let member): return isMet(member, by: keys)
        }
    }

    /// Whether signatures of these keys meet the policy's `signed-by`; never when it has none.
    ///
    /// The next version of a distributed policy needs this of the version before it and of itself.
    ///
    /// - Parameter keys: the keys whose signatures verify.
    public func isSigned(by keys: Set<KeyIdentity>) -> Bool {
        guard let signedByMember else { return false }
        return isMet(signedByMember, by: keys)
    }

    private func isMet(_ member: PolicyMember, by keys: Set<KeyIdentity>) -> Bool {
        switch member {
        case .voter: return false
        case .witness(let index): return keys.contains(witnesses[index].key.identity)
        case .signer(let index): return keys.contains(signers[index].key.identity)
        case .group(let index):
            let group = groups[index]
            return group.members.count { isMet($0, by: keys) } >= group.threshold
        }
    }
}
