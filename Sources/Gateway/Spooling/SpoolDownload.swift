internal import ClaimSources
internal import Compression
internal import DurableFiles
internal import NIOCore
internal import NIOPosix
internal import StoreFormats

/// Fetches one NAR from one cache into the spool: written while it is checked, renamed into place when it is right.
struct SpoolDownload: Sendable {
    let item: SpoolItem
    let candidate: SpoolItem.Candidate
    let directory: String
    /// Tells downloads of one NAR apart that are under way at a time.
    let number: UInt64
    /// Longest wait for the first byte, and for the next.
    let patience: Duration

    /// - Returns: The file's status.
    /// - Throws: Why this candidate's NAR is not served, ``WrongNar`` when that is its bytes' fault; nothing is left behind.
    func run(_ cache: BinaryCache) async throws -> FileStatus {
        let name = item.fileName
        let temporary = "\(directory)/\(SpoolDirectory.temporaryPrefix)\(number)-\(name)"
        let file = try DurableFile(temporary: temporary, mode: 0o600)
        do {
            let check = try NarCheck(item, compression: candidate.compression)
            let recompression =
                candidate.compression == item.compression ? nil : try Recompression(item.compression)
            // Compressed data can be a little larger than what it holds; more than this is a bomb or another file.
            let (limit, overflow) = item.narSize.addingReportingOverflow(item.narSize / 8 + (64 << 10))
            guard !overflow else { throw SpoolError("no NAR has \(item.narSize) bytes") }
            let end = candidate.compression == .none ? item.narSize : nil
            try await DownloadPace(patience: patience).watch { pace in
                _ = try await cache.download(candidate.url, limit: limit, endingAt: end) { part in
                    pace.began(part.readableBytes)
                    try await NIOThreadPool.singleton.runIfActive {
                        try part.withUnsafeReadableBytes { bytes in
                            if recompression == nil { try file.write(bytes) }
                            try check.take(bytes) { try recompression?.push($0, to: file) }
                        }
                    }
                    pace.ended()
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
