/// Whole numbers in their one decimal spelling.
enum Decimal {
    /// Reads digits without a sign and without zeros in front; nil for anything else and for numbers above 64 bits.
    static func parse(_ text: ArraySlice<UInt8>) -> UInt64? {
        guard let first = text.first, text.count == 1 || first != UInt8(ascii: "0") else { return nil }
        var number: UInt64 = 0
        for digit in text {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            let (product, tooLarge) = number.multipliedReportingOverflow(by: 10)
            let (sum, tooLargeStill) = product.addingReportingOverflow(UInt64(digit - UInt8(ascii: "0")))
            guard !tooLarge, !tooLargeStill else { return nil }
            number = sum
        }
        return number
    }
}
