internal import Compression
internal import DurableFiles
internal import Glibc
internal import StoreFormats
internal import Synchronization

/// Writes one build's log: compressed into a file, cut into lines for those who watch.
///
/// The file appears under its name when the build is over; what a killed process leaves behind is overwritten by the
/// next build.
final class BuildLogWriter: Sendable {
    /// Logs up to this size are compressed in one go at the end, which is nearly all of them.
    private static let bufferSize = 1 << 18

    private struct State: ~Copyable {
        var lines = LogLines()
        var buffer: [UInt8] = []
        var compressor: Compressor?
        var descriptor: Int32 = -1
        var size: UInt64 = 0
        /// Why the file could not be written; the build goes on.
        var trouble: String?
    }

    private let path: String
    private let onLine: @Sendable ([UInt8]) -> Void
    /// Taken by the thread that reads the builder's output, and by the task that ends the log.
    private let state = Mutex(State())

    init(path: String, onLine: @escaping @Sendable ([UInt8]) -> Void) {
        self.path = path
        self.onLine = onLine
    }

    /// What a builder printed.
    func push(_ piece: UnsafeRawBufferPointer) {
        state.withLock { state in
            state.size += UInt64(piece.count)
            state.lines.push(piece, onLine)
            state.buffer += piece
            if state.buffer.count >= Self.bufferSize { flush(&state) }
        }
    }

    /// A line of our own, such as what is being downloaded.
    func note(_ line: String) {
        Array("\(line)\n".utf8).withUnsafeBytes { push($0) }
    }

    /// Ends the log and puts the file in its place.
    ///
    /// - Returns: The last lines, how many bytes there were, and why there is no file if there is none.
    func finish() -> (tail: [String], size: UInt64, trouble: String?) {
        state.withLock { state in
            state.lines.finish(onLine)
            flush(&state, isLast: true)
            if state.descriptor >= 0 {
                close(state.descriptor)
                state.descriptor = -1
                if state.trouble == nil, rename("\(path).part", path) != 0 {
                    state.trouble = FileFailure(path, "cannot be written").description
                }
            }
            return (state.lines.tail, state.size, state.trouble)
        }
    }

    private func flush(_ state: inout State, isLast: Bool = false) {
        guard state.trouble == nil else { return state.buffer.removeAll() }
        do {
            if state.descriptor < 0 { state.descriptor = try create() }
            let compressor = try state.compressor ?? Compressor(BuildLogStore.format)
            state.compressor = compressor
            let descriptor = state.descriptor
            try compressor.push(state.buffer) { try write($0, to: descriptor) }
            state.buffer.removeAll(keepingCapacity: true)
            if isLast { try compressor.finish { try write($0, to: descriptor) } }
        } catch {
            state.trouble = "\(error)"
        }
    }

    private func create() throws(FileFailure) -> Int32 {
        let file = "\(path).part"
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW
        var descriptor = open(file, flags, 0o644)
        if descriptor < 0 && errno == ENOENT {
            try WorkFolder.make(String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
            descriptor = open(file, flags, 0o644)
        }
        guard descriptor >= 0 else { throw FileFailure(file, "cannot be written") }
        return descriptor
    }

    private func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(FileFailure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw FileFailure(path, "cannot be written") }
            rest = rest.dropFirst(count)
        }
    }
}
