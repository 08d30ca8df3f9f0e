internal import Quorum

/// The fixed text of a canonical envelope around its three values.
///
/// Comparing with it byte by byte is the whole parser, so there is no second spelling to be refused; and it is quick,
/// for logs have millions of these.
struct EnvelopeText {
    static let beforePayload: StaticString = #"{"payload":""#
    static let beforeKeyID: StaticString =
        #"","payloadType":"application/vnd.in-toto+json","signatures":[{"keyid":""#
    static let beforeSignature: StaticString = #"","sig":""#
    static let end: StaticString = #""}]}"#

    private static let keyIDCount = 64
    private static let signatureCount = 88

    private let leaf: [UInt8]
    private let payloadRange: Range<Int>
    private let keyIDRange: Range<Int>
    private let signatureRange: Range<Int>

    /// Finds the values; what they hold is checked when they are asked for.
    init(_ leaf: [UInt8]) throws(AttestationError) {
        guard leaf.count <= AttestationLimits.leafBytes else {
            throw AttestationError(
                .limit, "an envelope of \(leaf.count) bytes: \(AttestationLimits.leafBytes) are allowed")
        }
        // All but the payload has a fixed length, so everything is where it must be, seen from the end.
        let endStart = leaf.count - Self.end.utf8CodeUnitCount
        let signatureStart = endStart - Self.signatureCount
        let beforeSignatureStart = signatureStart - Self.beforeSignature.utf8CodeUnitCount
        let keyIDStart = beforeSignatureStart - Self.keyIDCount
        let beforeKeyIDStart = keyIDStart - Self.beforeKeyID.utf8CodeUnitCount
        let payloadStart = Self.beforePayload.utf8CodeUnitCount
        let isEnvelope =
            beforeKeyIDStart >= payloadStart
            && leaf.withUnsafeBytes { bytes in
                bytes.has(Self.beforePayload, at: 0) && bytes.has(Self.beforeKeyID, at: beforeKeyIDStart)
                    && bytes.has(Self.beforeSignature, at: beforeSignatureStart) && bytes.has(Self.end, at: endStart)
            }
        guard isEnvelope else { throw Self.refusal("other text than the canonical form has") }
        self.leaf = leaf
        payloadRange = payloadStart..<beforeKeyIDStart
        keyIDRange = keyIDStart..<beforeSignatureStart
        signatureRange = signatureStart..<endStart
    }

    var keyID: Digest256? {
        leaf.withUnsafeBytes { PlainText.digest(UnsafeRawBufferPointer(rebasing: $0[keyIDRange])) }
    }

    var signature: [UInt8]? {
        let bytes = leaf.withUnsafeBytes { DirectBase64.decode(UnsafeRawBufferPointer(rebasing: $0[signatureRange])) }
        return bytes?.count == Envelope.signatureBytes ? bytes : nil
    }

    /// What is signed, and where in it the payload begins.
    var message: (bytes: [UInt8], payload: Int)? {
        leaf.withUnsafeBytes { leaf in
            let text = UnsafeRawBufferPointer(rebasing: leaf[payloadRange])
            guard let count = DirectBase64.decodedCount(text) else { return nil }
            let prefix = PreAuthenticationEncoding.prefix(type: Envelope.payloadType, bodyCount: count)
            // The payload is decoded to where it is needed: behind what the signature covers before it.
            return DirectBase64.decode(text, behind: prefix).map { ($0, prefix.count) }
        }
    }

    static func refusal(_ why: String) -> AttestationError {
        AttestationError(.envelope, "not a canonical envelope: \(why)")
    }
}
