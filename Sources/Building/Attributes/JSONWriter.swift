internal import StoreFormats

/// Writes JSON byte for byte as Nix writes `.attrs.json`: no space, keys sorted by their bytes, text not escaped beyond
/// need, other numbers in their shortest form.
enum JSONWriter {
    static func write(_ value: AttributeValue) -> [UInt8] {
        var output: [UInt8] = []
        append(value, to: &output)
        return output
    }

    private static func append(_ value: AttributeValue, to output: inout [UInt8]) {
        switch value {
        case .null: output += "null".utf8
        case .bool(let value): output += (value ? "true" : "false").utf8
        case .integer(let value): output += String(value).utf8
        case .unsigned(let value): output += String(value).utf8
        case .number(let value): output += text(value).utf8
        case .string(let text): append(text.utf8, to: &output)
        case .array(let elements):
            output.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                append(element, to: &output)
            }
            output.append(UInt8(ascii: "]"))
        case .object(let members):
            output.append(UInt8(ascii: "{"))
            for (index, member) in members.sortedMembers.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                append(member.key.bytes, to: &output)
                output.append(UInt8(ascii: ":"))
                append(member.value, to: &output)
            }
            output.append(UInt8(ascii: "}"))
        }
    }

    private static func append(_ text: some Sequence<UInt8>, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""): output += "\\\"".utf8
            case UInt8(ascii: "\\"): output += "\\\\".utf8
            case 0x08: output += "\\b".utf8
            case 0x0C: output += "\\f".utf8
            case 0x0A: output += "\\n".utf8
            case 0x0D: output += "\\r".utf8
            case 0x09: output += "\\t".utf8
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                output += "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }

    /// The decimal exponents between which a number is written without `e`.
    private static let plainExponents = -3...15

    /// The shortest digits that give the number back, laid out as nlohmann's library for JSON does: `1.0`, `0.001`,
    /// `1e-05`, `1.5e+20`.
    static func text(_ value: Double) -> String {
        if value == 0 { return value.sign == .minus ? "-0.0" : "0.0" }
        let sign = value < 0 ? "-" : ""
        let (digits, point) = shortest(value.magnitude)
        let count = digits.count
        if plainExponents.contains(point) {
            if point <= 0 { return "\(sign)0.\(String(repeating: "0", count: -point))\(digits)" }
            if count <= point { return "\(sign)\(digits)\(String(repeating: "0", count: point - count)).0" }
            return "\(sign)\(digits.prefix(point)).\(digits.dropFirst(point))"
        }
        let exponent = point - 1
        let magnitude = String(exponent.magnitude)
        let padded = magnitude.count < 2 ? "0\(magnitude)" : magnitude
        let fraction = count > 1 ? ".\(digits.dropFirst())" : ""
        return "\(sign)\(digits.prefix(1))\(fraction)e\(exponent < 0 ? "-" : "+")\(padded)"
    }

    /// The shortest digits of a positive number, without zeros at either end, and where the point stands before them:
    /// 0.d₁d₂… times ten to that power.
    private static func shortest(_ value: Double) -> (digits: String, point: Int) {
        let text = value.description
        let parts = text.split(separator: "e")
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        var point = mantissa[0].count + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
        var digits = Substring(mantissa.joined())
        while digits.hasPrefix("0") {
            digits = digits.dropFirst()
            point -= 1
        }
        while digits.hasSuffix("0") { digits = digits.dropLast() }
        return (String(digits), point)
    }
}
