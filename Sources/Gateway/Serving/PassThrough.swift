internal import ClaimSources
internal import NIOCore
internal import Quorum
internal import Synchronization
internal import Verification

/// What no signature covers and no build depends on, passed on from the first cache that has it: build logs, listings.
struct PassThrough: Sendable {
    /// Longest log that is passed on.
    private static let logLimit: UInt64 = 16 << 20

    let caches: CacheSet
    /// Longest wait for the next byte of all caches together.
    let patience: Duration

    /// The log of a build, by the base name of its derivation or, for Guix, of what was built; and how it is encoded.
    func log(_ name: String, of store: CacheKind) async -> (body: ByteBuffer, encoding: String?)? {
        guard store == .guix || name.hasSuffix(".drv"), !name.contains("/"), name.utf8.count <= 255,
            SubstituterPath.isHashPart(name.prefix(32)), name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        let members = caches.members.filter { $0.serves(store) }
        for member in members {
            let body = Mutex(ByteBuffer())
            let pace = DownloadPace(sharing: patience, among: members.count)
            let isThere: Void? = try? await pace.watch { pace in
                _ = try await member.cache.download("log/\(name)", limit: Self.logLimit) { part in
                    pace.took(part.readableBytes)
                    var part = part
                    body.withLock { _ = $0.writeBuffer(&part) }
                }
            }
            if isThere != nil {
                let body = body.withLock { $0 }
                return (body, Self.encoding(of: body))
            }
        }
        return nil
    }

    /// The listing of a store path's files (`.ls`), as `nix store ls` reads it.
    func listing(_ hashPart: String, of store: CacheKind) async -> ByteBuffer? {
        for member in caches.members where member.serves(store) {
            if case .body(let body) = await member.cache.get("\(hashPart).ls") { return body }
        }
        return nil
    }

    /// How a log is compressed, by its first bytes: caches keep logs so and say it in a header field.
    private static func encoding(of body: ByteBuffer) -> String? {
        let first = body.readableBytesView.prefix(4)
        if first.starts(with: [0x1F, 0x8B]) { return "gzip" }
        if first.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) { return "zstd" }
        return first.starts(with: "BZh".utf8) ? "bzip2" : nil
    }
}
