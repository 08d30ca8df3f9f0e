package import ClaimSources
package import Ledger
package import Quorum

/// What is known under one key after the caches were asked: a verdict for each subject claimed there, and who said what.
package struct Finding: Sendable {
    package let key: LookupKey
    /// Verdicts by subject, in the subjects' order. Under one hash part there is one, unless somebody lies.
    package let verdicts: [Verdict]
    /// One for each cache, in the policy's order.
    package let reports: [SourceReport]
    /// The narinfos received just now, whether they claim anything or not.
    package let statements: [CacheStatement]
    /// Claims of caches that their newest answer does not make any more. In the verdicts they count: nothing said is
    /// forgotten, and withdrawing dissent gains nothing.
    package let earlier: Set<Claim>

    /// The verdict on `subject`, or nil when nothing was claimed about it.
    package func verdict(on subject: Subject) -> Verdict? {
        verdicts.first { $0.subject == subject }
    }
}
