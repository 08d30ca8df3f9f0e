internal import Quorum

extension KeyIdentity {
    /// The key as a name: the number of its kind, and its bytes.
    var name: [UInt8] {
        let kind: UInt8 =
            switch algorithm {
            case .ed25519: 1
            case .ecdsaEd25519: 2
            case .rsa: 3
            }
        return [kind] + bytes
    }

    /// The key that a name says; nil when it says none.
    init?(name: [UInt8]) {
        let algorithm: KeyAlgorithm? =
            switch name.first {
            case 1: .ed25519
            case 2: .ecdsaEd25519
            case 3: .rsa
            default: nil
            }
        guard let algorithm else { return nil }
        self.init(algorithm: algorithm, bytes: name.dropFirst())
    }
}
