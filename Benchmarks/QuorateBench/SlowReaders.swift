import Glibc

/// Clients that asked for a large file and take a few bytes of it from time to time.
final class SlowReaders {
    /// What each takes in a round, ten times a second: about 40 KiB/s.
    private static let piece = 4096
    /// Small, so that what is not read waits with the server and not in the kernel.
    private static let receiveBuffer: Int32 = 16 << 10

    private var sockets: [Int32] = []

    init(count: Int, port: UInt16, path: String) {
        let request = Array(PlainHTTP.request(path).utf8)
        for _ in 0..<count {
            guard let socket = Ports.connect(port, receiveBuffer: Self.receiveBuffer) else { continue }
            _ = send(socket, request, request.count, Int32(MSG_NOSIGNAL))
            sockets.append(socket)
        }
    }

    /// Reads slowly until all have got something, at most for a time, and then for a while more.
    /// - Returns: How many got anything, the transfers under way.
    func read(atMost: Double, then more: Double) -> Int {
        var begin = Stopwatch()
        var end = atMost
        var buffer = [UInt8](repeating: 0, count: Self.piece)
        var started: Set<Int32> = []
        var isWaiting = true
        while begin.seconds < end {
            for socket in sockets where recv(socket, &buffer, Self.piece, Int32(MSG_DONTWAIT)) > 0 {
                started.insert(socket)
            }
            if isWaiting, started.count == sockets.count {
                isWaiting = false
                begin = Stopwatch()
                end = more
            }
            usleep(100_000)
        }
        return started.count
    }

    func stop() {
        for socket in sockets { close(socket) }
        sockets = []
    }
}
