internal import ClientSetup
internal import Quorum
internal import Verification

/// What an audit found.
struct AuditReport {
    /// One installed path.
    struct Entry {
        let installed: InstalledPath
        let standing: AuditStanding
        /// Whether the policy is content, for what is one party's word.
        let isAccepted: Bool
        /// The parties that state exactly what is installed.
        let parties: [String]
        /// The verdict's word, nil when nobody was asked.
        let word: String?
        let disk: DiskContents.Finding?
        /// Everything behind an alarm: kept for those alone, since there may be 100,000 paths.
        let evidence: (verdict: Verdict, sources: [SourceReport])?

        init(
            _ installed: InstalledPath, standing: AuditStanding, verdict: Verdict?, sources: [SourceReport],
            disk: DiskContents.Finding?
        ) {
            self.installed = installed
            self.standing = standing
            self.disk = disk
            isAccepted = verdict?.status.isAccepting ?? false
            word = verdict?.status.word
            let outcome = Outcome.storePath(installed.outcome)
            parties = verdict?.support.first { $0.outcome == outcome }?.parties ?? []
            evidence = standing.isAlarm ? verdict.map { ($0, sources) } : nil
        }

        /// What it means for the exit status.
        var status: ExitStatus {
            switch standing {
            case .agreed, .selfVerifying, .builtHere: return .ok
            case .oneParty: return isAccepted ? .ok : .short
            case .short, .unclaimed, .unreadable: return .short
            case .split, .conflict, .different, .altered, .revoked: return .disagreement
            }
        }
    }

    /// How many questions a cache left without a usable answer, and the first reason.
    struct Trouble {
        let cache: String
        var questions: Int
        let reason: String
    }

    /// How much there is of something.
    struct Amount {
        var paths = 0
        var bytes: UInt64 = 0

        mutating func add(_ path: InstalledPath) {
            paths += 1
            bytes &+= path.outcome.narSize
        }
    }

    let problems: [ClientSetupError]
    private(set) var entries: [Entry] = []
    private(set) var amounts: [AuditStanding: Amount] = [:]
    private(set) var total = Amount()
    private(set) var troubles: [Trouble] = []
    var ledgerTrouble: String?

    init(problems: [ClientSetupError]) { self.problems = problems }

    mutating func add(_ entry: Entry) {
        entries.append(entry)
        amounts[entry.standing, default: Amount()].add(entry.installed)
        total.add(entry.installed)
    }

    /// Counts questions that brought no answer: silence is not "does not have it".
    mutating func note(_ reports: [SourceReport]) {
        for report in reports {
            guard case .trouble(let reason) = report.answer else { continue }
            let cache = "\(report.leaf) (\(report.address))"
            if let index = troubles.firstIndex(where: { $0.cache == cache }) {
                troubles[index].questions += 1
            } else {
                troubles.append(Trouble(cache: cache, questions: 1, reason: reason))
            }
        }
    }

    /// Puts the paths into an order that does not depend on who was asked when.
    mutating func finish() {
        entries.sort { $0.installed.path < $1.installed.path }
    }

    /// The gravest of all; an entry that could not be read is never passed over as if all were well.
    var status: ExitStatus {
        var status = problems.isEmpty ? ExitStatus.ok : .short
        for entry in entries where entry.status.rawValue > status.rawValue { status = entry.status }
        return status
    }
}
