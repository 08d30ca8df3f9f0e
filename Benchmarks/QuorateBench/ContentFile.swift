import Glibc
import StoreFormats

/// Files as a verifier reads them.
enum ContentFile {
    /// The SHA-256 of a file's bytes.
    static func sha256(_ path: String) throws -> NarHash {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw BenchError("\(path): cannot be opened") }
        defer { close(file) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 4096)
        defer { buffer.deallocate() }
        var hasher = NarHasher()
        while true {
            let count = Glibc.read(file, buffer.baseAddress, buffer.count)
            guard count >= 0 else { throw BenchError("\(path): cannot be read") }
            if count == 0 { return hasher.digest().hash }
            hasher.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }
}
