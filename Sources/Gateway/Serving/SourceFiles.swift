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
    private static let most = 4

    private struct State {
        var underWay = 0
        var number: UInt64 = 0
    }

    private let caches: CacheSet
    private let directory: String
    private let state = Mutex(State())

    /// - Parameter directory: For files that are being fetched; the spool cleans it up.
    init(caches: CacheSet, directory: String) {
        self.caches = caches
        self.directory = directory
    }

    /// The file, checked. The caller opens it and removes it.
    func file(_ name: Name) async -> SpooledFile? {
        let number = state.withLock { state -> UInt64? in
            guard state.underWay < Self.most else { return nil }
            state.underWay += 1
            state.number += 1
            return state.number
        }
        guard let number else { return nil }
        defer { state.withLock { $0.underWay -= 1 } }
        let path = "\(directory)/\(SpoolDirectory.temporaryPrefix)source-\(number)"
        for member in caches.members where member.serves(.guix) {
            if let size = try? await Self.fetch(name, from: member.cache, to: path) {
                return SpooledFile(path: path, size: size)
            }
            unlink(path)
        }
        return nil
    }

    private static func fetch(_ name: Name, from cache: BinaryCache, to path: String) async throws -> UInt64 {
        let intake = try Intake(path)
        _ = try await cache.download("file/\(name.text)", limit: longest) { part in
            try await NIOThreadPool.singleton.runIfActive { try intake.take(part) }
        }
        guard intake.digest == name.hash else { throw WrongNar("the file does not have its hash") }
        return intake.size
    }

    /// A file as it comes. Used by one download.
    private final class Intake: @unchecked Sendable {
        private let descriptor: CInt
        private let path: String
        private var hasher = SHA256()
        private(set) var size: UInt64 = 0

        init(_ path: String) throws {
            self.path = path
            descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard descriptor >= 0 else { throw FileFailure(path, "cannot be written") }
        }

        deinit { close(descriptor) }

        func take(_ part: ByteBuffer) throws {
            try part.withUnsafeReadableBytes { bytes in
                hasher.update(bufferPointer: bytes)
                size += UInt64(bytes.count)
                var rest = bytes
                while !rest.isEmpty {
                    let count = write(descriptor, rest.baseAddress, rest.count)
                    if count < 0, errno == EINTR { continue }
                    guard count > 0 else { throw FileFailure(path, "cannot be written") }
                    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                }
            }
        }

        var digest: [UInt8] { Array(hasher.finalize()) }
    }
}
