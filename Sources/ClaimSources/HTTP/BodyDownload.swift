internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

/// Streams large bodies (NARs, logs) with back-pressure, following redirects within bounds.
struct BodyDownload: Sendable {
    private let client: HTTPClient
    private let limits: Limits

    /// The bounds of one download.
    struct Limits: Sendable {
        /// Redirects followed before giving up; real caches use one, to their object store.
        var redirects = 5
        /// Until the response head has come.
        var headTime: TimeAmount = .seconds(10)
        /// The lowest rate that is waited for, over the whole body: dripping bytes ends here.
        var leastBytesPerSecond: UInt64 = 8 << 10
        /// Added to the time that the least rate allows.
        var graceTime: TimeAmount = .seconds(20)

        init() {}
    }

    init(client: HTTPClient, limits: Limits = Limits()) {
        self.client = client
        self.limits = limits
    }

    /// The client's settings that the rules of this type ask for: no redirect or decompression of its own.
    static func makeClient(maximumConnectionsPerHost: Int, silence: TimeAmount) -> HTTPClient {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.decompression = .disabled
        configuration.timeout = .init(connect: .seconds(5), read: silence)
        // Who refuses a connection is not asked again until the time is up: there are others to ask.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = maximumConnectionsPerHost
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Streams the body of `url` into `sink`.
    /// - Parameters:
    ///   - limit: Most bytes that are taken.
    ///   - end: How many bytes there are, where that is known: a server that announces no length may keep the
    ///     connection open behind the last one, as Guix's does.
    ///   - sink: Gets the body in pieces; what it throws ends the download and is thrown on.
    /// - Returns: The number of bytes.
    /// - Throws: ``SourceTrouble``, or what `sink` threw.
    func get(
        _ url: String, limit: UInt64, endingAt end: UInt64? = nil, sink: (ByteBuffer) async throws -> Void
    ) async throws -> UInt64 {
        let seconds = Int64(clamping: limit / limits.leastBytesPerSecond)
        let deadline = NIODeadline.now() + limits.graceTime + .seconds(min(seconds, 86_400))
        let (response, finalURL) = try await follow(url, deadline: deadline)
        let length = response.headers.first(name: "content-length").flatMap { UInt64($0) }
        if let length, length > limit {
            throw SourceTrouble(.tooLarge, "\(finalURL): \(length) bytes announced, at most \(limit) expected")
        }
        var count: UInt64 = 0
        var parts = response.body.makeAsyncIterator()
        while true {
            let part: ByteBuffer
            do {
                guard let next = try await parts.next() else { return count }
                part = next
            } catch {
                throw Self.trouble(error, finalURL, hasBegun: true)
            }
            count += UInt64(part.readableBytes)
            guard count <= limit else {
                throw SourceTrouble(.tooLarge, "\(finalURL): more than the \(limit) bytes expected")
            }
            guard NIODeadline.now() < deadline else {
                throw SourceTrouble(.timeout, "\(finalURL): slower than \(limits.leastBytesPerSecond) bytes/s")
            }
            try await sink(part)
            if length == nil, count == end { return count }
        }
    }

    /// Whether a server begins to send the body of `url`. Nothing of the body is taken, which costs the connection.
    func begins(_ url: String) async -> Bool {
        let found = try? await follow(url, deadline: .now() + limits.graceTime)
        return found != nil
    }

    private func follow(_ start: String, deadline: NIODeadline) async throws -> (HTTPClientResponse, String) {
        var url = start
        var seen: Set<String> = []
        while true {
            guard seen.insert(url).inserted else { throw SourceTrouble(.redirect, "\(start): redirects in circles") }
            guard seen.count <= limits.redirects + 1 else {
                throw SourceTrouble(.redirect, "\(start): more than \(limits.redirects) redirects")
            }
            var request = HTTPClientRequest(url: url)
            request.headers = ["user-agent": "quorate", "accept": "*/*"]
            let response: HTTPClientResponse
            do {
                response = try await client.execute(request, deadline: min(deadline, .now() + limits.headTime))
            } catch {
                throw Self.trouble(error, url, hasBegun: false)
            }
            switch response.status.code {
            case 200: return (response, url)
            case 301, 302, 303, 307, 308:
                guard let location = response.headers.first(name: "location") else {
                    throw SourceTrouble(.redirect, "\(url): redirects to nowhere")
                }
                url = try Self.redirected(from: url, to: location)
            case 403, 404, 410: throw SourceTrouble(.status, "\(url): not there (HTTP status \(response.status.code))")
            default: throw SourceTrouble(.status, "\(url): HTTP status \(response.status.code)")
            }
        }
    }

    /// The address that a `Location` names; never from https down to http, never to another scheme.
    static func redirected(from url: String, to location: String) throws(SourceTrouble) -> String {
        if location.hasPrefix("https://") || (location.hasPrefix("http://") && url.hasPrefix("http://")) {
            return location
        }
        if location.hasPrefix("/"), !location.hasPrefix("//"), let scheme = url.range(of: "://") {
            let authority = url[scheme.upperBound...].prefix { $0 != "/" }
            return String(url[..<scheme.upperBound]) + authority + location
        }
        throw SourceTrouble(.redirect, "\(url): redirects to '\(location)', which is not followed")
    }

    static func trouble(_ error: any Error, _ url: String, hasBegun: Bool) -> SourceTrouble {
        let slow: [HTTPClientError] = [
            .readTimeout, .deadlineExceeded, .connectTimeout, .writeTimeout, .getConnectionFromPoolTimeout,
        ]
        let ended: [HTTPClientError] = [.remoteConnectionClosed, .bodyLengthMismatch]
        switch error {
        case let error as HTTPClientError where slow.contains(error):
            return SourceTrouble(.timeout, "\(url): no answer in time")
        case let error as HTTPClientError where ended.contains(error):
            return SourceTrouble(.closedEarly, "\(url): the connection ended within the answer")
        case let error as HTTPParserError where error != .invalidEOFState:
            return SourceTrouble(.malformed, "\(url): \(error)")
        case is NIOHTTPDecoderError: return SourceTrouble(.malformed, "\(url): \(error)")
        case is HTTPParserError where hasBegun, is ChannelError where hasBegun, is IOError where hasBegun:
            return SourceTrouble(.closedEarly, "\(url): the connection ended within the answer")
        default: return SourceTrouble(.unreachable, "\(url): \(NetworkWords.of(error))")
        }
    }
}

extension String {
    /// The first place of `text`; the standard library alone has no such search.
    fileprivate func range(of text: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
