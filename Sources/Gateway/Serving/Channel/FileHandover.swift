internal import Glibc
internal import HTTPTypes
internal import NIOCore
internal import Synchronization

/// A part of an open file on its way to a client; closed when nobody has it any more.
final class ServedFile: Sendable {
    let descriptor: CInt
    let range: Range<UInt64>

    fileprivate init(descriptor: CInt, range: Range<UInt64>) {
        self.descriptor = descriptor
        self.range = range
    }

    deinit { close(descriptor) }
}

/// Carries files from the responder, which decides, to the channel handler, which lets the kernel send them.
///
/// The HTTP server's types know bytes only, so a response carries a number in a private field, and the handler takes the
/// field out again. The handler may get to the response's head when the responder is done with it already, so the file is
/// held here until it is taken. What a broken connection leaves behind goes after a while.
final class FileHandover: Sendable {
    /// The private field; never sent.
    static let field: HTTPField.Name? = HTTPField.Name("x-quorate-file")

    /// A response that did not reach its handler within this time never will.
    private static let longestWay = TimeAmount.seconds(60)

    private struct Entry {
        let file: ServedFile
        let opened: NIODeadline
    }

    private struct State {
        var next: UInt64 = 0
        var files: [UInt64: Entry] = [:]
        var lastSweep = NIODeadline.uptimeNanoseconds(0)
    }
    private let state = Mutex(State())

    /// Opens a file for a response.
    /// - Returns: The file and what stands for it in the response's field; nil when it is not there any more.
    func open(path: String, range: Range<UInt64>) -> (file: ServedFile, token: String)? {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        let file = ServedFile(descriptor: descriptor, range: range)
        let now = NIODeadline.now()
        return state.withLock { state in
            if now - state.lastSweep > Self.longestWay {
                state.lastSweep = now
                state.files = state.files.filter { now - $0.value.opened < Self.longestWay }
            }
            state.next += 1
            state.files[state.next] = Entry(file: file, opened: now)
            return (file, String(state.next))
        }
    }

    /// The file behind a token, once.
    func take(_ token: String) -> ServedFile? {
        guard let number = UInt64(token) else { return nil }
        return state.withLock { $0.files.removeValue(forKey: number)?.file }
    }
}
