import Glibc
import StoreFormats

/// The program under measurement, with a home of its own.
struct QuorateProgram {
    let executable: String
    /// The folder below the work folder that is its `QUORATE_HOME`.
    let home: String
    let work: WorkFolder

    /// An empty home with a policy under which all three caches have to agree.
    func prepare(_ caches: GeneratedCaches, _ addresses: [String]) throws {
        _ = try work.empty(home)
        try work.make("\(home)/config")
        var policy = "policy benchmark\n"
        for (index, name) in GeneratedCaches.names.enumerated() {
            policy += "cache \(name) nix \(caches.keys[index].publicKey) \(addresses[index]) builds\n"
        }
        policy += "group everyone all \(GeneratedCaches.names.joined(separator: " "))\nquorum nix everyone\n"
        try work.write(policy, to: "\(home)/config/policy")
    }

    func command(_ arguments: [String]) -> Command {
        Command(arguments: [executable] + arguments, environment: ["QUORATE_HOME": work.path(home)])
    }

    func verify(_ paths: [StorePath]) throws -> Command.Result {
        try command(["verify"] + paths.map(\.path)).run(in: work)
    }

    /// A gateway that runs until ``Gateway/stop()``.
    func serve() throws -> Gateway {
        let port = try Ports.free()
        let process = try command(["serve", "--mode", "enforce", "--listen", "127.0.0.1:\(port)"])
            .start(output: work.path("serve.out"), errors: work.path("serve.err"))
        let gateway = Gateway(process: process, port: port)
        do {
            try Ports.await(port)
        } catch {
            gateway.stop()
            throw error
        }
        return gateway
    }

    struct Gateway {
        let process: pid_t
        let port: UInt16

        var address: String { "http://127.0.0.1:\(port)" }

        func stop() {
            kill(process, SIGTERM)
            // Transfers under way may hold a graceful stop up; benchmarks do not wait for them.
            for _ in 0..<200 {
                if waitpid(process, nil, WNOHANG) != 0 { return }
                usleep(10_000)
            }
            kill(process, SIGKILL)
            waitpid(process, nil, 0)
        }

        /// A line of `/proc/PID/status` in bytes.
        func memory(_ field: String) throws -> Double {
            guard let file = fopen("/proc/\(process)/status", "r") else { throw BenchError("the gateway has ended") }
            defer { fclose(file) }
            var line = [CChar](repeating: 0, count: 256)
            while fgets(&line, 256, file) != nil {
                let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                guard text.hasPrefix(field + ":") else { continue }
                return (Double(text.filter(\.isNumber)) ?? .nan) * 1024
            }
            throw BenchError("/proc/\(process)/status has no \(field)")
        }
    }
}
