internal import StoreFormats

/// Keys in Nix's format, in files.
enum KeyFiles {
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

    /// The public key of a file that holds a secret or a public key.
    static func publicKey(in file: String) throws(CommandError) -> NixPublicKey {
        let bytes = try Files.read(file, limit: 1 << 16)
        if let key = try? NixPublicKey(fileContents: bytes) { return key }
        do {
            return try NixSecretKey(fileContents: bytes).publicKey
        } catch {
            throw CommandError(.badData, "\(file): \(error)")
        }
    }
}
