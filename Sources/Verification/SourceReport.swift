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
    /// What people should know besides, such as a `CA` field that lies.
    package let remarks: [String]

    package init(leaf: String, address: String, answer: Answer, remarks: [String] = []) {
        self.leaf = leaf
        self.address = address
        self.answer = answer
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
