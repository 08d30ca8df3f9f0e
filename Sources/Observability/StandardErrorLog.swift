import Glibc
import Synchronization

/// Writes whole lines to standard error.
package final class StandardErrorLog: Sendable {
    package static let shared = StandardErrorLog(descriptor: STDERR_FILENO)

    /// How long a line waits for a reader who does not read. A service goes on without its log rather than not at all.
    static let maximumWaitMilliseconds: Int32 = 200

    private let descriptor: Int32
    /// Held while a line is written, so that the parts of two never mix; holds the number of lines lost since the last
    /// one that went out.
    private let lost = Mutex(0)

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    package func write(_ line: [UInt8]) {
        lost.withLock { lost in
            if lost > 0 {
                guard send(Array("(\(lost) log lines were lost: nobody read them)\n".utf8)) else {
                    lost += 1
                    return
                }
                lost = 0
            }
            if !send(line) { lost += 1 }
        }
    }

    private func send(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                if Glibc.poll(&poll, 1, Self.maximumWaitMilliseconds) <= 0 { return false }
            default: return false
            }
        }
        return true
    }
}
