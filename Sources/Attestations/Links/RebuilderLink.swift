package import Quorum
internal import StoreFormats

/// A link of a rebuilderd instance: what it rebuilt, from what, and what came out. Nobody's signature has been checked.
///
/// Signed is the canonical JSON (OLPC's) of the member `signed` with all that is in it, known or not.
package struct RebuilderLink: Sendable {
    /// A signature that nobody has checked.
    package struct Signature: Hashable, Sendable {
        /// A hint at the key, which nobody signed.
        package let keyID: String
        package let bytes: [UInt8]
    }

    /// Digests in small hexadecimal digits, by the names of their algorithms, by file.
    package typealias Files = [String: [String: String]]

    /// What was done: `rebuild hello_2.10-3_amd64.deb`.
    package let name: String
    /// What it was done from.
    package let materials: Files
    /// What came out.
    package let products: Files
    /// What the signatures cover.
    package let signed: [UInt8]
    package let signatures: [Signature]

    let value: JSONValue

    /// Reads a link.
    ///
    /// - Throws: ``AttestationError/Code/json``, ``AttestationError/Code/limit``, ``AttestationError/Code/link``.
    package init(parsing bytes: [UInt8]) throws(AttestationError) {
        let object = try ForeignJSON.object(bytes, limit: AttestationLimits.linkBytes)
        guard let value = object["signed"], case .array(let entries) = object["signatures"] else {
            throw AttestationError(.link, "a link needs 'signed' and 'signatures'")
        }
        guard entries.count <= AttestationLimits.signatures else {
            throw AttestationError(.limit, "a link with more than \(AttestationLimits.signatures) signatures")
        }
        var signatures: [Signature] = []
        for entry in entries {
            guard let entry = ForeignJSON.Object(entry), let keyID = entry.string("keyid"),
                let text = entry.string("sig"), let bytes = try? Base16.decode(text)
            else { throw AttestationError(.link, "a link with a signature that is not hexadecimal") }
            signatures.append(Signature(keyID: keyID, bytes: bytes))
        }
        try self.init(signed: value, signatures: signatures)
    }

    /// A link for a Debian package that was rebuilt, to be signed.
    ///
    /// - Throws: ``AttestationError/Code/link`` for names that are no names of files.
    package init(
        artifact: String, sha256: Digest256, buildinfo: String, buildinfoSHA256: Digest256
    ) throws(AttestationError) {
        guard PlainText.holds(DebianName.isFileName, for: artifact),
            PlainText.holds(DebianName.isFileName, for: buildinfo)
        else { throw AttestationError(.link, "'\(artifact.prefix(64))' and its buildinfo are not both names of files") }
        func file(_ name: String, _ digest: Digest256) -> JSONValue {
            .object([.init(name, .object([.init("sha256", .string(digest.hex))]))])
        }
        try self.init(
            signed: .object([
                .init("_type", .string("link")),
                .init("name", .string("rebuild \(artifact)")),
                .init("materials", file(buildinfo, buildinfoSHA256)),
                .init("products", file(artifact, sha256)),
                .init("environment", .null),
                .init("byproducts", .object([])),
                .init("command", .array([])),
            ]), signatures: [])
    }

    private init(signed value: JSONValue, signatures: [Signature]) throws(AttestationError) {
        guard let object = ForeignJSON.Object(value), object.string("_type") == "link",
            let name = object.string("name"), let materials = Self.files(object.object("materials")),
            let products = Self.files(object.object("products"))
        else { throw AttestationError(.link, "what is signed is no link with a name, materials and products") }
        self.name = name
        self.materials = materials
        self.products = products
        self.signatures = signatures
        self.value = value
        signed = CanonicalJSON.encodeForLink(value)
    }

    private static func files(_ object: ForeignJSON.Object?) -> Files? {
        guard let object else { return nil }
        var files: Files = [:]
        for file in object.members {
            guard let digests = ForeignJSON.Object(file.value) else { return nil }
            var found: [String: String] = [:]
            for member in digests.members {
                guard case .string(let digest) = member.value else { return nil }
                found[member.name] = digest
            }
            files[file.name] = found
        }
        // Names that Unicode calls equal are two to a signature and would be one here.
        return files.count == object.members.count ? files : nil
    }

    /// The same link with one more signature.
    ///
    /// - Throws: ``AttestationError/Code/key``.
    package func signed(by signer: AttestationSigner) throws(AttestationError) -> RebuilderLink {
        let signature = Signature(keyID: signer.key.keyID.hex, bytes: try signer.signature(over: signed))
        return try RebuilderLink(signed: value, signatures: signatures + [signature])
    }

    /// The link as it is served.
    package var bytes: [UInt8] {
        let signatures = signatures.map { signature in
            JSONValue.object([
                .init("keyid", .string(signature.keyID)), .init("sig", .string(Base16.encode(signature.bytes))),
            ])
        }
        return CanonicalJSON.encodeForLink(.object([.init("signatures", .array(signatures)), .init("signed", value)]))
    }

    /// Checks the link.
    ///
    /// - Throws: ``AttestationError/Code/signature`` unless one of the signatures is the key's. What the signatures say
    ///   about their keys is not asked.
    package func verified(by key: KeyIdentity) throws(AttestationError) -> VerifiedLink {
        let verifier = try AttestationKey(key)
        guard signatures.contains(where: { verifier.isValid($0.bytes, over: signed) }) else {
            throw AttestationError(.signature, "no signature of the link '\(name)' verifies under \(key)")
        }
        return VerifiedLink(key: key, materials: materials, products: products)
    }
}

/// What a rebuilder's signature has been found on.
package struct VerifiedLink: Hashable, Sendable {
    /// Who signed it.
    package let key: KeyIdentity
    package let materials: RebuilderLink.Files
    package let products: RebuilderLink.Files

    fileprivate init(key: KeyIdentity, materials: RebuilderLink.Files, products: RebuilderLink.Files) {
        self.key = key
        self.materials = materials
        self.products = products
    }

    /// What the rebuild of a file gave; nil when the link is not about it.
    package func outcome(of fileName: String) -> Outcome? {
        guard let digest = products[fileName]?["sha256"].flatMap({ Digest256(hex: $0) }) else { return nil }
        return .file(sha256: digest)
    }
}
