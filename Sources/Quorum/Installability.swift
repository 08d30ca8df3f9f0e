/// Whether a subject may be installed with all that it refers to.
public enum Installability: Hashable, Sendable {
    /// It and everything it refers to, however far away, is quorate or self-verifying.
    case installable
    /// Something stands in the way.
    case blocked(Blocker)

    /// What stands in the way of an installation: the nearest culprit, of equally near ones the first by name.
    public struct Blocker: Hashable, Sendable, CustomStringConvertible {
        /// Why the culprit is one.
        public enum Reason: Hashable, Sendable, CustomStringConvertible {
            /// Its own verdict does not accept it; the verdict's word.
            case verdict(String)
            /// There is no verdict about it.
            case noVerdict

            /// The reason as the rest of a sentence: `is split`.
            public var description: String {
                switch self {
                case .verdict(let word): return "is \(word)"
                case .noVerdict: return "has no verdict"
                }
            }
        }

        /// The subject that is not accepted; the one asked about when it is that itself.
        public let culprit: Subject
        /// The direct reference that leads to the culprit; nil when the subject is the culprit itself.
        public let via: Subject?
        /// Why it is not accepted.
        public let reason: Reason

        /// Half a sentence: what it refers to, and what is wrong with that.
        public var description: String {
            guard let via else { return "\(culprit) \(reason)" }
            return "it refers to \(culprit), which \(reason)" + (via == culprit ? "" : " (through \(via))")
        }
    }

    /// Whether nothing stands in the way.
    public var isInstallable: Bool { self == .installable }
}

/// The closure rule: nothing is installable whose references, transitively, are not quorate or self-verifying.
///
/// References are those of the agreed outcome. A path that is self-verifying but unread contributes none: its
/// references become known, and count, when its contents have been read and it is tallied again. Cycles and
/// self-references are harmless. Time is linear in subjects and references (what is blocked is sorted besides, so that
/// the answer is always the same); nothing recurses.
///
/// - Parameter verdicts: verdicts about the subjects asked about and all they refer to; whatever is missing blocks.
/// - Returns: an answer for every subject of `verdicts`.
public func installable(verdicts: [Subject: Verdict]) -> [Subject: Installability] {
    var graph = ReferenceGraph(verdicts)
    return graph.answers()
}

/// References backwards, from a path to those that refer to it: trouble spreads that way.
private struct ReferenceGraph {
    /// Those with a verdict, and after them those only referred to.
    private var subjects: [Subject]
    private let judged: Int
    private var referrers: [[Int]]
    private var blockers: [Installability.Blocker?]
    private var queue: [Int] = []

    init(_ verdicts: [Subject: Verdict]) {
        subjects = Array(verdicts.keys)
        judged = subjects.count
        referrers = [[Int]](repeating: [], count: judged)
        blockers = [Installability.Blocker?](repeating: nil, count: judged)
        var indexOfPath: [String: Int] = [:]
        indexOfPath.reserveCapacity(judged)
        for (index, subject) in subjects.enumerated() {
            if case .storePath(let path) = subject { indexOfPath[path] = index }
        }
        // A dictionary's keys and values come in one order.
        for (index, verdict) in verdicts.values.enumerated() {
            guard verdict.status.isAccepting else {
                block(index, reason: .verdict(verdict.status.word))
                continue
            }
            for reference in verdict.agreed?.references ?? [] {
                if let target = indexOfPath[reference] {
                    if target != index { referrers[target].append(index) }
                } else {
                    indexOfPath[reference] = subjects.count
                    addUnknown(reference, referrer: index)
                }
            }
        }
    }

    /// Breadth first from everything that is not accepted: each subject meets its nearest culprit first. Order by name
    /// at each step makes the answer independent of a dictionary's order.
    mutating func answers() -> [Subject: Installability] {
        queue.sort { subjects[$0] < subjects[$1] }
        var position = 0
        while position < queue.count {
            let index = queue[position]
            position += 1
            guard let blocker = blockers[index] else { continue }
            let blocked = referrers[index].filter { blockers[$0] == nil }.sorted { subjects[$0] < subjects[$1] }
            for referrer in blocked {
                blockers[referrer] = Installability.Blocker(
                    culprit: blocker.culprit, via: subjects[index], reason: blocker.reason)
                queue.append(referrer)
            }
        }
        var answers: [Subject: Installability] = [:]
        answers.reserveCapacity(judged)
        for index in 0..<judged {
            answers[subjects[index]] = blockers[index].map { .blocked($0) } ?? .installable
        }
        return answers
    }

    private mutating func addUnknown(_ path: String, referrer: Int) {
        subjects.append(.storePath(path))
        referrers.append([referrer])
        blockers.append(nil)
        block(subjects.count - 1, reason: .noVerdict)
    }

    private mutating func block(_ index: Int, reason: Installability.Blocker.Reason) {
        blockers[index] = Installability.Blocker(culprit: subjects[index], via: nil, reason: reason)
        queue.append(index)
    }
}
