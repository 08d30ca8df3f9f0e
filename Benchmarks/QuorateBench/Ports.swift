import Glibc

/// TCP on this machine's own address, with blocking calls and nothing in between.
enum Ports {
    static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    /// A port that nobody has.
    static func free() throws -> UInt16 {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = address(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(socket, pointer, length) | getsockname(socket, pointer, &length)
            }
        }
        guard code == 0 else { throw BenchError("no free port") }
        return UInt16(bigEndian: address.sin_port)
    }

    /// A connection, or nil when nobody listens.
    static func connect(_ port: UInt16, receiveBuffer: Int32? = nil) -> Int32? {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { return nil }
        if var size = receiveBuffer {
            setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = address(port)
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else {
            close(socket)
            return nil
        }
        return socket
    }

    /// Waits until somebody listens.
    static func await(_ port: UInt16, seconds: Double = 20) throws {
        let begin = Stopwatch()
        while begin.seconds < seconds {
            if let socket = connect(port) {
                close(socket)
                return
            }
            usleep(500)
        }
        throw BenchError("nobody listens on port \(port)")
    }
}
