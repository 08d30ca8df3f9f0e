extension FieldElement {
    /// One divided by this number; zero for zero.
    ///
    /// The quick way is checked by multiplying. Should it ever be wrong, the slow way answers.
    var inverse: FieldElement {
        let quick = FieldElement(ModularInverse.field.inverse(of: canonical))
        return (self * quick - FieldElement(1)).isZero ? quick : slowInverse
    }

    /// The power p − 2, which is the inverse by Fermat's little theorem, and zero for zero.
    var slowInverse: FieldElement {
        // p − 2 = 2^255 − 21 = (2^250 − 1)·2^5 + 11.
        let (power250, power11) = commonPowers
        return power250.squared(times: 5) * power11
    }

    /// The power (p − 5) / 8 = 2^252 − 3 = (2^250 − 1)·2^2 + 1, which square roots are made of.
    var rootPower: FieldElement { commonPowers.power250.squared(times: 2) * self }

    /// The powers 2^250 − 1 and 11.
    ///
    /// 2^(a + b) − 1 = (2^a − 1)·2^b + 2^b − 1, so a power of all ones grows out of two shorter ones.
    private var commonPowers: (power250: FieldElement, power11: FieldElement) {
        let power2 = squared
        let power9 = power2.squared(times: 2) * self
        let power11 = power9 * power2
        let ones5 = power11.squared * power9
        let ones10 = ones5.squared(times: 5) * ones5
        let ones20 = ones10.squared(times: 10) * ones10
        let ones40 = ones20.squared(times: 20) * ones20
        let ones50 = ones40.squared(times: 10) * ones10
        let ones100 = ones50.squared(times: 50) * ones50
        let ones200 = ones100.squared(times: 100) * ones100
        return (ones200.squared(times: 50) * ones50, power11)
    }

    /// x with v·x² = u, or nil where there is none. The other one is −x.
    ///
    /// As p = 5 modulo 8, the candidate x = u·(u·v)^((p − 5) / 8) has v·x² = u·(u·v)^((p − 1) / 4), which is u times a
    /// fourth root of 1. Times 1 it is right; times −1 a square root of −1 makes it right; else u / v is no square.
    /// (RFC 8032, 5.1.3, has an equal candidate with larger powers.)
    ///
    /// - Parameters: tight, or of the size of a difference.
    static func squareRoot(of u: FieldElement, over v: FieldElement) -> FieldElement? {
        let candidate = u * (u * v).rootPower
        let check = v * candidate.squared
        let tightU = u.tightened
        if (check - tightU).isZero { return candidate }
        if (check + tightU).isZero { return candidate * rootOfMinusOne }
        return nil
    }

    /// A square root of −1: 2 is no square modulo p, so 2^((p − 1) / 2) = −1, and the half of that power is its root.
    static let rootOfMinusOne: FieldElement = {
        // (p − 1) / 4 = 2·(p − 5) / 8 + 1.
        let two = FieldElement(2)
        return two.rootPower.squared * two
    }()

    /// d of the curve's equation −x² + y² = 1 + d·x²·y²: −121665 / 121666 (RFC 8032, 5.1).
    static let d = -(FieldElement(121_665) * FieldElement(121_666).inverse)
}
