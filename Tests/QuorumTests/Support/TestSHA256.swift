/// SHA-256 (FIPS 180-4) for tests, so that real verifier keys can be checked without a dependency.
enum TestSHA256 {
    /// The identifier of a verifier key as C2SP signed-note defines it.
    static func verifierKeyID(name: String, typeAndKey: [UInt8]) -> UInt32 {
        hash(Array(name.utf8) + [0x0A] + typeAndKey)[0]
    }

    static func hash(_ message: [UInt8]) -> [UInt32] {
        var state: [UInt32] = [
            0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
        ]
        var padded = message + [0x80]
        while padded.count % 64 != 56 { padded.append(0) }
        let bits = UInt64(message.count) * 8
        for shift in stride(from: 56, through: 0, by: -8) { padded.append(UInt8(truncatingIfNeeded: bits >> shift)) }
        for block in stride(from: 0, to: padded.count, by: 64) {
            var words = (0..<16).map { word in
                (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(padded[block + word * 4 + $1]) }
            }
            for index in 16..<64 {
                let a = words[index - 15]
                let b = words[index - 2]
                let small = rotate(a, 7) ^ rotate(a, 18) ^ (a >> 3)
                let large = rotate(b, 17) ^ rotate(b, 19) ^ (b >> 10)
                words.append(words[index - 16] &+ small &+ words[index - 7] &+ large)
            }
            var v = state
            for index in 0..<64 {
                let sum1 = rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25)
                let choice = (v[4] & v[5]) ^ (~v[4] & v[6])
                let first = v[7] &+ sum1 &+ choice &+ constants[index] &+ words[index]
                let sum0 = rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22)
                let majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2])
                v = [first &+ sum0 &+ majority, v[0], v[1], v[2], v[3] &+ first, v[4], v[5], v[6]]
            }
            for index in 0..<8 { state[index] = state[index] &+ v[index] }
        }
        return state
    }

    /// The fractional parts of the cube roots of the first 64 primes, computed to need no table.
    private static let constants: [UInt32] = {
        var primes: [UInt64] = []
        var candidate: UInt64 = 2
        while primes.count < 64 {
            if primes.allSatisfy({ candidate % $0 != 0 }) { primes.append(candidate) }
            candidate += 1
        }
        return primes.map { prime in
            // The largest r with r^3 <= prime * 2^96, of which the low 32 bits are the fraction.
            var low: UInt64 = 0
            var high: UInt64 = 1 << 35
            while high - low > 1 {
                let middle = (low + high) / 2
                if cubeIsAtMost(middle, prime) { low = middle } else { high = middle }
            }
            return UInt32(truncatingIfNeeded: low)
        }
    }()

    private static func cubeIsAtMost(_ root: UInt64, _ prime: UInt64) -> Bool {
        let square = root.multipliedFullWidth(by: root)
        let lowProduct = square.low.multipliedFullWidth(by: root)
        let highProduct = square.high * root &+ lowProduct.high
        return highProduct < prime << 32 || (highProduct == prime << 32 && lowProduct.low == 0)
    }

    private static func rotate(_ value: UInt32, _ count: UInt32) -> UInt32 {
        value >> count | value << (32 - count)
    }
}
