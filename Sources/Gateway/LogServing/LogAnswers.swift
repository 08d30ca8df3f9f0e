internal import HTTPTypes
internal import HummingbirdCore
internal import NIOCore
internal import TransparencyLog

/// Where the answers of log, witness and mirror become HTTP: the one place that knows status codes.
enum LogAnswers {
    static let plain = "text/plain; charset=utf-8"

    /// What changes from one moment to the next.
    static func fresh(_ bytes: [UInt8], type: String = plain) -> Response {
        Response(
            status: .ok, headers: [.contentType: type, .cacheControl: "no-cache"],
            body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// A few words with a status.
    static func words(_ status: HTTPResponse.Status, _ words: String, retryAfter: Int? = nil) -> Response {
        var headers: HTTPFields = [.contentType: plain]
        if let retryAfter { headers[.retryAfter] = String(retryAfter) }
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: words + "\n")))
    }

    static let notHere = words(.notFound, "not here")

    static let busy = words(.serviceUnavailable, "too many at a time: come again", retryAfter: 2)

    static let tooMany = words(.tooManyRequests, "too many from your address: come again", retryAfter: 1)

    static func response(to answer: AddCheckpointAnswer) -> Response {
        switch answer {
        case .accepted(let lines): fresh(lines)
        case .malformed(let why): words(.badRequest, why)
        case .forbidden(let why): words(.forbidden, why)
        case .unknownLog: words(.notFound, "not a log that is known here")
        case .conflict(let size):
            Response(
                status: .conflict, headers: [.contentType: AddCheckpointAnswer.sizeType],
                body: .init(byteBuffer: ByteBuffer(string: "\(size)\n")))
        case .unprocessable(let why): words(.unprocessableContent, why)
        case .tooMany(let seconds): words(.tooManyRequests, "too often", retryAfter: Int(clamping: seconds))
        }
    }

    static func response(to answer: AddEntriesAnswer) -> Response {
        var response =
            switch answer {
            case .cosigned(let lines): fresh(lines)
            case .accepted(let info): mirrorInfo(.accepted, info)
            case .conflict(let info): mirrorInfo(.conflict, info)
            case .malformed(let why): words(.badRequest, why)
            case .unknownLog: words(.notFound, "not a log that is mirrored here")
            case .unprocessable(let why): words(.unprocessableContent, why)
            }
        response.headers[.acceptEncoding] = "gzip"
        return response
    }

    private static func mirrorInfo(_ status: HTTPResponse.Status, _ info: MirrorInfo) -> Response {
        Response(
            status: status, headers: [.contentType: MirrorInfo.type],
            body: .init(byteBuffer: ByteBuffer(bytes: info.bytes)))
    }

    /// What the log says when it takes no entry.
    static func response(to error: TransparencyLogError) -> Response {
        switch error.code {
        case .full: words(.serviceUnavailable, "the log is busy: come again", retryAfter: 1)
        case .unavailable: words(.serviceUnavailable, "the log takes nothing now: come again", retryAfter: 30)
        case .closed: words(.gone, "the log takes no more entries")
        case .limit: words(.contentTooLarge, error.message)
        default: words(.internalServerError, "trouble here")
        }
    }
}
