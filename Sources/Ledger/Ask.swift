package import Quorum

/// The newest answer of a source that brought no claim: that it has nothing, or why it gave no answer.
package struct Ask: Hashable, Sendable {
    /// What came of asking.
    package enum Answer: Hashable, Sendable {
        /// The source states that it does not have the subject.
        case absent
        /// The source gave no usable answer, with the reason in one line.
        case trouble(String)
        /// The source stated something that was refused, with the reason in one line.
        case refused(String)
    }

    package let key: LookupKey
    /// The source's address as the policy writes it.
    package let source: String
    package let at: Timestamp
    package let answer: Answer

    package init(key: LookupKey, source: String, at: Timestamp, answer: Answer) {
        self.key = key
        self.source = source
        self.at = at
        self.answer = answer
    }
}
