import ClaimSources
import NIOCore
import NIOPosix
import Synchronization
import TestSupport

/// Answers of one batch as a client brought them, and how often each question got one.
struct Asked: Sendable {
    var answers: [HTTPAnswer?]
    var counts: [Int]
    var time: Duration

    var wasEachAnsweredOnce: Bool { counts.allSatisfy { $0 == 1 } }

    /// The bodies as text; nil for anything else.
    var bodies: [String?] {
        answers.map { answer in
            if case .body(let body) = answer { String(buffer: body) } else { nil }
        }
    }

    /// What kinds of trouble there were; nil for an answer that is none.
    var troubles: [SourceTrouble.Kind?] {
        answers.map { answer in
            if case .trouble(let trouble) = answer { trouble.kind } else { nil }
        }
    }

    var absences: Int {
        answers.count { answer in
            if case .absent = answer { true } else { false }
        }
    }

    var firstMessage: String? {
        if case .trouble(let trouble) = answers.first { trouble.message } else { nil }
    }
}

extension PipelinedClient {
    /// A client with limits that suit a test: a time is set by those that wait for it.
    static func quick(
        _ address: String, answerTime: TimeAmount = .seconds(10),
        _ change: (inout HTTPLimits) -> Void = { _ in }
    ) throws -> PipelinedClient {
        var limits = HTTPLimits()
        limits.answerTime = answerTime
        limits.connectTime = .seconds(10)
        change(&limits)
        return try PipelinedClient(
            origin: try HTTPOrigin(address), limits: limits, group: MultiThreadedEventLoopGroup.singleton)
    }

    func ask(_ paths: [String]) async -> Asked {
        let asked = Mutex(
            Asked(
                answers: Array(repeating: nil, count: paths.count), counts: Array(repeating: 0, count: paths.count),
                time: .zero))
        let time = await ContinuousClock().measure {
            await get(paths) { index, answer in
                asked.withLock {
                    $0.answers[index] = answer
                    $0.counts[index] += 1
                }
            }
        }
        return asked.withLock {
            $0.time = time
            return $0
        }
    }

    /// Asks for `count` paths that differ.
    func ask(_ count: Int) async -> Asked { await ask((0..<count).map { "p\($0)" }) }
}
