import Glibc
import GuixFormats
import StoreFormats

/// The paths of ``GeneratedCaches`` once more, in Guix's store: two servers' narinfos over the same NARs. The paths are the
/// same on every machine, the keys are not: Guix makes them by chance.
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

    /// Lines of a policy that wants both servers, which are found at `addresses`, to agree.
    func policy(_ addresses: [String]) -> String {
        var policy = "policy benchmark\n"
        for (index, name) in Self.names.enumerated() {
            policy += "cache \(name) guix \(keys[index].hexadecimal) \(addresses[index]) builds\n"
        }
        return policy + "group everyone all \(Self.names.joined(separator: " "))\nquorum guix everyone\n"
    }

    /// Runs `body` while a stranger has signed one narinfo of the second server.
    func withForgedNarInfo(_ body: () throws -> Void, in work: WorkFolder) throws {
        let path = paths[paths.count / 2]
        let file = "guix/\(Self.names[1])/\(path.hashPart).narinfo"
        let honest = try work.read(file)
        defer { try? work.write(honest, to: file) }
        try Self.publish(StorePath(baseName: path.baseName), GuixSecretKey.generate(), Self.names[1], work)
        try body()
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
