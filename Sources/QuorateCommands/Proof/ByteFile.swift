internal import DurableFiles
internal import Glibc

/// A file read from its beginning in pieces.
final class ByteFile {
    private static let piece = 1 << 20

    private let descriptor: CInt
    private let path: String

    init(_ path: String) throws(FileFailure) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileFailure(path, "cannot be read") }
    }

    deinit { close(descriptor) }

    /// The next bytes; nil at the end.
    func next() throws(FileFailure) -> [UInt8]? {
        var count = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: Self.piece) { buffer, filled in
            count = read(descriptor, buffer.baseAddress, Self.piece)
            filled = max(0, count)
        }
        guard count >= 0 else { throw FileFailure(path, "cannot be read") }
        return count == 0 ? nil : bytes
    }
}
