import Glibc

/// A server under measurement, which listens on a port of its own until it is stopped.
struct ServerProcess {
    let port: UInt16
    private let process: pid_t

    var address: String { "http://127.0.0.1:\(port)" }

    /// Starts it and waits until it takes connections.
    /// - Parameters:
    ///   - name: Of the files with what it prints.
    ///   - command: Is told the port.
    init(name: String, in work: WorkFolder, command: (_ port: UInt16) -> Command) throws {
        port = try Ports.free()
        process = try command(port).start(output: work.path("\(name).out"), errors: work.path("\(name).err"))
        do {
            try Ports.await(port)
        } catch {
            stop()
            throw error
        }
    }

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
        guard let file = fopen("/proc/\(process)/status", "r") else { throw BenchError("the server has ended") }
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
