import Foundation
import TransparencyLog

/// One connection to a server of this machine, with nothing between the test and the bytes.
final class RawConnection: @unchecked Sendable {
    struct Answer: Sendable {
        var status = 0
        var headers: [String: String] = [:]
        var body: [UInt8] = []

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    private let descriptor: Int32
    /// MSG_NOSIGNAL: a closed connection is an answer here, and no reason to die.
    private static let noSignal: Int32 = 0x4000
    private var buffer: [UInt8] = []

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw POSIXError(.ECONNREFUSED) }
        var timeout = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// - Returns: Whether everything was taken.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Self.noSignal) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// The next answer; nil when the connection ended before one was whole. HEAD answers have no body.
    func answer(isHead: Bool = false) -> Answer? {
        let gap = Array("\r\n\r\n".utf8)
        var end: Int?
        while true {
            end = buffer.indices.dropLast(3).first { Array(buffer[$0..<($0 + 4)]) == gap }
            if end != nil { break }
            guard receive() else { return nil }
        }
        guard let end else { return nil }
        let head = String(decoding: buffer[..<end], as: UTF8.self).components(separatedBy: "\r\n")
        var answer = Answer()
        answer.status = Int(head[0].split(separator: " ")[1]) ?? 0
        for line in head.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            answer.headers[line[..<colon].lowercased()] = line[line.index(after: colon)...]
                .trimmingCharacters(in: .whitespaces)
        }
        buffer.removeFirst(end + 4)
        let length = isHead ? 0 : Int(answer.headers["content-length"] ?? "") ?? 0
        while buffer.count < length { guard receive() else { return nil } }
        answer.body = Array(buffer.prefix(length))
        buffer.removeFirst(length)
        return answer
    }

    /// Whether the other side has closed, and nothing more came.
    func isEnded() -> Bool { buffer.isEmpty && !receive() }

    private func receive() -> Bool {
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(descriptor, &piece, piece.count, 0)
        guard count > 0 else { return false }
        buffer += piece[..<count]
        return true
    }
}

/// Requests that a test makes one at a time, each on a connection of its own.
struct RawClient: Sendable {
    let port: Int

    func get(_ path: String, method: String = "GET") async throws -> RawConnection.Answer {
        try await exchange("\(method) \(path) HTTP/1.1\r\nhost: x\r\n\r\n", [], isHead: method == "HEAD")
    }

    func post(_ path: String, _ body: [UInt8], headers: String = "") async throws -> RawConnection.Answer {
        try await exchange(
            "POST \(path) HTTP/1.1\r\nhost: x\r\n\(headers)content-length: \(body.count)\r\n\r\n", body, isHead: false)
    }

    private func exchange(_ head: String, _ body: [UInt8], isHead: Bool) async throws -> RawConnection.Answer {
        try await LogThread.run {
            let connection = try RawConnection(port: port)
            connection.send(Array(head.utf8) + body)
            guard let answer = connection.answer(isHead: isHead) else { throw POSIXError(.ECONNRESET) }
            return answer
        }
    }
}
