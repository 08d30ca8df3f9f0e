internal import NIOCore

/// Hands entries to a transparency log over HTTP: `POST add`, and the lists that stand beside entries.
package struct LogSubmitter: Sendable {
    /// The log's address, without a slash at the end.
    package let address: String

    private let poster: LogPoster

    /// What the log said about an entry.
    package enum Answer: Hashable, Sendable {
        /// It has it, at this index: now, or since before.
        case index(UInt64)
        /// It does not take it, and why.
        case refused(String)
        /// It cannot take it now; in how many seconds to try again.
        case busy(seconds: Int64)
    }

    /// What stands beside entries.
    package enum ListKind: String, Sendable {
        case references
        case inputs
    }

    /// How long one answer may take: the log waits for its witnesses before it gives one.
    private static let patience = TimeAmount.seconds(60)
    /// An index and a line feed, or a sentence.
    private static let answerLimit = 16_384

    /// - Throws: ``SourceTrouble`` of kind `unusable` for what is no address.
    package init(_ address: String, resources: HTTPResources) throws(SourceTrouble) {
        poster = try LogPoster(
            address, resources: resources, answerTime: Self.patience, answerBytes: Self.answerLimit)
        var text = poster.address
        while text.hasSuffix("/") { text.removeLast() }
        self.address = text
    }

    /// Adds an entry.
    ///
    /// - Parameter waits: Whether to wait until a checkpoint that was published covers the entry; otherwise until the log
    ///   has it on its disk.
    /// - Throws: ``SourceTrouble`` when there is no answer, or none that can be understood.
    package func add(_ entry: [UInt8], waits: Bool = true) async throws(SourceTrouble) -> Answer {
        let answer = try await poster.post(waits ? "add" : "add?wait=0", entry)
        switch answer.status {
        case 200:
            let body = String(decoding: answer.body, as: UTF8.self)
            guard body.hasSuffix("\n"), let index = UInt64(body.dropLast()), "\(index)\n" == body else {
                throw SourceTrouble(.malformed, "\(address)/add: '\(body.prefix(100))' is no index")
            }
            return .index(index)
        case 429, 503: return .busy(seconds: Self.pause(answer))
        default: return .refused(answer.words)
        }
    }

    /// Puts a list beside an entry that the log has. A log that is busy is asked again, a few times.
    ///
    /// - Parameter digest: SHA-256 of the list, in hexadecimal.
    /// - Throws: ``SourceTrouble`` when the log does not take it.
    package func put(_ list: [UInt8], _ kind: ListKind, digest: String) async throws(SourceTrouble) {
        let path = "\(kind.rawValue)/\(digest)"
        var answer = try await poster.post(path, list)
        for _ in 0..<Self.listRetries where answer.status == 503 || answer.status == 429 {
            // Cancelled: the answer at hand is the last.
            guard (try? await Task.sleep(for: .seconds(Self.pause(answer)))) != nil else { break }
            answer = try await poster.post(path, list)
        }
        guard (200..<300).contains(answer.status) else {
            throw SourceTrouble(.status, "\(address)/\(path): \(answer.words)")
        }
    }

    /// The seconds that the log asks to wait, within reason.
    private static func pause(_ answer: LogPoster.Answer) -> Int64 {
        Int64(max(1, min(answer.retryAfter ?? 1, 60)))
    }

    /// How often a list is sent again to a log that is busy.
    private static let listRetries = 5
}
