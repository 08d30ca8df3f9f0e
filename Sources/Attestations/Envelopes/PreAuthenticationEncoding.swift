/// What a DSSE signature covers (<https://github.com/secure-systems-lab/dsse/blob/master/protocol.md>): type and body,
/// each behind its length, so that neither can be taken for a part of the other.
package enum PreAuthenticationEncoding {
    /// `DSSEv1 <length> <type> <length> <body>`, lengths in bytes and decimal.
    package static func encode(type: String, body: [UInt8]) -> [UInt8] {
        prefix(type: type, bodyCount: body.count) + body
    }

    static func prefix(type: String, bodyCount: Int) -> [UInt8] {
        Array("DSSEv1 \(type.utf8.count) \(type) \(bodyCount) ".utf8)
    }
}
