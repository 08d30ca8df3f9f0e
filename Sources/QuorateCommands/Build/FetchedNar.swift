internal import ClaimSources
internal import Compression
internal import DurableFiles
internal import Gateway
internal import Glibc
internal import StoreFormats

/// A NAR that came from a cache and is exactly what was agreed on: nobody gets to see a byte of any other.
struct FetchedNar: Sendable {
    /// NARs up to this size wait in memory, larger ones in a file without a name.
    private static let memoryLimit: UInt64 = 8 << 20
    private static let piece = 1 << 20

    private let storage: NarStorage

    /// Fetches and checks.
    ///
    /// - Parameters:
    ///   - narInfo: Says what it must be.
    ///   - download: Says where it is.
    ///   - address: A content address that the contents must have, where that alone proves them.
    /// - Throws: What went wrong, in one line.
    static func fetch(
        _ narInfo: CacheNarInfo, at download: NarDownload, proving address: ContentAddress?, from cache: BinaryCache,
        temporaryFolder: String
    ) async throws -> FetchedNar {
        guard let format = CompressionFormat(rawValue: download.compression.rawValue) else {
            throw CommandError(.badData, "\(download.url): compression '\(download.compression.rawValue)' is not read")
        }
        let storage =
            narInfo.narSize <= memoryLimit ? NarStorage() : try NarStorage(folder: temporaryFolder)
        let intake = try NarIntake(narInfo, format: format, proving: address, into: storage)
        guard let limit = NarDownload.largestFile(ofNarSize: narInfo.narSize) else {
            throw CommandError(.badData, "no NAR has \(narInfo.narSize) bytes")
        }
        let end = format == .none ? narInfo.narSize : nil
        try await cache.downloadBytes(download.url, limit: limit, endingAt: end) { bytes in
            try Task.checkCancellation()
            try await Blocking.run { try intake.take(bytes) }
        }
        try await Blocking.run { try intake.finish() }
        return FetchedNar(storage: storage)
    }

    /// The contents, where the NAR holds one file that is no program.
    func file() async throws -> [UInt8] {
        let storage = storage
        return try await Blocking.run {
            var parser = NarParser()
            var file = OneFile()
            var offset = 0
            while true {
                let piece = try storage.piece(at: offset, length: Self.piece)
                guard !piece.isEmpty else { break }
                offset += piece.count
                try piece.withUnsafeBytes { try parser.push($0, to: &file) }
            }
            try parser.finish()
            return file.contents
        }
    }

    /// Gives all bytes to `sink`, in order.
    func stream(to sink: @Sendable ([UInt8]) throws -> Void) async throws {
        let storage = storage
        var offset = 0
        while true {
            let start = offset
            let piece = try await Blocking.run { try storage.piece(at: start, length: Self.piece) }
            guard !piece.isEmpty else { return }
            offset += piece.count
            try sink(piece)
        }
    }
}

/// Takes one file and nothing else.
private struct OneFile: NarReceiver {
    private(set) var contents: [UInt8] = []

    private func refuse() throws -> Never { throw CommandError(.badData, "the NAR holds something else than one file") }

    mutating func beginDirectory(name: [UInt8]) throws { try refuse() }
    mutating func endDirectory() throws {}
    mutating func symbolicLink(name: [UInt8], target: [UInt8]) throws { try refuse() }
    mutating func beginFile(name: [UInt8], isExecutable: Bool, size: UInt64) throws { if isExecutable { try refuse() } }
    mutating func fileContents(_ bytes: UnsafeRawBufferPointer) { contents += bytes }
    mutating func endFile() {}
}

/// Checks a compressed NAR as it comes and keeps what it holds. One stream, one intake.
private final class NarIntake: @unchecked Sendable {
    private let narInfo: CacheNarInfo
    private let decompressor: Decompressor
    private let storage: NarStorage
    private var hasher = NarHasher()
    private var content: NarContentHash?

    init(_ narInfo: CacheNarInfo, format: CompressionFormat, proving address: ContentAddress?, into storage: NarStorage)
        throws
    {
        self.narInfo = narInfo
        self.storage = storage
        // One byte more than was agreed on is enough to know that it is another NAR.
        let limit = narInfo.narSize < .max ? narInfo.narSize + 1 : .max
        decompressor = try Decompressor(format, limits: DecompressionLimits(outputBytes: limit))
        content = address.flatMap { NarContentHash($0, of: narInfo.storePath) }
    }

    func take(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try decompressor.push($0, keep) }
    }

    func finish() throws {
        try decompressor.finish(keep)
        let digest = hasher.digest()
        guard digest.size == narInfo.narSize else {
            throw CommandError(
                .badData, "the NAR has \(digest.size) bytes, and \(narInfo.narSize) were agreed on")
        }
        guard digest.hash == narInfo.narHash else {
            throw CommandError(.badData, "the NAR's hash is \(digest.hash), not \(narInfo.narHash) as agreed on")
        }
        try content?.finish()
    }

    private func keep(_ piece: UnsafeRawBufferPointer) throws {
        hasher.update(piece)
        guard hasher.size <= narInfo.narSize else {
            throw CommandError(.badData, "the NAR is larger than the \(narInfo.narSize) bytes agreed on")
        }
        try content?.take(piece)
        try storage.append(piece)
    }
}

/// Where a NAR waits. Written to its end by one thread, then read by one.
private final class NarStorage: @unchecked Sendable {
    private var memory: [UInt8] = []
    private let descriptor: Int32?
    private let folder: String

    /// In memory.
    init() {
        descriptor = nil
        folder = ""
    }

    /// In a file of a folder that has no name there, and so never stays behind.
    init(folder: String) throws {
        try Files.makeDirectory(folder)
        let descriptor = open(folder, temporaryFileFlags | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileFailure(folder, "cannot make a temporary file") }
        self.descriptor = descriptor
        self.folder = folder
    }

    deinit {
        if let descriptor { close(descriptor) }
    }

    func append(_ piece: UnsafeRawBufferPointer) throws {
        guard let descriptor else {
            memory.append(contentsOf: piece)
            return
        }
        var rest = piece
        while !rest.isEmpty {
            let count = write(descriptor, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw FileFailure(folder, "cannot write a temporary file") }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// The bytes from a place on, at most so many; none at the end.
    func piece(at offset: Int, length: Int) throws -> [UInt8] {
        guard let descriptor else { return Array(memory.dropFirst(offset).prefix(length)) }
        var failure: FileFailure?
        let piece = [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
            let got = pread(descriptor, buffer.baseAddress, length, off_t(offset))
            if got < 0 { failure = FileFailure(folder, "cannot read a temporary file") }
            count = max(0, got)
        }
        if let failure { throw failure }
        return piece
    }
}

/// `O_TMPFILE`, which Swift does not import because it is made of two flags.
private let temporaryFileFlags: Int32 = 0o20000000 | O_DIRECTORY
