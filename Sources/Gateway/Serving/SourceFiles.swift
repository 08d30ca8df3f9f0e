internal import ClaimSources
internal import Crypto
internal import DurableFiles
internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import Quorum
internal import StoreFormats
internal import Synchronization
internal import Verification

/// Source files that Guix servers have by hash: fetched from a cache, and given on when they have it.
///
/// They are not kept: a source is fetched once, and its hash is all that anybody has to believe.
final class SourceFiles: Sendable {
    /// A file's name and hash, as `NAME/sha256/HASH` says them.
    struct Name: Sendable {
        /// As it is asked of caches.
        let text: String
        let hash: [UInt8]

        /// Nil for anything else, and for a hash that is not SHA-256 in nix32.
        init?(_ text: Substring) {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[1] == "sha256", (1...255).contains(parts[0].utf8.count),
                parts[0].utf8.allSatisfy(Self.isNameByte), parts[0] != ".", parts[0] != "..",
                let hash = try? Nix32.decode(String(parts[2]), count: 32)
            else { return nil }
            self.text = String(text)
            self.hash = hash
        }

        /// What names in a store have, and what they are percent-encoded with.
        private static func isNameByte(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "+-._?=~%".utf8.contains(byte)
            }
        }
    }

    /// Larger than nearly every source; what is larger comes from where the derivation says.
    private static let longest: UInt64 = 2 << 30
    /// Fetched at a time: each may take as much of the disk. More are not here.
    private let gate = RequestGate(4)

    private let caches: CacheSet
    private let directory: String
    private let patience: Duration
    /// Tells those that are being fetched apart.
    private let number = Atomic<UInt64>(0)

    /// - Parameter directory: For files that are being fetched; the spool cleans it up.
    /// - Parameter patience: Longest wait for the next byte of all caches together.
    init(caches: CacheSet, directory: String, patience: Duration) {
        self.caches = caches
        self.directory = directory
        self.patience = patience
    }

    /// The file, checked. The caller opens it and removes it.
    func file(_ name: Name) async -> SpooledFile? {
        await gate.enter { await fetch(name) } ?? nil
    }

    private func fetch(_ name: Name) async -> SpooledFile? {
        let number = number.wrappingAdd(1, ordering: .relaxed).newValue
        let path = "\(directory)/\(SpoolDirectory.temporaryPrefix)source-\(number)"
        let members = caches.members.filter { $0.serves(.guix) }
        for member in members {
            let pace = DownloadPace(sharing: patience, among: members.count)
            if let size = try? await Self.fetch(name, from: member.cache, to: path, pace) {
                return SpooledFile(path: path, size: size)
            }
            unlink(path)
        }
        return nil
    }

    private static func fetch(
        _ name: Name, from cache: BinaryCache, to path: String, _ pace: DownloadPace
    ) async throws -> UInt64 {
        let intake = try Intake(path)
        try await pace.watch { pace in
            _ = try await cache.download("file/\(name.text)", limit: longest) { part in
                pace.took(part.readableBytes)
                try await NIOThreadPool.singleton.runIfActive { try intake.take(part) }
            }
        }
        guard intake.digest == name.hash else { throw WrongNar("the file does not have its hash") }
        return intake.size
    }

    /// A file as it comes. Used by one download.
    private final class Intake: @unchecked Sendable {
        private let file: DurableFile
        private var hasher = SHA256()

        init(_ path: String) throws { file = try DurableFile(temporary: path, mode: 0o600) }

        var size: UInt64 { file.size }

        func take(_ part: ByteBuffer) throws {
            try part.withUnsafeReadableBytes { bytes in
                hasher.update(bufferPointer: bytes)
                try file.write(bytes)
            }
        }

        var digest: [UInt8] { Array(hasher.finalize()) }
    }
}
