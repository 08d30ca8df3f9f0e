package import GuixFormats

extension Workplace {
    /// The key with which the gateway signs for Guix's clients, made the first time.
    package func guixGatewayKey() throws(CommandError) -> GuixSecretKey {
        try ownKey("guix-gateway", read: KeyFiles.guixSecretKey(in:)) { () throws(CommandError) in
            let key = try KeyFiles.generateGuix()
            return (key, key.fileContents())
        }
    }
}
