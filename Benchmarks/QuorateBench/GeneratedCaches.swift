import Compression
import Crypto
import Glibc
import StoreFormats

/// Three builders who agree: 2,000 input-addressed paths that refer to each other, each signed by three keys and
/// published in three folders, and one large path beside them. The same bytes on every machine.
struct GeneratedCaches {
    static let count = 2000
    static let names = ["one", "two", "three"]
    static let largeSize = 200 << 20

    let folders: [String]
    let keys: [NixSecretKey]
    /// The first one reaches all others.
    let paths: [StorePath]
    let large: StorePath

    /// Makes what is not there.
    init(in work: WorkFolder) throws {
        keys = try Self.names.map { try Self.key(named: "\($0).example-1", seed: "\($0) of the benchmarks") }
        folders = Self.names.map { work.path("caches/\($0)") }
        paths = try (0..<Self.count).map { try Self.storePath("path \($0)", name: "package-\($0)-1.\($0 % 10)") }
        large = try Self.storePath("large", name: "large-1.0")
        guard !work.exists("caches/complete") else { return }
        Report.say("making 3 caches of \(Self.count) paths …")
        work.remove("caches")
        for name in Self.names { try work.make("caches/\(name)/nar") }
        for index in paths.indices { try publish(index, work) }
        try publishLarge(work)
        let info = NixCacheInfo(storeDirectory: .nix, wantMassQuery: true, priority: 40).serialized
        for name in Self.names { try work.write(info, to: "caches/\(name)/nix-cache-info") }
        try work.write("", to: "caches/complete")
    }

    /// A narinfo of a cache with a signature that looks right and is not.
    func forged(_ index: Int, cache: Int, _ work: WorkFolder) throws -> (file: String, bytes: [UInt8]) {
        let file = "caches/\(Self.names[cache])/\(paths[index].hashPart).narinfo"
        let impostor = try Self.key(named: keys[cache].name, seed: "somebody else")
        let narInfo = try NarInfo(parsing: work.read(file), accepting: .seenInCaches)
        return (file, try narInfo.replacingSignatures(with: []).signed(by: impostor).serialized)
    }

    /// A few references as real closures have them: the next in a tree of four branches, so that all are reached in
    /// six steps, and two from farther away.
    private func references(_ index: Int) -> [StorePath] {
        let tree = (1...4).map { index * 4 + $0 }
        let far = [index * 7 + 11, index * 3 + 29]
        return (tree + far).filter { $0 < Self.count }.map { paths[$0] }
    }

    private func publish(_ index: Int, _ work: WorkFolder) throws {
        var random = ReproducibleBytes(seed: UInt64(index) + 1)
        // Text of a few words: it compresses as programs do, to about a half.
        let contents = random.next(2048 + index % 4096).map { UInt8(ascii: "a") + $0 % 16 }
        let nar = Self.nar(of: contents)
        var compressed: [UInt8] = []
        let compressor = try Compressor(.zstd)
        try compressor.push(nar) { compressed.append(contentsOf: $0) }
        try compressor.finish { compressed.append(contentsOf: $0) }
        try publish(
            paths[index], nar: nar, file: compressed, compression: .zstd, references: references(index), work)
    }

    private func publishLarge(_ work: WorkFolder) throws {
        var random = ReproducibleBytes(seed: 200)
        let nar = Self.nar(of: random.next(Self.largeSize))
        try publish(large, nar: nar, file: nar, compression: .none, references: [], work)
    }

    private func publish(
        _ path: StorePath, nar: [UInt8], file: [UInt8], compression: NarInfo.Compression, references: [StorePath],
        _ work: WorkFolder
    ) throws {
        let fileHash = ContentHash(of: file, algorithm: .sha256)
        var hasher = NarHasher()
        hasher.update(nar)
        let digest = hasher.digest()
        let suffix = compression == .zstd ? ".zst" : ""
        let url = "nar/\(Nix32.encode(fileHash.digest)).nar\(suffix)"
        let narInfo = try NarInfo(
            storePath: path, url: url, compression: compression, fileHash: fileHash, fileSize: UInt64(file.count),
            narHash: digest.hash, narSize: digest.size, references: references,
            deriver: Self.storePath("deriver of \(path.name)", name: path.name + ".drv"))
        for (name, key) in zip(Self.names, keys) {
            try work.write(file, to: "caches/\(name)/\(url)")
            try work.write(narInfo.signed(by: key).serialized, to: "caches/\(name)/\(path.hashPart).narinfo")
        }
    }

    private static func key(named name: String, seed: String) throws -> NixSecretKey {
        let signer = try Curve25519.Signing.PrivateKey(
            rawRepresentation: Array(SHA256.hash(data: Array(seed.utf8))))
        let bytes = [UInt8](signer.rawRepresentation) + [UInt8](signer.publicKey.rawRepresentation)
        return try NixSecretKey(parsing: "\(name):\(Base64.encode(bytes))")
    }

    private static func storePath(_ seed: String, name: String) throws -> StorePath {
        let digest = SHA256.hash(data: Array("benchmark \(seed)".utf8))
        return try StorePath(hashPart: Array(digest).prefix(StorePath.hashPartByteCount), name: name, in: .nix)
    }

    /// The NAR of one file.
    static func nar(of contents: [UInt8]) -> [UInt8] {
        var nar: [UInt8] = []
        nar.reserveCapacity(contents.count + 256)
        func field(_ bytes: some Collection<UInt8>) {
            withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { nar.append(contentsOf: $0) }
            nar.append(contentsOf: bytes)
            nar.append(contentsOf: repeatElement(0, count: (8 - bytes.count % 8) % 8))
        }
        for word in ["nix-archive-1", "(", "type", "regular", "contents"] { field(word.utf8) }
        field(contents)
        field(")".utf8)
        return nar
    }
}
