internal import GuixFormats
internal import StoreFormats
internal import TransparencyLog

/// Keys in Nix's and Guix's formats, in files.
enum KeyFiles {
    /// A public key of either kind.
    enum PublicKey {
        case nix(NixPublicKey)
        case guix(GuixPublicKey)
        /// Of a log, a witness, a mirror or a signer of policies.
        case note(NoteKey)
    }

    /// The longest key file in bytes.
    private static let limit = 1 << 16

    static func generate(name: String) throws(CommandError) -> NixSecretKey {
        guard !name.hasPrefix("quorate-gateway-") else {
            throw CommandError(.usage, "'\(name)': names with quorate-gateway- are the gateways' own; choose another")
        }
        do {
            return try NixSecretKey.generate(name: name)
        } catch {
            throw CommandError(.usage, "'\(name)': \(error)")
        }
    }

    static func generateGuix() throws(CommandError) -> GuixSecretKey {
        do {
            return try GuixSecretKey.generate()
        } catch {
            throw CommandError(.unavailable, "\(error)")
        }
    }

    /// A secret key as Guix keeps it: `/etc/guix/signing-key.sec`.
    static func guixSecretKey(in file: String) throws(CommandError) -> GuixSecretKey {
        try secretKey(in: file) { try GuixSecretKey(fileContents: $0) }
    }

    /// A secret key in Nix's format.
    static func nixSecretKey(in file: String) throws(CommandError) -> NixSecretKey {
        try secretKey(in: file) { try NixSecretKey(fileContents: $0) }
    }

    private static func secretKey<Key>(
        in file: String, _ read: ([UInt8]) throws -> Key
    ) throws(CommandError) -> Key {
        let bytes = try SecretFile.read(file)
        do {
            return try read(bytes)
        } catch {
            throw CommandError(.badData, "\(file): \(error)")
        }
    }

    /// The public key, of Nix's kind, of a file that holds a secret or a public key.
    static func publicKey(in file: String) throws(CommandError) -> NixPublicKey {
        try nixPublicKey(try Files.read(file, limit: limit), file: file)
    }

    /// The public key, of either kind, of a file that holds a secret or a public key.
    static func anyPublicKey(in file: String) throws(CommandError) -> PublicKey {
        let bytes = try Files.read(file, limit: limit)
        if let note = try notePublicKey(bytes, file: file) { return .note(note) }
        let isExpression = bytes.first { $0 > 0x20 } == UInt8(ascii: "(")
        return try isExpression ? .guix(guixPublicKey(bytes, file: file)) : .nix(nixPublicKey(bytes, file: file))
    }

    /// The key of a file in the format of signed notes; nil for another format.
    private static func notePublicKey(_ bytes: [UInt8], file: String) throws(CommandError) -> NoteKey? {
        var line = bytes[...]
        if line.last == 0x0A { line.removeLast() }
        let text = String(decoding: line, as: UTF8.self)
        if let key = try? NoteKey(text) { return key }
        guard text.hasPrefix("PRIVATE+KEY+") else { return nil }
        do throws(TransparencyLogError) {
            return try NoteSigner(text).key
        } catch {
            throw CommandError(.badData, "\(file): \(error.message)")
        }
    }

    private static func nixPublicKey(_ bytes: [UInt8], file: String) throws(CommandError) -> NixPublicKey {
        if let key = try? NixPublicKey(fileContents: bytes) { return key }
        do {
            return try NixSecretKey(fileContents: bytes).publicKey
        } catch {
            throw CommandError(.badData, "\(file): \(error)")
        }
    }

    private static func guixPublicKey(_ bytes: [UInt8], file: String) throws(CommandError) -> GuixPublicKey {
        do throws(GuixFormatError) {
            let isSecret = try SExpression(parsing: bytes).elements(of: "private-key") != nil
            return try isSecret ? GuixSecretKey(fileContents: bytes).publicKey : GuixPublicKey(fileContents: bytes)
        } catch {
            throw CommandError(.badData, "\(file): \(error)")
        }
    }
}
