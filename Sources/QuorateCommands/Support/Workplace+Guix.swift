package import GuixFormats

extension Workplace {
    /// A Guix key of one of this installation's roles, made the first time: by default that of the gateway.
    package func guixKey(_ role: String = "guix-gateway") throws(CommandError) -> GuixSecretKey {
        let file = places.keys + "/" + role
        do throws(CommandError) {
            return try readGuixKey(file)
        } catch {
            guard error.status == .noInput else { throw error }
        }
        let key: GuixSecretKey
        do {
            key = try GuixSecretKey.generate()
        } catch {
            throw CommandError(.badData, "\(error)")
        }
        try Files.makeDirectory(places.keys)
        do {
            try Files.create(file, key.fileContents(), mode: 0o600)
        } catch {
            // Two programs may start at once: the first file stands, whoever made it.
            guard let other = try? readGuixKey(file) else { throw error }
            return other
        }
        return key
    }

    /// Reads a secret key as Guix keeps it: `/etc/guix/signing-key.sec`.
    package func readGuixKey(_ file: String) throws(CommandError) -> GuixSecretKey {
        let bytes = try SecretFile.read(file)
        do {
            return try GuixSecretKey(fileContents: bytes)
        } catch {
            throw CommandError(.badData, "\(file): \(error)")
        }
    }
}
