internal import ClaimSources
internal import NIOCore
internal import Quorum
internal import StoreFormats
internal import Verification

/// What the gateway answers about one hash part. An object, since it is handed around for each request.
final class Decision: Sendable {
    /// Something to serve.
    struct Served: Sendable {
        let storePath: StorePath
        let outcome: StorePathOutcome
        let item: SpoolItem
        /// The narinfo's bytes, ready to send.
        let narInfo: ByteBuffer
    }

    /// Serve it, or why not.
    enum Answer: Sendable {
        case serve(Served)
        case refuse(String)
        /// Trouble of our own, not a verdict.
        case trouble(String)
    }

    let answer: Answer
    /// The findings behind the answer.
    let finding: Finding?
    /// When it was made, in seconds of our own clock.
    let madeAt: Int64
    /// Counts up when revocations or the policy change; older decisions are made anew.
    let generation: Int

    init(answer: Answer, finding: Finding?, madeAt: Int64, generation: Int) {
        self.answer = answer
        self.finding = finding
        self.madeAt = madeAt
        self.generation = generation
    }

    /// The verdict on what is served, or the first one.
    var verdict: Verdict? {
        guard case .serve(let served) = answer else { return finding?.verdicts.first }
        return finding?.verdict(on: .storePath(served.storePath.path)) ?? finding?.verdicts.first
    }
}
