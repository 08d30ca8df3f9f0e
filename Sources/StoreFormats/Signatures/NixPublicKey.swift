internal import Edwards25519

/// A key that checks signatures of binary caches: `name:base64`, Ed25519.
///
/// Two values are equal when name and bytes are; who counts keys must compare ``bytes``, because anyone can give the
/// same key another name.
public struct NixPublicKey: Hashable, Sendable {
    /// The name, by which signatures point to the key.
    public let name: String

    /// The 32 bytes of the key.
    public let bytes: [UInt8]

    /// The size of a key in bytes.
    public static let byteCount = 32

    /// Creates a key.
    ///
    /// - Throws: ``StoreFormatError/Code/invalidKey`` for a name that is none, any size but 32 bytes, and points of
    ///   small order, under which signatures can be made without a secret.
    public init(name: String, bytes: some Collection<UInt8>) throws(StoreFormatError) {
        try KeyName.check([UInt8](name.utf8)[...])
        try self.init(checkedName: name, bytes: [UInt8](bytes))
    }

    /// Reads `name:base64`.
    ///
    /// - Throws: ``StoreFormatError/Code/invalidKey``.
    public init(parsing text: String) throws(StoreFormatError) {
        do {
            let (name, bytes) = try KeyName.parse([UInt8](text.utf8)[...], byteCount: NixPublicKey.byteCount)
            try self.init(checkedName: name, bytes: bytes)
        } catch {
            throw StoreFormatError(.invalidKey, "public key: \(error.message)")
        }
    }

    /// Reads a key file: `name:base64`, with or without one line end behind it.
    ///
    /// - Throws: ``StoreFormatError/Code/invalidKey``.
    public init(fileContents: some Collection<UInt8>) throws(StoreFormatError) {
        try self.init(parsing: try KeyFile.text(fileContents))
    }

    private init(checkedName name: String, bytes: [UInt8]) throws(StoreFormatError) {
        guard bytes.count == NixPublicKey.byteCount else {
            throw StoreFormatError(.invalidKey, "public key of \(bytes.count) bytes; it has 32")
        }
        guard !EdwardsPublicKey.isSmallOrder(bytes) else {
            throw StoreFormatError(.invalidKey, "public key is a point of small order: anyone could sign under it")
        }
        self.name = name
        self.bytes = bytes
    }

    /// Whether a signature is this key's, over a message.
    ///
    /// Only the bytes decide: the name in the signature is not looked at.
    public func verify(_ signature: NixSignature, over message: some Collection<UInt8>) -> Bool {
        EdwardsKeyRing.shared.isValidEd25519(signature.bytes, over: [UInt8](message), under: bytes)
    }
}

extension NixPublicKey: CustomStringConvertible {
    /// `name:base64`.
    public var description: String { "\(name):\(Base64.encode(bytes))" }
}
