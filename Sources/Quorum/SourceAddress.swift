/// The addresses a policy may give: `https`, `http` or `file` URLs (RFC 3986) without user, query and fragment.
enum SourceAddress {
    /// The URL without slashes at its end, so that paths can be appended in one way.
    static func parse(_ text: String) throws(Refusal) -> String {
        guard text.utf8.count <= PolicyLimits.addressBytes else {
            throw Refusal(.limit, "a URL of \(text.utf8.count) bytes: \(PolicyLimits.addressBytes) are allowed")
        }
        guard let problem = problem(with: Array(text.utf8)) else {
            var end = text.utf8.endIndex
            while text.utf8[text.utf8.index(before: end)] == UInt8(ascii: "/") { end = text.utf8.index(before: end) }
            return String(text[..<end])
        }
        throw Refusal(.address, "\(KeyText.shown(text)) \(problem)")
    }

    private static func problem(with url: [UInt8]) -> String? {
        let schemes = ["https://", "http://", "file://"]
        guard let scheme = schemes.first(where: { url.starts(with: $0.utf8) }) else {
            return "is no URL: write https://…, http://… or file:///…"
        }
        let rest = url[scheme.utf8.count...]
        if let byte = rest.first(where: { !isAllowed($0) }) {
            if byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") {
                return "has a query or a fragment: give the address without it"
            }
            return "has a character that URLs do not have: write it as %XX (host names in punycode)"
        }
        let slash = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
        let path = rest[slash...]
        if scheme == "file://" {
            guard slash == rest.startIndex, path.contains(where: { $0 != UInt8(ascii: "/") }) else {
                return "names no file: write file:///path"
            }
        } else if let problem = authorityProblem(rest[..<slash]) {
            return problem
        }
        let segments = path.split(separator: UInt8(ascii: "/"))
        if segments.contains(where: { $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) }) {
            return "has . or .. in its path: give the address itself"
        }
        for (index, byte) in zip(path.indices, path) where byte == UInt8(ascii: "%") {
            guard path.endIndex - index > 2, Hexadecimal.decode(path[(index + 1)...(index + 2)], case: .any) != nil
            else { return "has a % without two hexadecimal digits: write a percent sign as %25" }
        }
        return nil
    }

    private static func authorityProblem(_ authority: ArraySlice<UInt8>) -> String? {
        guard !authority.contains(UInt8(ascii: "@")) else { return "has a user name: give the address without it" }
        var host = authority
        var port: ArraySlice<UInt8>?
        if authority.first == UInt8(ascii: "[") {
            guard let close = authority.firstIndex(of: UInt8(ascii: "]")) else { return "has an unfinished host" }
            host = authority[(authority.startIndex + 1)..<close]
            let after = authority[(close + 1)...]
            guard !host.isEmpty, host.allSatisfy({ isHexadecimal($0) || $0 == colon || $0 == UInt8(ascii: ".") }),
                after.isEmpty || after.first == colon
            else { return "has no readable IPv6 address" }
            port = after.isEmpty ? nil : after.dropFirst()
        } else {
            if let mark = authority.firstIndex(of: colon) {
                host = authority[..<mark]
                port = authority[(mark + 1)...]
            }
            guard !host.isEmpty, host.allSatisfy(isHostCharacter) else { return "has no readable host name" }
        }
        if let port {
            guard let number = Int(String(decoding: port, as: UTF8.self)), (1...65_535).contains(number),
                port.first != UInt8(ascii: "0"), port.first != UInt8(ascii: "+")
            else { return "has no readable port: write a number from 1 to 65535" }
        }
        return nil
    }

    private static let colon = UInt8(ascii: ":")

    private static func isHexadecimal(_ byte: UInt8) -> Bool { Hexadecimal.decode([byte, byte], case: .any) != nil }

    private static func isHostCharacter(_ byte: UInt8) -> Bool {
        isLetterOrDigit(byte) || "-._".utf8.contains(byte)
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        isLetterOrDigit(byte) || "-._~!$&'()*+,;=:@/%[]".utf8.contains(byte)
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            return true
        default: return false
        }
    }
}
