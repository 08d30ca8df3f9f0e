internal import Building
internal import Compression
internal import Gateway
internal import LocalStore
internal import StoreFormats

/// The paths of a store that are shown to clients, whatever kind these are of.
struct LivePaths: Sendable {
    let store: LocalStore
    let directory: StoreDirectory
    /// What is shown, nil for everything.
    let served: Set<StorePath>?

    /// The path with these digits, when it is valid and shown.
    func info(_ hashPart: String) async throws -> PathInfo? {
        guard hashPart.utf8.count == StorePath.hashPartLength, hashPart.utf8.allSatisfy({ $0 < 0x80 }),
            let path = try await store.path(hashPart: hashPart, in: directory), served?.contains(path) ?? true
        else { return nil }
        return try await store.info(of: path)
    }

    /// Path and contents are in the name: what a client remembers never leads to something else.
    static func url(of info: PathInfo, in format: CompressionFormat) -> String {
        let suffix = format.fileExtension.isEmpty ? "" : ".\(format.fileExtension)"
        return "nar/\(info.path.hashPart)-\(info.narHash.nix32).nar\(suffix)"
    }

    /// Every format is served under its name: clients remember narinfos of days when another was the chosen one.
    func nar(_ name: String) async throws -> CacheAnswer? {
        guard let info = try await info(String(name.prefix(StorePath.hashPartLength))),
            let format = CompressionFormat.allCases.first(where: {
                $0.isWritable && Self.url(of: info, in: $0) == "nar/\(name)"
            })
        else { return nil }
        let place = store.location(of: info)
        return CacheAnswer(type: "application/x-nix-nar", length: format == .none ? info.narSize : nil) { sink in
            let compressor = try Compressor(format)
            try NarDumper.dump(place) { try compressor.push($0, sink) }
            try compressor.finish(sink)
        }
    }

    /// The log of the build of a derivation; also of an output, when a derivation is known that made it.
    func log(_ name: String) async throws -> CacheAnswer? {
        guard let path = try? StorePath(baseName: name, in: directory) else { return nil }
        let derivation: StorePath
        if path.isDerivation {
            derivation = path
            if let served {
                let outputs = try await store.outputs(ofDeriver: derivation)
                guard outputs.contains(where: { served.contains($0.path) }) else { return nil }
            }
        } else {
            guard let deriver = try await info(path.hashPart)?.deriver else { return nil }
            derivation = deriver
        }
        let logs = BuildLogStore(folder: store.folder + "/log")
        guard logs.file(of: derivation) != nil else { return nil }
        return CacheAnswer(type: "text/plain; charset=utf-8") { try logs.read(derivation, to: $0) }
    }
}
