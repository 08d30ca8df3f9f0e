import StoreFormats

/// A builder of our own, which signs whatever a test wants.
struct Signer: Sendable {
    private let key: NixSecretKey

    init(_ name: String) throws { key = try NixSecretKey.generate(name: name) }

    var publicKey: String { key.publicKey.description }

    /// A signed narinfo of a path, with a NAR that is told apart by its size.
    func narInfo(path: String, size: Int) throws -> [UInt8] {
        let hash = ContentHash(of: Array("\(size)".utf8), algorithm: .sha256)
        return try NarInfo(
            storePath: StorePath(path, in: .nix), url: "nar/\(size).nar", compression: .none,
            narHash: NarHash(parsing: hash.description), narSize: UInt64(size), references: []
        ).signed(by: key).serialized
    }
}
