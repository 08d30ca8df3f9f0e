/// A point of the curve −x² + y² = 1 + d·x²·y² in extended coordinates: x = X / Z, y = Y / Z, x·y = T / Z.
///
/// The formulas are those of Hisil, Wong, Carter and Dawson (<https://eprint.iacr.org/2008/522>, sections 3.1 and 3.3). On
/// this curve, where −1 is a square and d is none, their addition is complete: it is right for every two points, equal,
/// opposite, neutral or of small order, and Z is never zero. So there are no special cases to forget.
struct EdwardsPoint: Sendable {
    /// All four are tight.
    var x: FieldElement
    var y: FieldElement
    var z: FieldElement
    var t: FieldElement

    @inline(__always)
    init(x: FieldElement, y: FieldElement, z: FieldElement, t: FieldElement) {
        self.x = x
        self.y = y
        self.z = z
        self.t = t
    }

    /// The neutral point (0, 1).
    static let neutral = EdwardsPoint(
        x: FieldElement(0), y: FieldElement(1), z: FieldElement(1), t: FieldElement(0))

    /// The base point B: y = 4 / 5, x even (RFC 8032, 5.1).
    static let base: EdwardsPoint = {
        let y = (FieldElement(4) * FieldElement(5).inverse).canonical
        guard let base = EdwardsPoint(y) else { preconditionFailure("the base point is on the curve") }
        return base
    }()
}

extension EdwardsPoint {
    /// Decodes a point as BoringSSL does: the sign of x in bit 255, y below it (RFC 8032, 5.1.3).
    ///
    /// It is laxer than the RFC in two ways, which change no point into another: y may be p or more, and x = 0 may have
    /// either sign.
    ///
    /// - Returns: nil where no x fits y.
    init?(_ encoded: Words256) {
        let y = FieldElement(encoded)
        let ySquared = y.squared
        let one = FieldElement(1)
        // x² = (y² − 1) / (d·y² + 1); the divisor is never zero, as −1 / d is no square.
        guard let root = FieldElement.squareRoot(of: ySquared - one, over: FieldElement.d * ySquared + one) else {
            return nil
        }
        let x = root.isOdd == (encoded.w3 &>> 63 == 1) ? root : -root
        self.init(x: x, y: y, z: one, t: x * y)
    }

    /// The one canonical encoding.
    var encoded: Words256 {
        let inverse = z.inverse
        var encoded = (y * inverse).canonical
        if (x * inverse).isOdd { encoded.w3 |= 1 &<< 63 }
        return encoded
    }

    /// Whether both are one point, whatever their coordinates.
    func isEqual(to other: EdwardsPoint) -> Bool {
        (x * other.z - other.x * z).isZero && (y * other.z - other.y * z).isZero
    }

    /// Twice the point.
    var doubled: EdwardsPoint {
        let xx = x.squared
        let yy = y.squared
        let zz = z.squared
        let h = xx + yy
        let e = h.tightened - (x + y).squared
        let g = xx - yy
        // G + 2·Z² in one sum: xx − yy + zz + zz.
        let f = (g.tightened + zz) + zz
        return EdwardsPoint(x: e * f, y: g * h, z: f * g, t: e * h)
    }

    /// The sum with a point that was made ready for additions.
    static func + (left: EdwardsPoint, right: ReadyPoint) -> EdwardsPoint {
        let a = (left.y - left.x) * right.yMinusX
        let b = (left.y + left.x) * right.yPlusX
        let c = left.t * right.t2d
        let d = left.z * right.z2
        return completed(a: a, b: b, sum: d + c, difference: d - c)
    }

    /// The last step of every addition.
    @inline(__always)
    static func completed(
        a: FieldElement, b: FieldElement, sum g: FieldElement, difference f: FieldElement
    ) -> EdwardsPoint {
        let e = b - a
        let h = b + a
        return EdwardsPoint(x: e * f, y: g * h, z: f * g, t: e * h)
    }
}

/// A point with the sums and products that each addition of it takes.
struct ReadyPoint: Sendable {
    /// Y + X, loose.
    let yPlusX: FieldElement
    /// Y − X, loose.
    let yMinusX: FieldElement
    /// 2·Z, loose.
    let z2: FieldElement
    /// 2·d·T.
    let t2d: FieldElement

    init(_ point: EdwardsPoint) {
        yPlusX = point.y + point.x
        yMinusX = point.y - point.x
        z2 = point.z + point.z
        t2d = point.t * MultipleTable.twoD
    }
}
