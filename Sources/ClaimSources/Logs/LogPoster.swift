internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

/// Sends the requests of c2sp.org/tlog-witness and c2sp.org/tlog-mirror, and what a log takes. What comes back is
/// bounded and believed in nothing.
struct LogPoster: Sendable {
    /// One answer.
    struct Answer: Sendable {
        let status: Int
        let type: String?
        let retryAfter: UInt64?
        let body: [UInt8]

        /// The body for people: one line, cut short.
        var words: String {
            let text = String(decoding: body.prefix(300), as: UTF8.self)
            return "\(status) " + text.split(whereSeparator: \.isNewline).joined(separator: " ")
        }
    }

    /// The prefix of the addresses, with a slash at the end.
    let address: String
    private let client: HTTPClient
    private let answerTime: TimeAmount
    private let answerBytes: Int

    /// - Parameters:
    ///   - answerTime: Longest wait for one answer.
    ///   - answerBytes: Longest answer; by default room for signature lines, or a mirror's state with its ticket.
    /// - Throws: ``SourceTrouble`` of kind `unusable` for what is no address.
    init(
        _ url: String, resources: HTTPResources, answerTime: TimeAmount, answerBytes: Int = 128 << 10
    ) throws(SourceTrouble) {
        address = try HTTPOrigin(url).description
        client = resources.client
        self.answerTime = answerTime
        self.answerBytes = answerBytes
    }

    func post(_ path: String, _ body: [UInt8], time: TimeAmount? = nil) async throws(SourceTrouble) -> Answer {
        try await ask(.POST, path, body, time: time)
    }

    func get(_ path: String) async throws(SourceTrouble) -> Answer { try await ask(.GET, path, nil, time: nil) }

    private func ask(
        _ method: HTTPMethod, _ path: String, _ body: [UInt8]?, time: TimeAmount?
    ) async throws(SourceTrouble) -> Answer {
        let url = address + path
        var request = HTTPClientRequest(url: url)
        request.method = method
        request.headers = ["user-agent": "quorate"]
        if let body {
            request.headers.add(name: "content-type", value: "application/octet-stream")
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        do {
            let response = try await client.execute(request, timeout: time ?? answerTime)
            var answer = try await response.body.collect(upTo: answerBytes)
            return Answer(
                status: Int(response.status.code), type: response.headers.first(name: "content-type"),
                retryAfter: response.headers.first(name: "retry-after").flatMap { UInt64($0) },
                body: answer.readBytes(length: answer.readableBytes) ?? [])
        } catch is NIOTooManyBytesError {
            throw SourceTrouble(.tooLarge, "\(url): an answer over \(answerBytes) bytes")
        } catch {
            throw BodyDownload.trouble(error, url, hasBegun: false)
        }
    }
}
