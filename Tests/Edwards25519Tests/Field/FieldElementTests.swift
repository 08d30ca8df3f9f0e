import TestSupport
import Testing

@testable import Edwards25519

@Suite struct FieldElementTests {
    /// Numbers whose limbs are all as large as they may be, as small, and in between.
    private static func samples(bound: UInt64, count: Int, seed: UInt64) -> [FieldElement] {
        var random = SeededGenerator(seed: seed)
        let limbs = [0, 1, 19, FieldElement.mask - 19, FieldElement.mask, FieldElement.mask + 1, bound - 1]
        var samples = limbs.map { FieldElement($0, $0, $0, $0, $0) }
        // p and its neighbours.
        for low in [FieldElement.mask - 19, FieldElement.mask - 18, FieldElement.mask - 17] {
            let mask = FieldElement.mask
            samples.append(FieldElement(low, mask, mask, mask, mask))
        }
        for _ in 0..<count {
            func limb() -> UInt64 {
                random.next(upperBound: UInt64(3)) == 0
                    ? limbs[Int(random.next(upperBound: UInt64(limbs.count)))] : random.next(upperBound: bound)
            }
            samples.append(FieldElement(limb(), limb(), limb(), limb(), limb()))
        }
        return samples
    }

    private static let tight = samples(bound: FieldElement.tightBound, count: 12, seed: 1)
    private static let loose = samples(bound: FieldElement.looseBound, count: 12, seed: 2)

    @Test func productIsRightAtEveryBound() {
        for left in Self.loose {
            for right in Self.loose.suffix(15) {
                let product = left * right
                #expect(product.isTight)
                #expect(product.reduced == (left.reduced * right.reduced) % .fieldOrder, "\(left) · \(right)")
            }
            #expect(left.squared.isTight)
            #expect(left.squared.reduced == (left.reduced * left.reduced) % .fieldOrder, "\(left)²")
        }
    }

    @Test func sumAndDifferenceAreRight() {
        for left in Self.tight {
            #expect((-left).isTight)
            #expect((left.reduced + (-left).reduced) % .fieldOrder == SlowNumber(0), "−\(left)")
            for right in Self.tight {
                #expect((left + right).reduced == (left.reduced + right.reduced) % .fieldOrder)
                #expect(((left - right).reduced + right.reduced) % .fieldOrder == left.reduced, "\(left) − \(right)")
            }
        }
    }

    @Test func canonicalIsTheOneNumberBelowTheOrder() {
        for number in Self.tight + Self.loose {
            #expect(number.canonical.slow == number.reduced, "\(number)")
            #expect(number.tightened.isTight)
            #expect(number.tightened.reduced == number.reduced)
            #expect(number.isZero == (number.reduced == SlowNumber(0)))
            #expect(number.isOdd == (number.reduced.words[0] & 1 == 1))
        }
    }

    @Test func readsWordsWithoutTheHighestBit() {
        var random = SeededGenerator(seed: 3)
        for words in [Words256(.max, .max, .max, .max), ModularInverse.fieldOrder]
            + (0..<20).map({ _ in .random(&random) })
        {
            #expect(FieldElement(words).isTight)
            #expect(FieldElement(words).reduced == (words.slow % SlowNumber(power: 255)) % .fieldOrder)
        }
    }

    @Test func inverseIsRight() {
        for number in Self.tight {
            let inverse = number.inverse
            #expect(inverse.canonical == number.slowInverse.canonical)
            #expect((number * inverse).canonical == (number.isZero ? Words256(0, 0, 0, 0) : Words256(1, 0, 0, 0)))
        }
    }

    @Test func rootsAreOfSquaresOnly() throws {
        #expect((FieldElement.rootOfMinusOne.squared + FieldElement(1)).isZero)
        var squares = 0
        for (u, v) in zip(Self.tight, Self.tight.dropFirst()) where !v.isZero {
            let quotient = u * v.inverse
            // Euler's criterion: (p − 1) / 2 = 4·(p − 5) / 8 + 2.
            let character = quotient.rootPower.squared.squared * quotient.squared
            let root = FieldElement.squareRoot(of: u, over: v)
            #expect((root != nil) == (character - FieldElement(1)).isZero || u.isZero)
            guard let root else { continue }
            squares += 1
            #expect((v * root.squared - u.tightened).isZero)
        }
        #expect(squares > 3)
    }

    @Test func constantsAreThoseOfTheSpecification() {
        // RFC 8032, 5.1, as decimal there.
        #expect(
            FieldElement.d.canonical.bigEndianBytes
                == bytes("52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3"))
    }
}
