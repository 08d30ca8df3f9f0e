import Foundation
import Glibc

/// What came back over a connection of its own.
struct HTTPReply: Sendable {
    /// 0 when nothing that looks like HTTP came.
    let status: Int
    /// By lower-case name.
    let headers: [String: String]
    let body: [UInt8]
    /// Whether the body has the length that was announced.
    let isComplete: Bool
    let duration: Duration

    var text: String { String(decoding: body, as: UTF8.self) }

    init(_ port: Int, _ path: String, method: String = "GET", headers: [String: String] = [:], time: Double) throws {
        let lines = headers.map { "\($0): \($1)\r\n" }.joined()
        let request = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\(lines)\r\n"
        try self.init(port, raw: Array(request.utf8), isHead: method == "HEAD", time: time)
    }

    init(_ port: Int, posting body: [UInt8], to path: String, headers: [String: String] = [:], time: Double) throws {
        let lines = headers.map { "\($0): \($1)\r\n" }.joined()
        let head =
            "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: \(body.count)\r\n"
            + "\(lines)\r\n"
        try self.init(port, raw: Array(head.utf8) + body, isHead: false, time: time)
    }

    /// Sends `raw` and reads until the other side closes or the announced body is complete.
    init(_ port: Int, raw: [UInt8], isHead: Bool, time: Double) throws {
        let start = ContinuousClock.now
        let connection = try TestConnection(port)
        try connection.send(raw)
        var bytes: [UInt8] = []
        var head: (end: Int, status: Int, headers: [String: String])?
        while true {
            if head == nil { head = Self.head(bytes[...]) }
            if let head {
                let length = isHead ? 0 : head.headers["content-length"].flatMap { Int($0) }
                if let length, bytes.count - head.end >= length { break }
            }
            let left = time - Double((ContinuousClock.now - start).components.seconds)
            guard left > 0, let part = try connection.read(left), !part.isEmpty else { break }
            bytes += part
        }
        duration = ContinuousClock.now - start
        status = head?.status ?? 0
        headers = head?.headers ?? [:]
        body = head.map { Array(bytes[$0.end...]) } ?? []
        let length = head?.headers["content-length"].flatMap { Int($0) }
        let isWhole = isHead || length == nil || length == body.count
        isComplete = head != nil && isWhole
    }

    /// Where the head ends, the status, and the fields by lower-case name; nil while it is not whole.
    fileprivate static func head(_ bytes: ArraySlice<UInt8>) -> (Int, Int, [String: String])? {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        guard let words = lines.first?.split(separator: " "), words.count >= 2, let status = Int(words[1]) else {
            return nil
        }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
        }
        return (end.upperBound, status, headers)
    }
}

/// A connection to this machine; blocking.
final class TestConnection: Sendable {
    private let descriptor: Int32

    init(_ port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let descriptor = descriptor
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw TestFailure("connect: \(String(cString: strerror(errno)))") }
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            // A server that refuses early may have closed already; what it said can still be read.
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    /// One of several answers on a connection.
    struct Answer: Sendable {
        let status: Int
        let body: [UInt8]
    }

    /// Reads answers that all announce their length.
    /// - Returns: Fewer where they do not come within `time` seconds.
    func readAnswers(_ count: Int, time: Double) throws -> [Answer] {
        let end = ContinuousClock.now + .seconds(time)
        var answers: [Answer] = []
        var bytes: [UInt8] = []
        var start = 0
        while answers.count < count {
            if let (head, status, headers) = HTTPReply.head(bytes[start...]),
                let length = headers["content-length"].flatMap({ Int($0) }), bytes.count >= head + length
            {
                answers.append(Answer(status: status, body: Array(bytes[head..<head + length])))
                start = head + length
                continue
            }
            guard ContinuousClock.now < end, let part = try read(time), !part.isEmpty else { break }
            bytes += part
        }
        return answers
    }

    /// - Returns: Nil when nothing comes within `time` seconds; nothing at the end.
    func read(_ time: Double, atMost size: Int = 1 << 16) throws -> [UInt8]? {
        var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard Glibc.poll(&poll, 1, Int32(time * 1000)) > 0 else { return nil }
        var buffer = [UInt8](repeating: 0, count: size)
        let count = recv(descriptor, &buffer, size, 0)
        return Array(buffer[..<max(0, count)])
    }
}
