internal import ClaimSources
internal import Compression
internal import DurableFiles
internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import StoreFormats

/// Brings one NAR into the spool, from a cache or from a file of the spool itself that is compressed in another way:
/// written while it is checked, renamed into place when it is right.
struct SpoolDownload: Sendable {
    let item: SpoolItem
    let candidate: SpoolItem.Candidate
    let directory: String
    /// Tells downloads of one NAR apart that are under way at a time.
    let number: UInt64
    let pace: DownloadPace

    private typealias Sink = @Sendable (ByteBuffer) async throws -> Void

    /// Fetches it from a cache.
    ///
    /// - Returns: The file's status.
    /// - Throws: Why this candidate's NAR is not served, ``WrongNar`` when that is its bytes' fault; nothing is left behind.
    func run(_ cache: BinaryCache) async throws -> FileStatus {
        guard let limit = NarDownload.largestFile(ofNarSize: item.narSize) else {
            throw SpoolError("no NAR has \(item.narSize) bytes")
        }
        let end = candidate.compression == .none ? item.narSize : nil
        let url = candidate.url
        return try await run { sink in
            _ = try await cache.download(url, limit: limit, endingAt: end) { try await sink($0) }
        }
    }

    /// Makes it of a file of the spool, named by the candidate.
    func runLocally() async throws -> FileStatus {
        let path = "\(directory)/\(candidate.url)"
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw FileFailure(path, "cannot be read") }
        defer { close(descriptor) }
        return try await run { sink in
            while true {
                let part = try await NIOThreadPool.singleton.runIfActive {
                    var buffer = ByteBufferAllocator().buffer(capacity: Self.piece)
                    var count = 0
                    buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.piece) { space in
                        count = read(descriptor, space.baseAddress, Self.piece)
                        return max(0, count)
                    }
                    guard count >= 0 else { throw FileFailure(path, "cannot be read") }
                    return buffer
                }
                guard part.readableBytes > 0 else { return }
                try await sink(part)
            }
        }
    }

    private static let piece = 1 << 20

    private func run(_ feed: @escaping @Sendable (Sink) async throws -> Void) async throws -> FileStatus {
        let name = item.fileName
        let temporary = "\(directory)/\(SpoolDirectory.temporaryPrefix)\(number)-\(name)"
        let file = try DurableFile(temporary: temporary, mode: 0o600)
        do {
            let check = try NarCheck(item, compression: candidate.compression)
            let recompression =
                candidate.compression == item.compression ? nil : try Recompression(item.compression)
            try await pace.watch { pace in
                try await feed { part in
                    pace.began(part.readableBytes)
                    try await NIOThreadPool.singleton.runIfActive {
                        try part.withUnsafeReadableBytes { bytes in
                            if recompression == nil { try file.write(bytes) }
                            try check.take(bytes) { try recompression?.push($0, to: file) }
                        }
                    }
                    pace.ended(held: check.size)
                }
            }
            return try await NIOThreadPool.singleton.runIfActive {
                try check.finish { try recompression?.push($0, to: file) }
                try recompression?.finish(to: file)
                let path = "\(directory)/\(name)"
                try file.commit(as: path)
                guard let status = FileStatus(path: path) else { throw FileFailure(path, "is gone") }
                return status
            }
        } catch {
            file.discard()
            if let trouble = error as? SourceTrouble, trouble.kind == .tooLarge { throw WrongNar("\(trouble)") }
            throw error
        }
    }
}

/// Compresses anew what came in another compression than was promised to clients.
private final class Recompression: @unchecked Sendable {
    private let compressor: Compressor

    init(_ format: CompressionFormat) throws {
        compressor = try Compressor(format)
    }

    func push(_ bytes: UnsafeRawBufferPointer, to file: DurableFile) throws {
        try compressor.push(bytes) { try file.write($0) }
    }

    func finish(to file: DurableFile) throws {
        try compressor.finish { try file.write($0) }
    }
}
