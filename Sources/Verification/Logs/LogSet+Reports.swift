internal import Quorum

extension LogSet {
    /// What each builder's logs have of one subject, for people: one line for each log and builder, in the policy's
    /// order.
    func reports(claims: [Claim], at time: Timestamp) -> [SourceReport] {
        guard !logs.isEmpty else { return [] }
        let (forked, stale) = standing(at: time)
        return logs.flatMap { log in
            let trouble = forked.contains(log.key) ? "it is forked" : stale[log.key].map { "the log \($0)" }
            return log.builders.map { builder in
                let hasStated = claims.contains {
                    $0.form == .logEntry && $0.log == log.key && $0.key == builder.key.identity
                }
                let answer: SourceReport.Answer
                var remarks: [String] = []
                if hasStated {
                    answer = .stated
                    if let trouble { remarks.append("\(trouble), so what it holds does not count") }
                } else if let trouble = trouble ?? lastTrouble(of: log.key) {
                    answer = .trouble(trouble)
                } else {
                    answer = .absent
                }
                return SourceReport(
                    leaf: builder.name, address: log.addresses.first ?? log.origin, answer: answer, remarks: remarks)
            }
        }
    }
}
