import Compression
import GuixFormats
import StoreFormats
import TestSupport

/// Somebody who builds for Guix's store, signs as Guix does, and has a server.
struct GuixBuilder: Sendable {
    let name: String
    let key: GuixSecretKey
    let cache = FakeCache()

    init(_ name: String) throws {
        self.name = name
        key = try GuixSecretKey.generate()
    }

    /// The line of a policy for this builder's server.
    func line(_ address: String) -> String {
        "cache \(name) guix \(key.publicKey.hexadecimal) \(address) builds\n"
    }

    /// What this builder says of a product, with a place for each compression.
    func narInfo(
        _ product: Product, _ compressions: [CompressionFormat] = [.gzip], narSize: UInt64? = nil
    ) throws -> GuixNarInfo {
        try GuixNarInfo(
            storePath: product.storePath, narHash: product.narHash, narSize: narSize ?? UInt64(product.nar.count),
            references: product.references, downloads: compressions.map { try Self.download(product, $0) },
            signedBy: key, host: name)
    }

    /// Offers a product, as `guix publish` does.
    func publish(_ product: Product, _ compressions: [CompressionFormat] = [.gzip]) throws {
        try publish(product, narInfo(product, compressions).serialized)
        for compression in compressions {
            cache.set("/" + (try Self.download(product, compression).url), try compressed(product.nar, compression))
        }
    }

    /// Answers with these bytes in the place of the product's narinfo.
    func publish(_ product: Product, _ narInfo: [UInt8]) throws { cache.set("/\(product.hashPart).narinfo", narInfo) }

    static func download(_ product: Product, _ compression: CompressionFormat) throws -> GuixNarInfo.Download {
        guard let word = NarInfo.Compression(rawValue: compression.rawValue) else {
            throw TestFailure("\(compression) has no word")
        }
        return GuixNarInfo.Download(url: "nar/\(compression.rawValue)/\(product.storePath.baseName)", compression: word)
    }
}

extension Product {
    /// A path of Guix's store with a hash part by chance.
    init(guix name: String, contents: String? = nil, size: Int = 0) throws {
        let nix = try Product(name, contents: contents, size: size)
        self.init(try StorePath(baseName: nix.storePath.baseName, in: .gnu), nar: nix.nar)
    }
}

/// Builders with a server each, and a policy by which some of them have to agree.
struct GuixScene: Sendable {
    let builders: [GuixBuilder]

    init(_ count: Int = 2) throws {
        builders = try ["gina", "hugo", "ines"].prefix(count).map { try GuixBuilder($0) }
    }

    func publish(_ product: Product, _ compressions: [CompressionFormat] = [.gzip]) throws {
        for builder in builders { try builder.publish(product, compressions) }
    }

    /// Serves the caches, with a home whose policy names them and asks that two agree.
    /// - Parameter more: Lines that stand before those about Guix.
    func run<Value: Sendable>(
        after more: String = "", while body: @Sendable (Home) async throws -> Value
    ) async throws -> Value {
        try await serving(builders.map(\.cache)) { addresses in
            let lines = zip(builders, addresses).map { $0.line($1) }.joined()
            let names = builders.map(\.name).joined(separator: " ")
            return try await body(
                Home(policy: "\(more)\(lines)group farms 2 \(names)\nquorum guix farms\n"))
        }
    }
}

extension GatewayProcess {
    /// The answers to the questions for some narinfos, all asked at once on one connection; fewer where they do not come.
    func narInfos(askedAtOnce products: [Product]) async throws -> [TestConnection.Answer] {
        let port = port
        return try await offPool {
            let connection = try TestConnection(port)
            try connection.send(products.map(\.narInfoRequest).joined())
            return try connection.readAnswers(products.count, time: 60)
        }
    }

    /// The Guix narinfo of a product; nil where there is none.
    func guixNarInfo(_ product: Product, below prefix: String = "/") async throws -> GuixNarInfo? {
        let reply = try await get("\(prefix)\(product.hashPart).narinfo")
        guard reply.status == 200 else { return nil }
        return try GuixNarInfo(parsing: reply.body)
    }

    /// The key that signs for Guix.
    func guixKey() async throws -> GuixPublicKey {
        try GuixPublicKey(fileContents: await get("/guix/signing-key.pub").body)
    }
}

/// What a compressed NAR holds.
func decompressed(_ bytes: [UInt8], _ format: CompressionFormat, limit: UInt64 = 1 << 30) throws -> [UInt8] {
    var all: [UInt8] = []
    let decompressor = try Decompressor(format, limits: DecompressionLimits(outputBytes: limit))
    try bytes.withUnsafeBytes { raw in try decompressor.push(raw) { all += $0 } }
    try decompressor.finish { all += $0 }
    return all
}
