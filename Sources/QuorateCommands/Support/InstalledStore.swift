internal import ClientSetup
internal import Quorum
internal import StoreFormats

/// What the local nix has installed, as it says itself.
enum InstalledStore {
    /// Asks nix; nil when there is none or it gives nothing that can be read.
    static func read() async -> InstalledPaths? {
        let command = ["nix", "--extra-experimental-features", "nix-command", "path-info", "--all", "--json"]
        guard let json = await ProgramOutput.of(command) else { return nil }
        return try? InstalledPaths.parse(json)
    }
}

extension KeyIdentity {
    /// Whether a signature text (`name:base64`) on an installed path was made by this key.
    func signed(_ text: String, _ path: InstalledPath) -> Bool {
        guard algorithm == .ed25519, let signature = try? NixSignature(parsing: text),
            let key = try? NixPublicKey(name: signature.keyName, bytes: bytes),
            let storePath = try? StorePath(path.path, in: .nix), let narHash = NarHash(path.outcome.narHash.bytes)
        else { return false }
        let references = path.outcome.references.compactMap { try? StorePath($0, in: .nix) }
        return key.verify(
            signature,
            over: NarInfo.fingerprint(
                storePath: storePath, narHash: narHash, narSize: path.outcome.narSize, references: references))
    }
}

/// NAR hashes as people paste them.
enum NarHashWords {
    /// `sha256:<nix32>` or SRI as the hexadecimal that policies have; anything else as it is.
    static func asHexadecimal(_ text: String) -> String {
        guard let (hash, _) = try? ContentHash.parse(text), hash.algorithm == .sha256, let narHash = try? NarHash(hash)
        else {
            return text
        }
        return "sha256:\(narHash.hex)"
    }
}
