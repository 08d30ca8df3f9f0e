import Crypto
import GuixFormats
import StoreFormats

/// Two servers of Guix that agree: narinfos of 2,000 paths, signed with a key each, in a folder each. The paths are the
/// same on every machine, the keys are not: Guix makes them by chance.
struct GuixMirrors {
    static let count = 2000
    static let names = ["left", "right"]

    let folders: [String]
    let keys: [GuixSecretKey]
    let paths: [StorePath]

    static func folders(in work: WorkFolder) -> [String] { names.map { work.path("guix/\($0)") } }

    /// Makes what is not there.
    init(in work: WorkFolder) throws {
        folders = Self.folders(in: work)
        paths = try (0..<Self.count).map { index in
            let digest = SHA256.hash(data: Array("benchmark of guix \(index)".utf8))
            return try StorePath(
                hashPart: Array(digest).prefix(StorePath.hashPartByteCount), name: "package-\(index)-1.0", in: .gnu)
        }
        guard work.exists("guix/complete") else {
            Report.say("making 2 servers of \(Self.count) paths of Guix …")
            work.remove("guix")
            keys = try Self.names.map { _ in try GuixSecretKey.generate() }
            for (name, key) in zip(Self.names, keys) {
                try work.make("guix/\(name)")
                try work.write(key.fileContents(), to: "guix/\(name).sec")
                try work.write(key.publicKey.fileContents, to: "guix/\(name)/signing-key.pub")
                try work.write(
                    NixCacheInfo(storeDirectory: .gnu, wantMassQuery: false, priority: 100).serialized,
                    to: "guix/\(name)/nix-cache-info")
                for index in paths.indices {
                    try work.write(
                        narInfo(index, signedBy: key).serialized, to: "guix/\(name)/\(paths[index].hashPart).narinfo")
                }
            }
            try work.write("", to: "guix/complete")
            return
        }
        keys = try Self.names.map { try GuixSecretKey(fileContents: work.read("guix/\($0).sec")) }
    }

    func narInfo(_ index: Int, signedBy key: GuixSecretKey) throws -> GuixNarInfo {
        let nar = GeneratedCaches.nar(of: Array("contents of \(index)".utf8))
        return try GuixNarInfo(
            storePath: paths[index], narHash: NarHash(ContentHash(of: nar, algorithm: .sha256)),
            narSize: UInt64(nar.count),
            references: [index * 2 + 1, index * 2 + 2].filter { $0 < Self.count }.map { paths[$0] },
            downloads: [
                .init(url: "nar/gzip/\(paths[index].baseName)", compression: .gzip, fileSize: nil),
                .init(url: "nar/zstd/\(paths[index].baseName)", compression: .zstd, fileSize: nil),
            ], signedBy: key, host: "benchmark")
    }
}
