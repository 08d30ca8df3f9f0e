internal import Compression
internal import Gateway
internal import LocalStore
internal import StoreFormats

/// A store as a binary cache that is made while it is asked.
struct LiveCache: CacheContents {
    private let paths: LivePaths
    private let signer: CacheSigner
    private let compression: NarInfo.Compression
    private let format: CompressionFormat
    private let priority: Int

    init(
        _ paths: LivePaths, signer: CacheSigner, compression: NarInfo.Compression, priority: Int
    ) throws(CommandError) {
        guard let format = CompressionFormat(rawValue: compression.rawValue), format.isWritable else {
            throw CommandError(.usage, "compression '\(compression.rawValue)': choose none, zstd or xz")
        }
        self.paths = paths
        self.signer = signer
        self.compression = compression
        self.format = format
        self.priority = priority
    }

    func answer(to path: String) async throws -> CacheAnswer? {
        if path == "/nix-cache-info" {
            let info = NixCacheInfo(storeDirectory: paths.directory, wantMassQuery: true, priority: priority)
            return CacheAnswer(type: "text/x-nix-cache-info", bytes: info.serialized)
        }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        switch parts.count {
        case 2:
            let name = parts[1]
            if name.hasSuffix(".narinfo") { return try await narInfo(String(name.dropLast(8))) }
            if name.hasSuffix(".ls") { return try await listing(String(name.dropLast(3))) }
        case 3 where parts[1] == "nar": return try await paths.nar(String(parts[2]))
        case 3 where parts[1] == "log": return try await paths.log(String(parts[2]))
        default: break
        }
        return nil
    }

    private func narInfo(_ hashPart: String) async throws -> CacheAnswer? {
        guard let info = try await paths.info(hashPart) else { return nil }
        // A file that is not made yet has no hash; clients do without.
        let isPlain = format == .none
        let narInfo = try NarInfo(
            storePath: info.path, url: LivePaths.url(of: info, in: format), compression: compression,
            fileHash: isPlain ? info.narHash.contentHash : nil, fileSize: isPlain ? info.narSize : nil,
            narHash: info.narHash, narSize: info.narSize, references: info.references, deriver: info.deriver,
            signatures: try signer.signatures(of: info), contentAddress: info.contentAddress)
        return CacheAnswer(type: "text/x-nix-narinfo", bytes: narInfo.serialized)
    }

    private func listing(_ hashPart: String) async throws -> CacheAnswer? {
        guard let info = try await paths.info(hashPart) else { return nil }
        let place = paths.store.location(of: info)
        let text = try await Blocking.run {
            var listing = NarListing()
            var parser = NarParser()
            try NarDumper.dump(place) { try parser.push($0, to: &listing) }
            return listing.serialized
        }
        return text.map { CacheAnswer(type: "application/json", bytes: $0) }
    }
}
