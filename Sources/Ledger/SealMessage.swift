package import Quorum

/// The message under a claim's seal, in a buffer that serves one claim after the other.
struct SealMessage: Sendable {
    private var writer = FieldWriter()
    /// Where the time stands, in eight bytes.
    private var time = start

    /// Where the claim's fields begin, behind the context and the version.
    private static let start = ClaimCoding.sealContext.count + 1

    init() {
        writer.bytes.append(contentsOf: ClaimCoding.sealContext)
        writer.bytes.append(ClaimCoding.version)
        // A message without a claim is as long as any that has a time.
        writer.integer(0)
    }

    /// Makes this the message of `claim`.
    mutating func take(_ claim: Claim) {
        writer.bytes.removeSubrange(Self.start...)
        time = ClaimCoding.write(claim, into: &writer)
    }

    /// The whole message.
    var bytes: [UInt8] { writer.bytes }

    /// What tells the claim from another whenever it was seen: SHA-256 of its fields, as if the time were 0.
    var identity: Digest256 {
        mutating get {
            writer.bytes.withUnsafeMutableBytes { bytes in
                let kept = bytes.loadUnaligned(fromByteOffset: time, as: UInt64.self)
                bytes.storeBytes(of: 0, toByteOffset: time, as: UInt64.self)
                defer { bytes.storeBytes(of: kept, toByteOffset: time, as: UInt64.self) }
                return sha256(UnsafeRawBufferPointer(rebasing: bytes[Self.start...]))
            }
        }
    }
}

/// What a claim is marked with when it is recorded.
package struct ClaimMarks: Hashable, Sendable {
    /// As ``ClaimCoding/identity(of:)`` gives it.
    package let identity: Digest256
    /// The MAC that says that the claim was verified, 32 bytes.
    package let seal: Digest256
}

/// Marks many claims one after the other: what both marks are made from is written only once for each.
package struct ClaimMarker: Sendable {
    private let seal: ClaimSeal
    private var message = SealMessage()

    /// - Parameter seal: The key of the seals.
    package init(seal: ClaimSeal) { self.seal = seal }

    /// The marks of a verified claim.
    package mutating func marks(of claim: Claim) -> ClaimMarks {
        message.take(claim)
        return ClaimMarks(identity: message.identity, seal: seal.code(message))
    }
}
