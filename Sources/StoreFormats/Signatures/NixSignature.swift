/// A signature as it stands behind `Sig:`: `name:base64`, Ed25519 over the fingerprint.
///
/// The name says under which name the signer's key is known; it proves nothing.
public struct NixSignature: Hashable, Sendable {
    /// The name of the key.
    public let keyName: String

    /// The 64 bytes of the signature.
    public let bytes: [UInt8]

    /// The size of a signature in bytes.
    public static let byteCount = 64

    /// Creates a signature.
    ///
    /// - Throws: ``StoreFormatError/Code/invalidSignature`` for a name that is none, and any size but 64 bytes.
    public init(keyName: String, bytes: some Collection<UInt8>) throws(StoreFormatError) {
        do {
            try KeyName.check([UInt8](keyName.utf8)[...])
        } catch {
            throw StoreFormatError(.invalidSignature, "signature: \(error.message)")
        }
        guard bytes.count == NixSignature.byteCount else {
            throw StoreFormatError(.invalidSignature, "signature of \(bytes.count) bytes; it has 64")
        }
        self.keyName = keyName
        self.bytes = [UInt8](bytes)
    }

    /// Reads `name:base64`.
    ///
    /// - Throws: ``StoreFormatError/Code/invalidSignature``.
    public init(parsing text: String) throws(StoreFormatError) {
        try self.init(utf8: [UInt8](text.utf8)[...])
    }

    init(utf8 text: ArraySlice<UInt8>) throws(StoreFormatError) {
        do {
            (keyName, bytes) = try KeyName.parse(text, byteCount: NixSignature.byteCount)
        } catch {
            throw StoreFormatError(.invalidSignature, "signature: \(error.message)")
        }
    }
}

extension NixSignature: CustomStringConvertible {
    /// `name:base64`.
    public var description: String { "\(keyName):\(Base64.encode(bytes))" }
}
