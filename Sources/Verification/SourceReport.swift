/// What asking one cache about one path brought, for people.
package struct SourceReport: Hashable, Sendable {
    /// What came back.
    package enum Answer: Hashable, Sendable {
        /// It stated an outcome, now or when it was last asked.
        case stated
        /// It does not have the path.
        case absent
        /// It answered with something that claims nothing, and why.
        case refused(String)
        /// It gave no usable answer, and why.
        case trouble(String)
    }

    /// The cache's name in the policy.
    package let leaf: String
    package let address: String
    package let answer: Answer
    /// What it said last: other than ``answer`` where an earlier statement is remembered that it makes no more.
    package let newest: Answer
    /// Whether ``newest`` is only remembered, and asking again is the only way to know.
    package let isUnclear: Bool
    /// What people should know besides, such as a `CA` field that lies.
    package let remarks: [String]

    package init(
        leaf: String, address: String, answer: Answer, newest: Answer? = nil, isUnclear: Bool = false,
        remarks: [String] = []
    ) {
        self.leaf = leaf
        self.address = address
        self.answer = answer
        self.newest = newest ?? answer
        self.isUnclear = isUnclear
        self.remarks = remarks
    }

    /// The answer in one word.
    package var word: String {
        switch answer {
        case .stated: "stated"
        case .absent: "absent"
        case .refused: "refused"
        case .trouble: "trouble"
        }
    }

    /// Why nothing usable came back; nil otherwise.
    package var reason: String? {
        switch answer {
        case .stated, .absent: nil
        case .refused(let why), .trouble(let why): why
        }
    }
}
