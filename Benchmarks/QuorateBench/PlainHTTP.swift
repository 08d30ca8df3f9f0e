import Glibc

/// GETs whose own cost is as small as it can be, for both sides of a comparison.
enum PlainHTTP {
    struct Answer {
        let status: Int
        let bodyBytes: Int
        /// The body when it was asked for.
        let body: [UInt8]
    }

    static func request(_ path: String) -> String {
        "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    }

    /// Gets a file and throws its bytes away, or keeps them.
    static func get(_ port: UInt16, _ path: String, keepingBody: Bool = false) throws -> Answer {
        guard let socket = Ports.connect(port) else { throw BenchError("nobody listens on port \(port)") }
        defer { close(socket) }
        let request = Array(request(path).utf8)
        guard send(socket, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            throw BenchError("port \(port): cannot send")
        }
        let capacity = 1 << 20
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 4096)
        defer { buffer.deallocate() }
        var head: [UInt8] = []
        var parsed: Head?
        var count = 0
        var body: [UInt8] = []
        while true {
            let got = recv(socket, buffer.baseAddress, capacity, 0)
            guard got >= 0 else { throw BenchError("port \(port): connection lost") }
            if got == 0 { break }
            var piece = UnsafeRawBufferPointer(rebasing: buffer[..<got])
            if parsed == nil {
                head.append(contentsOf: piece)
                guard let first = Head(head) else { continue }
                parsed = first
                piece = UnsafeRawBufferPointer(rebasing: piece.suffix(head.count - first.length))
            }
            count += piece.count
            if keepingBody { body.append(contentsOf: piece) }
            if let length = parsed?.contentLength, count >= length { break }
        }
        guard let parsed else { throw BenchError("port \(port): no HTTP answer") }
        return Answer(status: parsed.status, bodyBytes: count, body: body)
    }

    /// The head of an answer.
    struct Head {
        let status: Int
        let contentLength: Int?
        /// Its bytes, the empty line included.
        let length: Int

        init?(_ bytes: [UInt8]) {
            guard bytes.count >= 16,
                let end = bytes.indices.dropLast(3).first(where: {
                    bytes[$0] == 13 && bytes[$0 + 1] == 10 && bytes[$0 + 2] == 13 && bytes[$0 + 3] == 10
                })
            else { return nil }
            let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
            status = lines.first.flatMap { Int($0.split(separator: " ").dropFirst().first ?? "") } ?? 0
            contentLength = lines.lazy.map { $0.lowercased() }.first { $0.hasPrefix("content-length:") }
                .flatMap { Int($0.dropFirst(15).filter { $0 != " " }) }
            length = end + 4
        }
    }
}
