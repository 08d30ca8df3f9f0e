import Glibc
import GuixFormats
import StoreFormats

/// The paths of ``GeneratedCaches`` once more, in Guix's store: two servers' narinfos over the same NARs.
struct GuixCaches {
    static let names = ["one", "two"]

    let folders: [String]
    let keys: [GuixPublicKey]
    let paths: [StorePath]

    /// Makes what is not there.
    init(of caches: GeneratedCaches, in work: WorkFolder) throws {
        paths = try caches.paths.map { try StorePath(baseName: $0.baseName, in: .gnu) }
        folders = Self.names.map { work.path("guix/\($0)") }
        if !work.exists("guix/complete") {
            Report.say("making 2 Guix servers of \(paths.count) paths …")
            work.remove("guix")
            for name in Self.names {
                try work.make("guix/\(name)")
                try demand(
                    symlink(work.path("caches/\(name)/nar"), work.path("guix/\(name)/nar")) == 0, "cannot link a folder"
                )
                let key = try GuixSecretKey.generate()
                try work.write(key.publicKey.fileContents, to: "guix/\(name)/signing-key.pub")
                for path in caches.paths { try Self.publish(path, key, name, work) }
            }
            try work.write("", to: "guix/complete")
        }
        keys = try Self.names.map { try GuixPublicKey(fileContents: work.read("guix/\($0)/signing-key.pub")) }
    }

    private static func publish(_ path: StorePath, _ key: GuixSecretKey, _ name: String, _ work: WorkFolder) throws {
        let nix = try NarInfo(
            parsing: work.read("caches/\(name)/\(path.hashPart).narinfo"), accepting: .seenInCaches)
        let narInfo = try GuixNarInfo(
            storePath: StorePath(baseName: path.baseName, in: .gnu), narHash: nix.narHash, narSize: nix.narSize,
            references: nix.references.map { try StorePath(baseName: $0.baseName, in: .gnu) },
            downloads: [.init(url: nix.url, compression: nix.compression, fileSize: nix.fileSize)], signedBy: key,
            host: name)
        try work.write(narInfo.serialized, to: "guix/\(name)/\(path.hashPart).narinfo")
    }
}
