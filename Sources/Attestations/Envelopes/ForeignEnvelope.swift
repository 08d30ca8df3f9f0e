package import Quorum
internal import StoreFormats

/// A DSSE envelope of anybody, as the specification has readers take it: members in any order, more of them than are
/// known, either alphabet of base64, several signatures.
package struct ForeignEnvelope: Sendable {
    /// A signature that nobody has checked.
    package struct Signature: Hashable, Sendable {
        /// A hint at the key, which nobody signed; empty when there is none.
        package let keyID: String
        package let bytes: [UInt8]
    }

    package let payload: [UInt8]
    package let payloadType: String
    /// At least one.
    package let signatures: [Signature]

    /// Reads an envelope.
    ///
    /// - Throws: ``AttestationError/Code/json``, ``AttestationError/Code/limit``, ``AttestationError/Code/envelope``.
    package init(parsing bytes: [UInt8]) throws(AttestationError) {
        let object = try ForeignJSON.object(bytes, limit: AttestationLimits.jsonBytes)
        guard let payload = object.string("payload").flatMap(ForeignJSON.base64),
            let payloadType = object.string("payloadType"), case .array(let entries) = object["signatures"]
        else { throw AttestationError(.envelope, "an envelope needs payload, payloadType and signatures") }
        guard (1...AttestationLimits.signatures).contains(entries.count) else {
            throw AttestationError(
                .envelope, "an envelope with \(entries.count) signatures: 1 to \(AttestationLimits.signatures) are read"
            )
        }
        var signatures: [Signature] = []
        for entry in entries {
            guard let entry = ForeignJSON.Object(entry),
                let signature = entry.string("sig").flatMap(ForeignJSON.base64)
            else { throw AttestationError(.envelope, "a signature that is not base64") }
            signatures.append(Signature(keyID: entry.string("keyid") ?? "", bytes: signature))
        }
        self.payload = payload
        self.payloadType = payloadType
        self.signatures = signatures
    }

    /// The keys whose signatures are on the envelope: each once, however often it signed and whatever its identifier.
    package func signers(among keys: [AttestationKey]) -> Set<KeyIdentity> {
        let message = PreAuthenticationEncoding.encode(type: payloadType, body: payload)
        let signers = keys.filter { key in signatures.contains { key.isValid($0.bytes, over: message) } }
        return Set(signers.map(\.identity))
    }
}
