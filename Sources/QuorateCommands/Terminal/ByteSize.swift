/// A number of bytes for people: `0 B`, `1.2 KiB`, `35 MiB`.
package struct ByteSize: Sendable, Hashable, CustomStringConvertible {
    package let bytes: UInt64

    /// Negative sizes do not exist; they count as 0.
    package init(_ bytes: some BinaryInteger) {
        self.bytes = UInt64(clamping: bytes)
    }

    package var description: String {
        guard bytes >= 1024 else { return "\(bytes) B" }
        var value = Double(bytes) / 1024
        var unit = 0
        let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        while value >= 1023.5, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return value < 9.95 ? "\(value.tenths) \(units[unit])" : "\(Int(value.rounded())) \(units[unit])"
    }
}

extension BinaryInteger {
    /// With commas between thousands: `12,345`.
    package var grouped: String {
        let digits = String(magnitude)
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { result.append(",") }
            result.append(digit)
        }
        return self < 0 ? "-" + result : result
    }
    /// With the word for what is counted: `1 path`, `12,345 paths`.
    /// - Parameter many: The word for several, where it is not the first with an `s`.
    package func counted(_ word: String, _ many: String? = nil) -> String {
        "\(grouped) \(self == 1 ? word : many ?? word + "s")"
    }
}
