import Foundation
import Glibc
import TestSupport

/// A builder with its log, witness, mirror and card, served by the program.
final class BuilderServer: Sendable {
    let home: Home
    let port: Int
    let process: RunningProcess

    /// Servers that run at a time. Tests that need two are in one suite, in turn, so that none waits for another's.
    private static let slots = Slots(2)

    var address: String { "http://127.0.0.1:\(port)" }

    /// Makes a builder and serves it, at a port that was free a moment ago: it is part of the log's name.
    init(_ name: String) async throws {
        let port = try Self.freePort()
        self.port = port
        home = try Home()
        let made = try await Program.run(["builder", "init", name, "--url", "http://127.0.0.1:\(port)"], home: home)
        guard made.status == 0 else { throw TestFailure("\(made.err)") }
        await Self.slots.acquire()
        let process = try RunningProcess(
            [Program.path, "log", "serve", "--listen", "127.0.0.1:\(port)"], environment: home.environment,
            folder: try TemporaryFolder(), slots: Self.slots)
        self.process = process
        let isThere = await eventually(within: .seconds(30)) { process.out.hasPrefix("Listening on ") }
        guard isThere else {
            process.signal(SIGKILL)
            throw TestFailure("the builder does not listen: \(process.out)\(process.err)")
        }
    }

    deinit { process.signal(SIGKILL) }

    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
            }
        }
        guard result == 0 else { throw TestFailure("no port: \(String(cString: strerror(errno)))") }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    func get(_ path: String) async throws -> HTTPReply {
        let port = port
        return try await offPool { try HTTPReply(port, path, time: 15) }
    }

    func post(_ path: String, _ body: [UInt8]) async throws -> HTTPReply {
        let port = port
        return try await offPool { try HTTPReply(port, posting: body, to: path, time: 15) }
    }

    /// Runs the program as this builder.
    func run(_ arguments: String...) async throws -> Program.Output {
        try await Program.run(arguments, home: home, time: .seconds(60))
    }

    /// Asks for a graceful stop.
    /// - Returns: The exit status.
    @discardableResult
    func stop() async throws -> Int32 {
        process.signal(SIGTERM)
        guard let status = await process.wait(.seconds(20)) else {
            process.signal(SIGKILL)
            throw TestFailure("the builder does not stop: \(process.err)")
        }
        return status
    }
}
