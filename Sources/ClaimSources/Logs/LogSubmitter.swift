internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

/// Hands entries to a transparency log over HTTP: `POST add`, and the lists that stand beside entries.
package struct LogSubmitter: Sendable {
    /// The log's address, without a slash at the end.
    package let address: String

    private let client: HTTPClient

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
        var text = try HTTPOrigin(address).description
        while text.hasSuffix("/") { text.removeLast() }
        self.address = text
        client = resources.client
    }

    /// Adds an entry.
    ///
    /// - Parameter waits: Whether to wait until a checkpoint that was published covers the entry; otherwise until the log
    ///   has it on its disk.
    /// - Throws: ``SourceTrouble`` when there is no answer, or none that can be understood.
    package func add(_ entry: [UInt8], waits: Bool = true) async throws(SourceTrouble) -> Answer {
        let url = address + (waits ? "/add" : "/add?wait=0")
        let (status, retryAfter, body) = try await post(url, entry)
        switch status {
        case 200:
            guard body.hasSuffix("\n"), let index = UInt64(body.dropLast()), "\(index)\n" == body else {
                throw SourceTrouble(.malformed, "\(url): '\(body.prefix(100))' is no index")
            }
            return .index(index)
        case 429, 503: return .busy(seconds: max(1, min(retryAfter ?? 1, 60)))
        default: return .refused("\(status) \(body.prefix(500).split(separator: "\n").joined(separator: " "))")
        }
    }

    /// Puts a list beside an entry that the log has.
    ///
    /// - Parameter digest: SHA-256 of the list, in hexadecimal.
    /// - Throws: ``SourceTrouble`` when the log does not take it.
    package func put(_ list: [UInt8], _ kind: ListKind, digest: String) async throws(SourceTrouble) {
        let url = "\(address)/\(kind.rawValue)/\(digest)"
        let (status, _, body) = try await post(url, list)
        guard (200..<300).contains(status) else {
            throw SourceTrouble(
                .status, "\(url): \(status) \(body.prefix(200).split(separator: "\n").joined(separator: " "))")
        }
    }

    private func post(
        _ url: String, _ body: [UInt8]
    ) async throws(SourceTrouble) -> (status: Int, retryAfter: Int64?, body: String) {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/octet-stream")
        request.body = .bytes(ByteBuffer(bytes: body))
        do {
            let response = try await client.execute(request, timeout: Self.patience)
            let answer = try await response.body.collect(upTo: Self.answerLimit)
            return (
                Int(response.status.code), response.headers.first(name: "retry-after").flatMap { Int64($0) },
                String(buffer: answer)
            )
        } catch {
            throw BodyDownload.trouble(error, url, hasBegun: false)
        }
    }
}
