internal import DurableFiles
internal import Glibc
internal import HTTPTypes
internal import HummingbirdCore
internal import NIOCore
internal import NIOPosix

/// Answers with a file that never changes under its name: a tile, a bundle, a list.
enum StaticFile {
    /// Files up to this size are read at once; longer ones in pieces, as the client takes them.
    private static let pieceBytes = 256 << 10

    /// An open file, closed when nobody has it any more.
    private final class Opened: Sendable {
        let descriptor: CInt
        let size: Int

        init?(_ path: String) {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
            guard descriptor >= 0 else { return nil }
            guard let status = FileStatus(descriptor: descriptor), status.isRegular else {
                close(descriptor)
                return nil
            }
            self.descriptor = descriptor
            size = Int(clamping: status.size)
        }

        deinit { close(descriptor) }

        /// Bytes from an offset on; fewer than asked for at the end.
        func read(at offset: Int, _ count: Int) throws -> ByteBuffer {
            var buffer = ByteBufferAllocator().buffer(capacity: count)
            while buffer.readableBytes < count {
                let (done, missing) = (buffer.readableBytes, count - buffer.readableBytes)
                let got = try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: missing) { space in
                    let got = pread(descriptor, space.baseAddress, min(space.count, missing), off_t(offset + done))
                    guard got >= 0 else { throw IOError(errnoCode: errno, reason: "pread") }
                    return got
                }
                if got == 0 { break }
            }
            return buffer
        }
    }

    /// The answer; nil when there is no such file.
    static func response(_ path: String, type: String) async throws -> Response? {
        let threads = NIOThreadPool.singleton
        let head = try await threads.runIfActive { () -> (Opened, ByteBuffer)? in
            guard let file = Opened(path) else { return nil }
            return (file, try file.read(at: 0, min(file.size, Self.pieceBytes)))
        }
        guard let (file, first) = head else { return nil }
        let headers: HTTPFields = [
            .contentType: type, .contentLength: String(file.size),
            .cacheControl: "public, max-age=31536000, immutable",
        ]
        guard file.size > first.readableBytes else {
            return Response(status: .ok, headers: headers, body: .init(byteBuffer: first))
        }
        let body = ResponseBody(contentLength: file.size) { writer in
            try await writer.write(first)
            var sent = first.readableBytes
            while sent < file.size {
                let offset = sent
                let piece = try await threads.runIfActive {
                    try file.read(at: offset, min(Self.pieceBytes, file.size - offset))
                }
                // A file that has become shorter cannot be what was announced.
                guard piece.readableBytes > 0 else { throw ChannelError.inputClosed }
                sent += piece.readableBytes
                try await writer.write(piece)
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: headers, body: body)
    }
}
