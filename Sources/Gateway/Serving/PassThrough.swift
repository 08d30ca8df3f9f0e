internal import ClaimSources
internal import NIOCore
internal import Verification

/// What no signature covers and no build depends on, passed on from the first cache that has it: build logs, listings.
struct PassThrough: Sendable {
    /// Longest log that is passed on.
    private static let logLimit: UInt64 = 16 << 20

    let caches: CacheSet

    /// The log of a derivation, by its base name.
    func log(_ name: String) async -> ByteBuffer? {
        guard name.hasSuffix(".drv"), !name.contains("/"), name.utf8.count <= 255,
            name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        for member in caches.members {
            var body = ByteBuffer()
            let count = try? await member.cache.download("log/\(name)", limit: Self.logLimit) { part in
                var part = part
                body.writeBuffer(&part)
            }
            if count != nil { return body }
        }
        return nil
    }

    /// The listing of a store path's files (`.ls`), as `nix store ls` reads it.
    func listing(_ hashPart: String) async -> ByteBuffer? {
        for member in caches.members {
            if case .body(let body) = await member.cache.get("\(hashPart).ls") { return body }
        }
        return nil
    }
}
