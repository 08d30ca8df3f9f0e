internal import Glibc
internal import NIOCore
internal import NIOPosix

/// A binary cache as a directory, as `nix copy --to file://…` writes it.
///
/// File names come from narinfos, so they are opened relative to the directory, without following symbolic links out
/// of it by name: no part may be `..` and none may be a link.
struct DirectoryCache: Sendable {
    let address: String
    private let path: String
    private let limit: Int

    init(url: String, limit: Int) throws(SourceTrouble) {
        let path = url.dropFirst("file://".count)
        guard path.hasPrefix("/"), !path.contains("%"), path.utf8.allSatisfy({ $0 >= 0x20 }) else {
            throw SourceTrouble(.unusable, "address '\(url)': expected file:// and an absolute path without '%'")
        }
        self.path = String(path)
        self.limit = limit
        address = url.hasSuffix("/") ? url : url + "/"
    }

    func get(_ paths: [String], onAnswer: @escaping @Sendable (Int, HTTPAnswer) -> Void) async {
        do {
            try await NIOThreadPool.singleton.runIfActive {
                for (index, path) in paths.enumerated() { onAnswer(index, self.read(path)) }
            }
        } catch {
            for index in paths.indices {
                onAnswer(index, .trouble(SourceTrouble(.unreachable, "\(address): \(error)")))
            }
        }
    }

    func download(
        _ reference: String, limit: UInt64, sink: (ByteBuffer) async throws -> Void
    ) async throws -> UInt64 {
        let descriptor = try await NIOThreadPool.singleton.runIfActive {
            guard let descriptor = try self.open(reference) else {
                throw SourceTrouble(.status, "\(self.address)\(reference): not there")
            }
            return descriptor
        }
        defer { close(descriptor) }
        var count: UInt64 = 0
        while true {
            let part = try await NIOThreadPool.singleton.runIfActive {
                try self.read(descriptor, upTo: 1 << 20, reference)
            }
            guard part.readableBytes > 0 else { return count }
            count += UInt64(part.readableBytes)
            guard count <= limit else {
                throw SourceTrouble(.tooLarge, "\(address)\(reference): more than the \(limit) bytes expected")
            }
            try await sink(part)
        }
    }

    /// Whether there is a regular file that can be read.
    func has(_ reference: String) async -> Bool {
        let isThere = try? await NIOThreadPool.singleton.runIfActive {
            guard let descriptor = try self.open(reference) else { return false }
            close(descriptor)
            return true
        }
        return isThere ?? false
    }

    private func read(_ file: String) -> HTTPAnswer {
        do throws(SourceTrouble) {
            guard let descriptor = try open(file) else { return .absent }
            defer { close(descriptor) }
            var body = ByteBuffer()
            while true {
                var part = try read(descriptor, upTo: min(limit + 1, 1 << 16), file)
                guard part.readableBytes > 0 else { return .body(body) }
                body.writeBuffer(&part)
                guard body.readableBytes <= limit else {
                    return .trouble(SourceTrouble(.tooLarge, "\(address)\(file): over \(limit) bytes"))
                }
            }
        } catch {
            return .trouble(error)
        }
    }

    /// Opens a regular file below the directory; nil when there is none.
    private func open(_ file: String) throws(SourceTrouble) -> CInt? {
        let parts = file.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }), !file.utf8.contains(0) else {
            throw SourceTrouble(.malformed, "\(address): the URL '\(file)' leaves the cache")
        }
        var directory = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw failure("") }
        for (index, part) in parts.enumerated() {
            let flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | (index < parts.count - 1 ? O_DIRECTORY : 0)
            let next = openat(directory, String(part), flags)
            let code = errno
            close(directory)
            guard next >= 0 else {
                if code == ENOENT || code == ENOTDIR { return nil }
                throw failure(file, code)
            }
            directory = next
        }
        var status = stat()
        guard fstat(directory, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(directory)
            throw SourceTrouble(.malformed, "\(address)\(file): not a regular file")
        }
        return directory
    }

    private func read(_ descriptor: CInt, upTo count: Int, _ file: String) throws(SourceTrouble) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        var code: CInt = 0
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { space in
            let got = Glibc.read(descriptor, space.baseAddress, count)
            if got < 0 { code = errno }
            return max(0, got)
        }
        guard code == 0 else { throw failure(file, code) }
        return buffer
    }

    private func failure(_ file: String, _ code: CInt = errno) -> SourceTrouble {
        SourceTrouble(.unreachable, "\(address)\(file): \(String(cString: strerror(code)))")
    }
}
