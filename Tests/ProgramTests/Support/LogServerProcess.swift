import Foundation
import Glibc
import TestSupport

/// `quorate log serve` or `quorate witness serve`, running.
final class LogServerProcess: Sendable {
    let home: Home
    let port: Int
    let process: RunningProcess

    private static let slots = Slots(2)

    /// - Parameters:
    ///   - words: The command and its options, but for the address.
    ///   - wrapper: A program that ends by running the one that it is given.
    init(_ words: [String], home: Home, through wrapper: [String] = []) async throws {
        self.home = home
        await Self.slots.acquire()
        let process = try RunningProcess(
            wrapper + [Program.path] + words + ["--listen", "127.0.0.1:0"], environment: home.environment,
            folder: try TemporaryFolder(), slots: Self.slots)
        self.process = process
        let isThere = await eventually(within: .seconds(30)) {
            process.out.hasSuffix("\n") || kill(process.pid, 0) != 0
        }
        guard isThere, let word = process.out.split(separator: "\n").first?.split(separator: ":").last,
            let port = Int(word)
        else {
            process.signal(SIGKILL)
            throw TestFailure("\(words): does not listen: \(process.out)\(process.err)")
        }
        self.port = port
    }

    deinit { process.signal(SIGKILL) }

    var address: String { "http://127.0.0.1:\(port)" }

    func get(_ path: String, headers: [String: String] = [:]) async throws -> HTTPReply {
        let port = port
        return try await offPool { try HTTPReply(port, path, headers: headers, time: 15) }
    }

    func post(_ path: String, _ body: [UInt8], headers: [String: String] = [:]) async throws -> HTTPReply {
        let port = port
        return try await offPool { try HTTPReply(port, posting: body, to: path, headers: headers, time: 15) }
    }

    /// Asks for a graceful stop.
    /// - Returns: The exit status.
    @discardableResult
    func stop() async throws -> Int32 {
        process.signal(SIGTERM)
        guard let status = await process.wait(.seconds(20)) else {
            process.signal(SIGKILL)
            throw TestFailure("the server does not stop: \(process.err)")
        }
        return status
    }
}
