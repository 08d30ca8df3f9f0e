import TestSupport
import Testing

@testable import Edwards25519

@Suite struct ScalarTests {
    private static let order = Scalar.order

    private static func below(_ distance: UInt64) -> Words256 {
        Words256(order.w0 - distance, order.w1, order.w2, order.w3)
    }

    /// Numbers of 256 bits, among them those next to the order and to 2^252.
    private static let words: [Words256] = {
        var random = SeededGenerator(seed: 4)
        return [
            Words256(0, 0, 0, 0), Words256(1, 0, 0, 0), Words256(.max, .max, .max, .max), below(0), below(1), below(2),
            Words256(order.w0 + 1, order.w1, order.w2, order.w3), Words256(0, 0, 0, 1 << 60),
            Words256(.max, .max, .max, 1 << 60 - 1), Words256(0, 1, 0, 1 << 60), Words256(0, 0, 0, 1 << 63),
            ModularInverse.fieldOrder,
        ] + (0..<12).map { _ in Words256.random(&random) }
    }()

    @Test func orderIsThatOfTheSpecification() {
        #expect(Self.order.slow == .scalarOrder)
        #expect(ModularInverse.fieldOrder.slow == .fieldOrder)
    }

    @Test func onlyNumbersBelowTheOrderAreScalars() {
        for words in Self.words {
            #expect((Scalar(words) != nil) == (words.slow < .scalarOrder), "\(words)")
        }
    }

    @Test func reducesEverySize() {
        for high in Self.words {
            #expect(Scalar(reducing: high).words.slow == high.slow % .scalarOrder)
            for low in Self.words {
                let number = low.slow + high.slow * SlowNumber(power: 256)
                #expect(Scalar(reducing: Words512(low: low, high: high)).words.slow == number % .scalarOrder)
            }
        }
    }

    @Test func productIsRight() {
        for left in Self.words {
            for right in Self.words {
                let whole = Words512(product: left, right)
                #expect(
                    whole.low.slow + whole.high.slow * SlowNumber(power: 256) == left.slow * right.slow,
                    "\(left) · \(right)")
                let product = Scalar(reducing: left) * Scalar(reducing: right)
                #expect(product.words.slow == (left.slow * right.slow) % .scalarOrder)
            }
        }
    }

    @Test func inverseIsRight() {
        for words in Self.words {
            let scalar = Scalar(reducing: words)
            #expect(scalar.inverse == scalar.slowInverse)
            #expect((scalar * scalar.inverse).isOne == !scalar.isZero)
        }
    }

    /// The quick way alone, which is otherwise helped out by the slow one.
    @Test(arguments: [
        ModularInverse.fieldOrder, Scalar.order, Words256(3, 0, 0, 0), Words256(.max, .max, .max, .max - 2),
    ])
    func quickInverseIsRight(modulus: Words256) {
        var random = SeededGenerator(seed: 5)
        let inverse = ModularInverse(modulus: modulus)
        let slowModulus = modulus.slow
        var numbers = (0..<30).map { _ in Words256(Words256.random(&random).slow % slowModulus) }
        numbers += stride(from: 0, to: 255, by: 9).map { Words256(SlowNumber(power: $0) % slowModulus) }
        numbers.append(Words256(slowModulus - SlowNumber(1)))
        for number in numbers {
            let product = (number.slow * inverse.inverse(of: number).slow) % slowModulus
            // Not every number has one modulo 2^256 − 2^193 − 1 and the like; these do, or are zero.
            guard product != SlowNumber(1) else { continue }
            #expect(Self.hasCommonFactor(number.slow, slowModulus), "\(number) modulo \(modulus)")
        }
    }

    private static func hasCommonFactor(_ number: SlowNumber, _ modulus: SlowNumber) -> Bool {
        var (a, b) = (modulus, number)
        while b != SlowNumber(0) { (a, b) = (b, a % b) }
        return a != SlowNumber(1)
    }

    @Test func readsBothOrdersOfBytes() throws {
        let text = "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"
        let words = try #require(Words256(bigEndian: bytes(text)))
        #expect(
            words
                == Words256(0x191A_1B1C_1D1E_1F20, 0x1112_1314_1516_1718, 0x090A_0B0C_0D0E_0F10, 0x0102_0304_0506_0708))
        #expect(Words256(littleEndian: bytes(text).reversed()) == words)
        #expect(Words256(littleEndian: [7] + bytes(text).reversed(), at: 1) == words)
        #expect(Words256(bigEndian: [0, 0] + bytes(text)) == words)
        #expect(Words256(bigEndian: [1] + bytes(text)) == nil)
        #expect(Words256(bigEndian: []) == Words256(0, 0, 0, 0))
        #expect(Words256(littleEndian: bytes(text).dropLast()) == nil)
        #expect(Words256(littleEndian: bytes(text), at: 1) == nil)
    }
}
