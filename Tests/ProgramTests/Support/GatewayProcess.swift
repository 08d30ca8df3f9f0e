import Foundation
import Glibc
import TestSupport

/// `quorate serve`, running.
final class GatewayProcess: Sendable {
    let port: Int
    let publicKey: String
    let process: RunningProcess

    /// - Parameter wrapper: A program that ends by running the one that it is given, such as `unshare`.
    init(_ home: Home, _ options: [String] = ["--mode", "enforce"], through wrapper: [String] = []) async throws {
        let folder = try TemporaryFolder()
        await Slots.gateways.acquire()
        let process = try RunningProcess(
            wrapper + [Program.path, "serve", "--listen", "127.0.0.1:0", "--deadline", "1.5"] + options,
            environment: home.environment, folder: folder, slots: .gateways)
        self.process = process
        var found: (Int, String)?
        let isThere = await eventually(within: .seconds(30)) {
            let lines = process.out.split(separator: "\n")
            guard lines.count >= 2, let port = lines[0].split(separator: " ")[2].split(separator: ":").last,
                let number = Int(port)
            else { return kill(process.pid, 0) != 0 }
            found = (number, lines[1].split(separator: " ").last.map(String.init) ?? "")
            return true
        }
        guard isThere, let found else {
            process.signal(SIGKILL)
            throw TestFailure("the gateway does not listen: \(process.out)\(process.err)")
        }
        (port, publicKey) = found
    }

    deinit { process.signal(SIGKILL) }

    var address: String { "http://127.0.0.1:\(port)" }

    func get(
        _ path: String, method: String = "GET", headers: [String: String] = [:], time: Double = 15
    ) async throws -> HTTPReply {
        let port = port
        return try await offPool { try HTTPReply(port, path, method: method, headers: headers, time: time) }
    }

    /// A request of any bytes.
    func raw(_ bytes: [UInt8], time: Double = 10) async throws -> HTTPReply {
        let port = port
        return try await offPool { try HTTPReply(port, raw: bytes, isHead: false, time: time) }
    }

    /// Asks for a graceful stop.
    /// - Returns: The exit status.
    @discardableResult
    func stop(_ signal: Int32 = SIGTERM) async throws -> Int32 {
        process.signal(signal)
        guard let status = await process.wait(.seconds(20)) else {
            process.signal(SIGKILL)
            throw TestFailure("the gateway does not stop: \(process.err)")
        }
        return status
    }
}

/// Runs a gateway while `body` works with it.
func withGateway<Value: Sendable>(
    _ home: Home, _ options: [String] = ["--mode", "enforce"], through wrapper: [String] = [],
    _ body: (GatewayProcess) async throws -> Value
) async throws -> Value {
    let gateway = try await GatewayProcess(home, options, through: wrapper)
    do {
        let value = try await body(gateway)
        try await gateway.stop()
        return value
    } catch {
        gateway.process.signal(SIGKILL)
        throw error
    }
}
