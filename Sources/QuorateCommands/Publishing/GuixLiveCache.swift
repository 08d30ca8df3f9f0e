internal import Compression
internal import DurableFiles
internal import Gateway
internal import GuixFormats
internal import LocalStore
internal import StoreFormats

/// A store as a substitute server for Guix that is made while it is asked, as `guix publish` is.
///
/// Where only hashes are published, a client must not find a narinfo at the address that it has as a substitute URL: it
/// crashes over one without a URL, and fails without `--fallback` over one whose NAR is missing. So it is told that
/// there is nothing, and builds. What is stated stands below `hashes/`, for those who compare.
struct GuixLiveCache: CacheContents {
    private let paths: LivePaths
    private let signer: GuixSigner
    private let formats: [CompressionFormat]
    private let isHashOnly: Bool
    private let priority: Int

    /// How long clients may keep what they were told: a store's contents change when something is built again.
    private static let age = 3600

    /// Short, as the path may be built any minute; where there never are NARs, nothing changes.
    var absenceAge: Int? { isHashOnly ? Self.age : 60 }

    /// The formats that a stock Guix client reads, of those written here.
    static let readableFormats: [CompressionFormat] = [.zstd, .gzip, .xz, .bzip2, .none]

    init(
        _ paths: LivePaths, signer: GuixSigner, compressions: [NarInfo.Compression], isHashOnly: Bool, priority: Int
    ) throws(CommandError) {
        formats = try Self.formats(compressions)
        self.paths = paths
        self.signer = signer
        self.isHashOnly = isHashOnly
        self.priority = priority
    }

    /// The formats of these compressions, each once; of none those that serve every client. A client without guile-zstd
    /// crashes over a narinfo that offers nothing but zstd, and every client reads gzip.
    static func formats(_ compressions: [NarInfo.Compression]) throws(CommandError) -> [CompressionFormat] {
        var formats: [CompressionFormat] = []
        for compression in compressions {
            guard let format = CompressionFormat(rawValue: compression.rawValue), readableFormats.contains(format)
            else {
                throw CommandError(
                    .usage, "compression '\(compression.rawValue)': Guix reads zstd, gzip, xz, bzip2 and none")
            }
            if !formats.contains(format) { formats.append(format) }
        }
        return formats.isEmpty ? [.zstd, .gzip] : formats
    }

    func answer(to path: String) async throws -> CacheAnswer? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
        switch parts.count {
        case 1:
            if let known = fixed(parts[0]) { return known }
            return isHashOnly ? nil : try await narInfo(parts[0])
        case 2 where parts[0] == "hashes" && isHashOnly:
            if let known = fixed(parts[1]) { return known }
            return try await narInfo(parts[1])
        case 2 where parts[0] == "nar" && !isHashOnly: return try await paths.nar(parts[1])
        case 2 where parts[0] == "log": return try await paths.log(parts[1])
        case 4 where parts[0] == "file" && parts[2] == "sha256" && !isHashOnly:
            return try await file(parts[1], digest: parts[3])
        default: return nil
        }
    }

    /// What does not depend on a path.
    private func fixed(_ name: String) -> CacheAnswer? {
        switch name {
        case "":
            let text = "Quorate serves store items to Guix here; its key is at signing-key.pub.\n"
            return CacheAnswer(type: "text/plain; charset=utf-8", bytes: Array(text.utf8))
        case "nix-cache-info":
            let info = NixCacheInfo(storeDirectory: paths.directory, wantMassQuery: true, priority: priority)
            return CacheAnswer(type: "text/plain; charset=utf-8", bytes: info.serialized)
        case "signing-key.pub":
            return signer.key.map {
                CacheAnswer(type: "text/plain; charset=utf-8", bytes: $0.publicKey.fileContents)
            }
        default: return nil
        }
    }

    private func narInfo(_ file: String) async throws -> CacheAnswer? {
        guard file.hasSuffix(".narinfo"), let info = try await paths.info(String(file.dropLast(8))) else { return nil }
        // An unsigned hash says nothing to anybody.
        guard !isHashOnly || signer.signs(info) else { return nil }
        let narInfo = try signer.narInfo(
            of: info,
            downloads: (isHashOnly ? [.none] : formats).map {
                GuixNarInfo.Download(
                    url: LivePaths.url(of: info, in: $0),
                    compression: NarInfo.Compression(rawValue: $0.rawValue) ?? .none,
                    fileSize: $0 == .none ? info.narSize : nil)
            })
        var answer = CacheAnswer(type: "application/x-nix-narinfo; charset=utf-8", bytes: narInfo.serialized)
        answer.maximumAge = Self.age
        return answer
    }

    /// A file by its contents: sources that Guix looks for under the name and hash of a fixed output.
    private func file(_ name: String, digest: String) async throws -> CacheAnswer? {
        guard let hash = try? ContentHash(parsing: "sha256:\(digest)"),
            let path = try? StorePath.fixedOutput(name: name, hash: hash, method: .flat, in: paths.directory),
            let info = try await paths.info(path.hashPart)
        else { return nil }
        let place = paths.store.location(of: info)
        guard let status = FileStatus(path: place), status.isRegular else { return nil }
        return CacheAnswer(type: "application/octet-stream", length: status.size) { sink in
            let reader = try PieceReader(place)
            while let piece = try reader.next() { try piece.withUnsafeBytes { try sink($0) } }
        }
    }
}
