internal import Building
internal import Compression
internal import Gateway
internal import LocalStore
internal import StoreFormats

/// A store as a binary cache that is made while it is asked.
struct LiveCache: CacheContents {
    private let store: LocalStore
    private let directory: StoreDirectory
    /// What is shown, nil for everything.
    private let served: Set<StorePath>?
    private let signer: CacheSigner
    private let compression: NarInfo.Compression
    private let format: CompressionFormat
    private let priority: Int

    init(
        store: LocalStore, directory: StoreDirectory, served: Set<StorePath>?, signer: CacheSigner,
        compression: NarInfo.Compression, priority: Int
    ) throws(CommandError) {
        guard let format = CompressionFormat(rawValue: compression.rawValue), format.isWritable else {
            throw CommandError(.usage, "compression '\(compression.rawValue)': choose none, zstd or xz")
        }
        self.store = store
        self.directory = directory
        self.served = served
        self.signer = signer
        self.compression = compression
        self.format = format
        self.priority = priority
    }

    func answer(to path: String) async throws -> CacheAnswer? {
        if path == "/nix-cache-info" {
            let info = NixCacheInfo(storeDirectory: directory, wantMassQuery: true, priority: priority)
            return CacheAnswer(type: "text/x-nix-cache-info", bytes: info.serialized)
        }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        switch parts.count {
        case 2:
            let name = parts[1]
            if name.hasSuffix(".narinfo") { return try await narInfo(String(name.dropLast(8))) }
            if name.hasSuffix(".ls") { return try await listing(String(name.dropLast(3))) }
        case 3 where parts[1] == "nar": return try await nar(String(parts[2]))
        case 3 where parts[1] == "log": return try await log(String(parts[2]))
        default: break
        }
        return nil
    }

    /// The path with these digits, when it is valid and shown.
    private func info(_ hashPart: String) async throws -> PathInfo? {
        guard hashPart.utf8.count == StorePath.hashPartLength, hashPart.utf8.allSatisfy({ $0 < 0x80 }),
            let path = try await store.path(hashPart: hashPart, in: directory), served?.contains(path) ?? true
        else { return nil }
        return try await store.info(of: path)
    }

    private func narInfo(_ hashPart: String) async throws -> CacheAnswer? {
        guard let info = try await info(hashPart) else { return nil }
        // A file that is not made yet has no hash; clients do without.
        let isPlain = format == .none
        let narInfo = try NarInfo(
            storePath: info.path, url: url(of: info, in: format), compression: compression,
            fileHash: isPlain ? info.narHash.contentHash : nil, fileSize: isPlain ? info.narSize : nil,
            narHash: info.narHash, narSize: info.narSize, references: info.references, deriver: info.deriver,
            signatures: try signer.signatures(of: info), contentAddress: info.contentAddress)
        return CacheAnswer(type: "text/x-nix-narinfo", bytes: narInfo.serialized)
    }

    /// Path and contents are in the name: what a client remembers never leads to something else.
    private func url(of info: PathInfo, in format: CompressionFormat) -> String {
        let suffix = format.fileExtension.isEmpty ? "" : ".\(format.fileExtension)"
        return "nar/\(info.path.hashPart)-\(info.narHash.nix32).nar\(suffix)"
    }

    /// Every format is served under its name: clients remember narinfos of days when another was the chosen one.
    private func nar(_ name: String) async throws -> CacheAnswer? {
        guard let info = try await info(String(name.prefix(StorePath.hashPartLength))),
            let format = CompressionFormat.allCases.first(where: {
                $0.isWritable && url(of: info, in: $0) == "nar/\(name)"
            })
        else { return nil }
        let place = store.location(of: info)
        return CacheAnswer(type: "application/x-nix-nar", length: format == .none ? info.narSize : nil) { sink in
            let compressor = try Compressor(format)
            try NarDumper.dump(place) { try compressor.push($0, sink) }
            try compressor.finish(sink)
        }
    }

    private func listing(_ hashPart: String) async throws -> CacheAnswer? {
        guard let info = try await info(hashPart) else { return nil }
        let place = store.location(of: info)
        let text = try await Blocking.run {
            var listing = NarListing()
            var parser = NarParser()
            try NarDumper.dump(place) { try parser.push($0, to: &listing) }
            return listing.serialized
        }
        return text.map { CacheAnswer(type: "application/json", bytes: $0) }
    }

    private func log(_ name: String) async throws -> CacheAnswer? {
        guard let derivation = try? StorePath(baseName: name, in: directory), derivation.isDerivation else {
            return nil
        }
        let logs = BuildLogStore(folder: store.folder + "/log")
        guard logs.file(of: derivation) != nil else { return nil }
        if let served {
            let outputs = try await store.outputs(ofDeriver: derivation)
            guard outputs.contains(where: { served.contains($0.path) }) else { return nil }
        }
        return CacheAnswer(type: "text/plain; charset=utf-8") { try logs.read(derivation, to: $0) }
    }
}
