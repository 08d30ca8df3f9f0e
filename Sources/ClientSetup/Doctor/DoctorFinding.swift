/// One thing that `doctor` looked at, and what it means.
package struct DoctorFinding: Sendable, Hashable {
    package enum Severity: String, Sendable, Hashable, Comparable, CaseIterable {
        case ok
        /// It works, and is worse than it could be, or lets somebody on this machine go round the quorum on purpose.
        case warning
        /// Software comes in without the quorum being asked.
        case bypass

        package static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .ok: 0
            case .warning: 1
            case .bypass: 2
            }
        }
    }

    package let severity: Severity
    /// The setting or environment variable.
    package let setting: String
    /// What is there and what follows from it: one sentence or two.
    package let what: String
    /// What to do about it; nil when nothing needs doing.
    package let fix: String?

    package init(_ severity: Severity, _ setting: String, _ what: String, fix: String? = nil) {
        self.severity = severity
        self.setting = setting
        self.what = what
        self.fix = fix
    }
}

extension Sequence<DoctorFinding> {
    /// The gravest of them.
    package var worst: DoctorFinding.Severity { self.map(\.severity).max() ?? .ok }

    /// 1 when software can come in without the quorum being asked, else 0.
    package var exitCode: Int32 { worst == .bypass ? 1 : 0 }
}
