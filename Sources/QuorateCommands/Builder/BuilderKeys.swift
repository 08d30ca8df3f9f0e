internal import ClaimSources
package import StoreFormats
package import TransparencyLog

/// The secret keys of a builder's roles, one file of mode 0600 for each. None is ever printed.
package struct BuilderKeys: Sendable {
    /// Signs attestations and the card.
    package let builder: NixSecretKey
    /// Signs checkpoints of this machine's log.
    package let log: NoteSigner
    /// Cosigns checkpoints of others.
    package let witness: NoteSigner
    /// Cosigns checkpoints of others whose entries are here.
    package let mirror: NoteSigner

    /// The builder's key as notes name it.
    package func builderNoteKey() throws(CommandError) -> NoteKey {
        guard let key = NoteKey(builder.publicKey) else {
            throw CommandError(.badData, "the builder's key '\(builder.name)' has a name that notes cannot have")
        }
        return key
    }

    /// The note that says a text under a signature of the builder's key.
    func sign(_ text: String) throws(CommandError) -> [UInt8] {
        let key = try builderNoteKey()
        let signature: NixSignature
        do throws(StoreFormatError) {
            signature = try builder.sign(text.utf8)
        } catch {
            throw CommandError(.badData, "the builder's key cannot sign: \(error)")
        }
        let line = Base64.encode(NoteKey.bytes(of: key.id) + signature.bytes)
        return Array("\(text)\n\u{2014} \(key.name) \(line)\n".utf8)
    }

    /// Reads all keys of a builder, which have to be there and bear the names that belong to its address.
    package static func read(_ workplace: Workplace, address: BuilderAddress) throws(CommandError) -> BuilderKeys {
        func signer(_ role: BuilderAddress.Role) throws(CommandError) -> NoteSigner {
            try read(role, workplace.places, address)
        }
        return BuilderKeys(
            builder: try KeyFiles.nixSecretKey(in: workplace.places.keys + "/builder"), log: try signer(.log),
            witness: try signer(.witness), mirror: try signer(.mirror))
    }

    /// The same, where those that are missing are made. What is there is never replaced.
    package static func make(_ workplace: Workplace, address: BuilderAddress) throws(CommandError) -> BuilderKeys {
        try Files.makeDirectory(workplace.places.keys)
        func signer(_ role: BuilderAddress.Role) throws(CommandError) -> NoteSigner {
            do throws(CommandError) {
                return try read(role, workplace.places, address)
            } catch {
                guard error.status == .noInput else { throw error }
            }
            let signer: NoteSigner
            do throws(TransparencyLogError) {
                signer = try NoteSigner.generate(name: address.name(role), kind: kind(of: role))
            } catch {
                throw CommandError(.badData, "a key for \(address.name(role)) cannot be made: \(error.message)")
            }
            do throws(CommandError) {
                try Files.create(
                    file(of: role, workplace.places), Array((signer.secretText + "\n").utf8), mode: 0o600)
                return signer
            } catch {
                // Two programs may start at once: the first file stands, whoever made it.
                guard let other = try? read(role, workplace.places, address) else { throw error }
                return other
            }
        }
        return BuilderKeys(
            builder: try workplace.builderKey(), log: try signer(.log), witness: try signer(.witness),
            mirror: try signer(.mirror))
    }

    /// Where the key of a role lies.
    package static func file(of role: BuilderAddress.Role, _ places: Places) -> String {
        places.keys + "/" + role.rawValue
    }

    private static func kind(of role: BuilderAddress.Role) -> NoteKey.Kind {
        role == .log ? .ed25519 : .cosignature
    }

    private static func read(
        _ role: BuilderAddress.Role, _ places: Places, _ address: BuilderAddress
    ) throws(CommandError) -> NoteSigner {
        let file = file(of: role, places)
        let signer = try LogKeyFile.read(file, kind: kind(of: role))
        guard signer.key.name == address.name(role) else {
            throw CommandError(
                .badData,
                "\(file): the key of '\(signer.key.name)', not of '\(address.name(role))'; "
                    + "a log keeps its name for ever: 'quorate builder rotate' begins another")
        }
        return signer
    }
}
