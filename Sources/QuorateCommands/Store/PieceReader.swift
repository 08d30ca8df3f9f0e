internal import DurableFiles
internal import Glibc

/// A file or standard input, read piece by piece. Used by one thread at a time.
final class PieceReader: @unchecked Sendable {
    /// What it is called in messages.
    let name: String
    private let descriptor: Int32
    private var buffer = [UInt8](repeating: 0, count: 1 << 18)
    /// What was looked at and not yet taken.
    private var ahead: [UInt8] = []

    /// - Parameter file: A path, or `-` for standard input.
    init(_ file: String) throws(CommandError) {
        guard file != "-" else {
            name = "standard input"
            descriptor = STDIN_FILENO
            return
        }
        name = file
        descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw CommandError(.noInput, "\(FileFailure(file, "cannot be read"))") }
    }

    deinit { if descriptor > STDIN_FILENO { close(descriptor) } }

    /// The next piece; nil at the end.
    func next() throws -> [UInt8]? {
        guard ahead.isEmpty else {
            defer { ahead = [] }
            return ahead
        }
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw CommandError(.noInput, "\(FileFailure(name, "cannot be read"))") }
            return count > 0 ? Array(buffer[..<count]) : nil
        }
    }

    /// The first bytes of what comes next, without taking them; fewer at the end.
    func peek(_ count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count, let piece = try next() { bytes += piece }
        ahead = bytes
        return Array(bytes.prefix(count))
    }
}
