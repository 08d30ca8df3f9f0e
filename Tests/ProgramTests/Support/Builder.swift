import Compression
import Foundation
import StoreFormats

/// Somebody who builds and signs.
struct Builder: Sendable {
    let name: String
    let key: NixSecretKey

    init(_ name: String) throws {
        self.name = name
        key = try NixSecretKey.generate(name: "\(name).example-1")
    }

    /// Somebody who signs with any key.
    init(as name: String, _ key: NixSecretKey) {
        self.name = name
        self.key = key
    }

    /// The line of a policy for this builder's cache.
    func line(_ addresses: String...) -> String {
        "cache \(name) nix \(key.publicKey) \(addresses.joined(separator: " ")) builds\n"
    }
}

/// What a build gave.
struct Product: Sendable {
    let storePath: StorePath
    var nar: [UInt8]
    var references: [StorePath] = []
    var contentAddress: ContentAddress?

    /// A path with a hash part by chance, as builds from derivations have them.
    init(_ name: String, contents: String? = nil, size: Int = 0) throws {
        var random = SystemRandomNumberGenerator()
        let digits = (0..<20).map { _ in UInt8.random(in: 0...255, using: &random) }
        storePath = try StorePath(baseName: "\(Nix32.encode(digits))-\(name)", in: .nix)
        nar = Nar.file(Array((contents ?? storePath.baseName).utf8) + Product.noise(size))
    }

    init(_ storePath: StorePath, nar: [UInt8], contentAddress: ContentAddress? = nil) {
        self.storePath = storePath
        self.nar = nar
        self.contentAddress = contentAddress
    }

    var hashPart: String { storePath.hashPart }

    /// The question for its narinfo on a connection that is kept.
    var narInfoRequest: String { "GET /\(hashPart).narinfo HTTP/1.1\r\nHost: x\r\n\r\n" }

    var narHash: NarHash { get throws { try NarHash(ContentHash(of: nar, algorithm: .sha256)) } }

    /// Bytes that do not compress.
    static func noise(_ count: Int) -> [UInt8] {
        [UInt8]((try? FileHandle(forReadingAtPath: "/dev/urandom")?.read(upToCount: count)) ?? Data())
    }

    /// What the builders say of it, in one narinfo.
    func narInfo(
        _ builders: [Builder], url: String? = nil, compression: NarInfo.Compression = .none, narSize: UInt64? = nil
    ) throws -> NarInfo {
        var narInfo = try NarInfo(
            storePath: storePath, url: url ?? "nar/\(hashPart).nar", compression: compression, fileHash: nil,
            fileSize: nil, narHash: narHash, narSize: narSize ?? UInt64(nar.count), references: references,
            deriver: nil,
            signatures: [], contentAddress: contentAddress, unknownFields: [])
        for builder in builders { narInfo = try narInfo.signed(by: builder.key) }
        return narInfo
    }
}

/// NARs made by hand, canonical or not.
enum Nar {
    static func text(_ bytes: [UInt8]) -> [UInt8] {
        withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { Array($0) } + bytes
            + [UInt8](repeating: 0, count: (8 - bytes.count % 8) % 8)
    }

    static func text(_ text: String) -> [UInt8] { Self.text(Array(text.utf8)) }

    static func words(_ words: String...) -> [UInt8] { words.flatMap { text($0) } }

    static func node(_ contents: [UInt8], executable: Bool = false) -> [UInt8] {
        words("(", "type", "regular") + (executable ? words("executable", "") : []) + words("contents")
            + text(contents) + words(")")
    }

    static func file(_ contents: [UInt8], executable: Bool = false) -> [UInt8] {
        words("nix-archive-1") + node(contents, executable: executable)
    }

    /// A folder of files, with the names as they are given.
    static func folder(_ entries: [(String, String)]) -> [UInt8] {
        words("nix-archive-1", "(", "type", "directory")
            + entries.flatMap { name, contents in
                words("entry", "(", "name", name, "node") + node(Array(contents.utf8)) + words(")")
            } + words(")")
    }
}

/// Compresses as a cache would have.
func compressed(_ bytes: [UInt8], _ format: CompressionFormat) throws -> [UInt8] {
    var all: [UInt8] = []
    let compressor = try Compressor(format)
    try bytes.withUnsafeBytes { raw in try compressor.push(raw) { all += $0 } }
    try compressor.finish { all += $0 }
    return all
}
