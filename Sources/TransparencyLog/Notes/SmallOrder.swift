/// The encodings of Ed25519's points whose order divides 8: a key that is one of them checks nothing.
///
/// Canonical and non-canonical encodings, without the sign bit.
enum SmallOrder {
    static func contains(_ point: [UInt8]) -> Bool {
        guard point.count == 32 else { return false }
        var unsigned = point
        unsigned[31] &= 0x7F
        return encodings.contains(unsigned)
    }

    private static let encodings: Set<[UInt8]> = {
        let zeros = [UInt8](repeating: 0, count: 30)
        let ones = [UInt8](repeating: 0xFF, count: 30)
        var points: Set<[UInt8]> = [
            // y = 0 has order 4, y = 1 order 1.
            [0] + zeros + [0], [1] + zeros + [0],
            // y = p - 1 has order 2; p and p + 1 are 0 and 1 again.
            [0xEC] + ones + [0x7F], [0xED] + ones + [0x7F], [0xEE] + ones + [0x7F],
        ]
        // Order 8.
        for text in [
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        ] {
            if let point = StrictText.decodeHex(text.utf8) { points.insert(point) }
        }
        return points
    }()
}
