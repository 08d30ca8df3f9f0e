internal import Glibc
internal import Hummingbird
internal import NIOCore
internal import NIOPosix

/// A file's bytes as a response body: read in pieces, each sent before the next is read, so that a transfer holds one
/// piece in memory however slow its client is.
enum FileBody {
    /// Bytes of one piece.
    private static let piece = 512 << 10

    /// - Parameter range: Which bytes; inside the file.
    /// - Returns: Nil when the file is not there any more.
    static func make(path: String, range: Range<UInt64>) -> ResponseBody? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        let file = OpenFile(descriptor: descriptor)
        return ResponseBody(contentLength: Int(range.count)) { writer in
            var position = range.lowerBound
            while position < range.upperBound {
                let count = Int(min(UInt64(piece), range.upperBound - position))
                let at = position
                let buffer = try await NIOThreadPool.singleton.runIfActive { try file.read(count, at: at) }
                position += UInt64(buffer.readableBytes)
                try await writer.write(buffer)
            }
            try await writer.finish(nil)
        }
    }
}

/// An open file, closed when nobody has it any more.
private final class OpenFile: Sendable {
    private let descriptor: CInt

    init(descriptor: CInt) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    func read(_ count: Int, at position: UInt64) throws -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        var got = 0
        var code: CInt = 0
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { space in
            got = pread(descriptor, space.baseAddress, count, off_t(position))
            code = errno
            return max(0, got)
        }
        guard got > 0 else { throw IOError(errnoCode: got == 0 ? EIO : code, reason: "read of a spooled file") }
        return buffer
    }
}
