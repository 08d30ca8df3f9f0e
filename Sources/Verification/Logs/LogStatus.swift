package import Quorum

/// What came of following one log once.
package struct LogStatus: Sendable {
    /// How the log stands.
    package enum Standing: String, Sendable {
        /// Its newest checkpoint is believed and everything below it was read.
        case current
        /// Believed, and more entries are there than were read so far.
        case behind
        /// It could not be asked, or what it answered was no proof of anything; what was read before still counts.
        case unreachable
        /// What it showed is not cosigned as the policy asks.
        case unbelieved
        /// It showed an older state than it had shown before.
        case rolledBack = "rolled-back"
        /// Nobody cosigned anything of it lately.
        case frozen
        /// It showed two histories.
        case forked
    }

    package let log: FollowedLog
    package var standing: Standing
    /// What people should know, in one line; nil when there is nothing.
    package var message: String?
    /// Entries of the newest checkpoint that is believed; nil before there was one.
    package var size: UInt64?
    /// The first entry that was not read yet.
    package var read: UInt64 = 0
    /// The moment up to which enough witnesses have seen the log; nil where the policy asks for none.
    package var witnessedAt: Timestamp?
    /// Claims recorded by this pass.
    package var newClaims = 0
    /// Entries passed over by it: attestations of others, and what is no attestation.
    package var unlistedEntries = 0
    package var refusedEntries = 0
    /// Why the first of those was refused.
    package var refusal: String?
    /// Entries whose list of references could not be had; they are tried again.
    package var pendingEntries = 0

    /// Whether a person has to look at it: this is not what goes wrong by itself.
    package var isAlarm: Bool {
        switch standing {
        case .rolledBack, .frozen, .forked: true
        case .current, .behind, .unreachable, .unbelieved: false
        }
    }

    init(_ log: FollowedLog, _ standing: Standing, _ message: String? = nil) {
        self.log = log
        self.standing = standing
        self.message = message
    }
}

/// How logs are followed.
package struct FollowOptions: Sendable {
    /// Longest wait; what is under way then goes on without anybody waiting.
    package var deadline: Duration?
    /// Told how many entries were read and how many there are, of all logs together; on any thread.
    package var onProgress: (@Sendable (_ read: UInt64, _ of: UInt64) -> Void)?
    /// Told about new claims before they are recorded: what it does not get done is told again by the next pass.
    package var beforeRecording: (@Sendable ([Claim]) async throws -> Void)?
    /// Told about new claims once they are recorded.
    package var onClaims: (@Sendable ([Claim]) async -> Void)?

    package init() {}
}
