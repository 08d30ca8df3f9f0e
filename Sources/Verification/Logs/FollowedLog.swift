internal import ClaimSources
package import Quorum
package import TransparencyLog

/// A log in which claims of the policy's builders are looked for.
package struct FollowedLog: Hashable, Sendable {
    /// The log's key, whose name is the log's origin.
    package let noteKey: NoteKey
    /// The same key as claims carry it.
    package let key: KeyIdentity
    /// Where the log is found, without a slash at the end; at least one. The first stands in claims.
    package let addresses: [String]
    /// The builders whose claims count when this log holds them, in the policy's order.
    package let builders: [BuilderLeaf]
    /// Keys whose claims are read besides, for a monitor.
    package let others: [KeyIdentity]

    /// The name that the log gives itself in its checkpoints.
    package var origin: String { noteKey.name }

    /// Every key whose claims are looked for, each once.
    package var wanted: [KeyIdentity] {
        let own = builders.map(\.key.identity)
        return own + others.filter { !own.contains($0) }
    }
}

/// Which logs a policy has followed, and which of its lines lead nowhere.
package struct LogRoster: Sendable {
    /// In the order of the `log` lines.
    package let logs: [FollowedLog]
    /// The witnesses whose cosignatures are looked for.
    package let cosigners: [NoteKey]
    /// What in the policy cannot be followed, and why, in one line each.
    package let notes: [String]

    /// - Parameters:
    ///   - policy: Whose `builder`, `log` and `witness` lines.
    ///   - others: Keys whose claims are read from every log besides: a monitor's own.
    package init(policy: Policy, others: [KeyIdentity] = []) {
        var notes: [String] = []
        var cosigners: [NoteKey] = []
        for witness in policy.witnesses {
            do {
                cosigners.append(try NoteKey(witness.verifierKey))
            } catch {
                notes.append("\(witness.name): \(error.message); its cosignatures are not counted")
            }
        }
        self.cosigners = cosigners
        var logs: [FollowedLog] = []
        for line in policy.logs {
            let builders = policy.builders.filter { builder in
                policy.logs(of: builder).contains { $0.key.identity == line.key.identity }
            }
            guard !builders.isEmpty || !others.isEmpty else { continue }
            var addresses = line.url.map { [$0] } ?? []
            for url in builders.flatMap(\.urls) where policy.isAddress(url, of: line) && !addresses.contains(url) {
                addresses.append(url)
            }
            guard !addresses.isEmpty else {
                let names = builders.map(\.name).joined(separator: ", ")
                notes.append(
                    "the log \(line.key.name) has no address, so what it holds"
                        + (names.isEmpty ? "" : " of \(names)") + " is not read: give its URL on the log line")
                continue
            }
            do {
                logs.append(
                    FollowedLog(
                        noteKey: try NoteKey(line.verifierKey), key: line.key.identity, addresses: addresses,
                        builders: builders, others: others))
            } catch {
                notes.append("the log \(line.key.name): \(error.message); it is not read")
            }
        }
        for builder in policy.builders {
            for url in builder.urls where !policy.logs.contains(where: { policy.isAddress(url, of: $0) }) {
                notes.append(
                    "\(builder.name): no log line has the key of \(url), so that log is not read: add 'log VKEY \(url)', "
                        + "as its operator gives it")
            }
        }
        self.logs = logs
        self.notes = notes
    }
}

extension Policy {
    /// The moment up to which the policy's witnesses have seen a checkpoint.
    ///
    /// Cosignatures of the future are left out: a witness whose clock runs ahead would keep a frozen log fresh.
    /// - Parameter now: Our own clock.
    func quorumTime(of checkpoint: VerifiedCheckpoint, now: Timestamp) -> QuorumTime {
        let latest = UInt64(clamping: now.secondsSince1970.addingReportingOverflow(Self.clockSkew).partialValue)
        let early = Set(checkpoint.cosignatures.filter { $0.time > latest }.map(\.key))
        return checkpoint.quorumTime { keys in
            believesCheckpoint(
                cosignedBy: Set(
                    keys.subtracting(early).compactMap {
                        KeyIdentity(algorithm: .ed25519, bytes: $0.publicKey)
                    }))
        }
    }

    /// Seconds by which a witness's clock may run ahead of ours.
    private static var clockSkew: Int64 { 300 }
}
