internal import Crypto

/// A key that signs for a binary cache: `name:base64` of 32 bytes of seed and the 32 bytes of the public key.
///
/// Its secret is shown by no description and no dump; only ``fileContents()`` gives it away.
public struct NixSecretKey: Sendable {
    /// The name, which goes into signatures.
    public var name: String { publicKey.name }

    /// The key that checks what this one signs.
    public let publicKey: NixPublicKey

    private let signer: Curve25519.Signing.PrivateKey

    /// The size of a secret key in bytes: seed and public key.
    public static let byteCount = 64

    /// Makes a new key from the system's random numbers.
    ///
    /// - Throws: ``StoreFormatError/Code/invalidKey`` for a name that is none.
    public static func generate(name: String) throws(StoreFormatError) -> NixSecretKey {
        try NixSecretKey(name: name, signer: Curve25519.Signing.PrivateKey())
    }

    /// Reads `name:base64`.
    ///
    /// - Throws: ``StoreFormatError/Code/invalidKey``, also when the public half does not belong to the seed.
    public init(parsing text: String) throws(StoreFormatError) {
        do throws(StoreFormatError) {
            let (name, bytes) = try KeyName.parse([UInt8](text.utf8)[...], byteCount: NixSecretKey.byteCount)
            guard let signer = try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes.prefix(32)),
                signer.publicKey.rawRepresentation.elementsEqual(bytes.suffix(32))
            else {
                // A signature made with the wrong public half can give the seed away.
                throw StoreFormatError(.invalidKey, "its two halves do not belong together")
            }
            try self.init(name: name, signer: signer)
        } catch {
            throw StoreFormatError(.invalidKey, "secret key: \(error.message)")
        }
    }

    /// Reads a key file: `name:base64`, with or without one line end behind it.
    ///
    /// - Throws: ``StoreFormatError/Code/invalidKey``.
    public init(fileContents: some Collection<UInt8>) throws(StoreFormatError) {
        try self.init(parsing: try KeyFile.text(fileContents))
    }

    private init(name: String, signer: Curve25519.Signing.PrivateKey) throws(StoreFormatError) {
        publicKey = try NixPublicKey(name: name, bytes: [UInt8](signer.publicKey.rawRepresentation))
        self.signer = signer
    }

    /// Signs a message, such as the fingerprint of a narinfo.
    ///
    /// - Throws: ``StoreFormatError/Code/invalidKey`` when the library cannot sign.
    public func sign(_ message: some Collection<UInt8>) throws(StoreFormatError) -> NixSignature {
        guard let signature = try? signer.signature(for: [UInt8](message)) else {
            throw StoreFormatError(.invalidKey, "signing with the key \(name) failed")
        }
        return try NixSignature(keyName: name, bytes: [UInt8](signature))
    }

    /// The text of the key file, secret included: for a file of mode 0600 and nothing else.
    public func fileContents() -> String {
        let bytes = [UInt8](signer.rawRepresentation) + publicKey.bytes
        return "\(name):\(Base64.encode(bytes))"
    }
}

extension NixSecretKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The name, and no secret.
    public var description: String { "\(name):(secret)" }

    /// The name, and no secret.
    public var debugDescription: String { description }

    /// Shows the public half only.
    public var customMirror: Mirror { Mirror(self, children: ["publicKey": publicKey]) }
}
