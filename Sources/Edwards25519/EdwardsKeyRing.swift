internal import Crypto
internal import Synchronization

/// Tables of the keys that are used often, shared by the whole program and bounded.
///
/// A key that was used a few times gets a table; the others are left to the libraries, so that a key seen once costs what
/// it did. Both ways decide alike, so what is kept here changes the time a check takes and nothing else.
package final class EdwardsKeyRing: Sendable {
    /// The program's.
    package static let shared = EdwardsKeyRing()

    /// How many keys have tables at most: about 5 MB.
    package static let maximumKeyCount = 32
    /// At which use a key gets its table. A table pays for itself after as many uses more.
    static let usesBeforeTable = 16
    /// How many other keys' uses are counted. When there are more, counting starts anew.
    static let maximumCountedKeys = 1024
    /// After how many checks under other keys a table may make room for another: never while it is in use, or more keys in
    /// turn than the ring holds would have it make tables all the time.
    static let checksUntilStale: UInt64 = 65_536

    /// Protects the lists. Tables are made outside of it.
    private let state = Mutex(State())

    /// An empty ring.
    package init() {}

    /// Whether 64 bytes are a key's Ed25519 signature over a message, as BoringSSL decides it.
    ///
    /// - Parameter key: 32 bytes; nothing is a signature under others.
    package func isValidEd25519(_ signature: [UInt8], over message: [UInt8], under key: [UInt8]) -> Bool {
        if let known = publicKey(key) { return known.isValidEd25519(signature, over: message) }
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: key) else { return false }
        return key.isValidSignature(signature, for: message)
    }

    /// Counts a use of a key, and gives it back with its table when it has one by now.
    ///
    /// The use at which the table is made waits for it: half a millisecond, and as much again for the program's first.
    package func publicKey(_ key: [UInt8]) -> EdwardsPublicKey? {
        guard key.count == 32, let name = Words256(littleEndian: key) else { return nil }
        let (known, isDue) = state.withLock { $0.use(name) }
        guard isDue else { return known }
        let made = EdwardsPublicKey(key)
        state.withLock { $0.finish(name, made) }
        return made
    }

    /// How many keys have a table.
    var keyCount: Int { state.withLock { $0.keyCount } }
}
