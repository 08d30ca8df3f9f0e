import Glibc

/// Standard output or standard error.
package struct DescriptorSink: TerminalSink {
    private let descriptor: Int32
    package let isTerminal: Bool

    package init(descriptor: Int32) {
        self.descriptor = descriptor
        isTerminal = isatty(descriptor) == 1
    }

    package var columns: Int? {
        var size = winsize()
        guard isTerminal, ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    package func write(_ bytes: [UInt8]) -> TerminalWriteResult {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
                continue
            }
            let error = errno
            switch error {
            case EINTR: continue
            case EAGAIN:
                // Somebody who shares the descriptor made it non-blocking; a command's output waits for its reader.
                var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = Glibc.poll(&poll, 1, -1)
            case EPIPE: return .closed
            default: return .failed(error)
            }
        }
        return .written
    }
}
