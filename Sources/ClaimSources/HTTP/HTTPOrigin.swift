/// Where an HTTP cache lives: scheme, authority and the path below which its files are found.
///
/// Only what RFC 3986 needs for a cache's address is accepted: `http` or `https`, a host name, IPv4 address or
/// bracketed IPv6 address, an optional port, a path without query, fragment, user information or dot segments.
package struct HTTPOrigin: Hashable, Sendable, CustomStringConvertible {
    /// True for `https`.
    package let usesTLS: Bool
    /// Host without brackets, lower case.
    package let host: String
    package let port: Int
    /// Path with a leading and a trailing slash.
    package let basePath: String

    /// Reads an address such as `https://cache.example/nix`.
    /// - Throws: ``SourceTrouble`` of kind `unusable` that says what is wrong with it.
    package init(_ text: String) throws(SourceTrouble) {
        func refuse(_ why: String) -> SourceTrouble { SourceTrouble(.unusable, "address '\(text)': \(why)") }
        var rest = Substring(text)
        if rest.hasPrefix("http://") {
            usesTLS = false
            rest = rest.dropFirst(7)
        } else if rest.hasPrefix("https://") {
            usesTLS = true
            rest = rest.dropFirst(8)
        } else {
            throw refuse("expected http:// or https://")
        }
        guard text.utf8.count <= 2048, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw refuse("only printable ASCII, at most 2048 characters")
        }
        guard !text.contains(where: { $0 == "?" || $0 == "#" || $0 == "@" || $0 == "\\" }) else {
            throw refuse("no query, fragment or user information is taken")
        }
        let authority = rest.prefix { $0 != "/" }
        var path = String(rest[authority.endIndex...])
        if !path.hasSuffix("/") { path += "/" }
        guard !Self.hasDotSegment(path) else { throw refuse("a path with '.' or '..'") }
        basePath = path
        let hostText: Substring
        let portText: Substring
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { throw refuse("'[' without ']'") }
            hostText = authority[authority.index(after: authority.startIndex)..<end]
            portText = authority[authority.index(after: end)...]
        } else {
            hostText = authority.prefix { $0 != ":" }
            portText = authority[hostText.endIndex...]
        }
        guard !hostText.isEmpty else { throw refuse("no host") }
        let isBracketed = authority.hasPrefix("[")
        guard hostText.utf8.allSatisfy({ Self.isHostByte($0, isBracketed: isBracketed) }),
            hostText.contains(":") == isBracketed
        else { throw refuse("its host is neither a name nor an IP address") }
        host = hostText.lowercased()
        if portText.isEmpty {
            port = usesTLS ? 443 : 80
        } else {
            let digits = portText.dropFirst()
            guard portText.hasPrefix(":"), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = Int(digits), (1...65535).contains(number)
            else {
                throw refuse("port is not a number from 1 to 65535")
            }
            port = number
        }
    }

    /// The `Host` header field: the port is left out where it is the scheme's own.
    package var authority: String {
        let bracketed = host.contains(":") ? "[\(host)]" : host
        return port == (usesTLS ? 443 : 80) ? bracketed : "\(bracketed):\(port)"
    }

    package var description: String { "\(usesTLS ? "https" : "http")://\(authority)\(basePath)" }

    /// The address of a file of this cache; an absolute `http(s)` reference stays what it is.
    ///
    /// - Throws: ``SourceTrouble`` for a reference that leaves the cache's folder or has another scheme.
    package func resolve(_ reference: String) throws(SourceTrouble) -> String {
        guard reference.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !reference.isEmpty else {
            throw SourceTrouble(.malformed, "\(self): a URL with characters that a URL cannot have")
        }
        if reference.hasPrefix("http://") || reference.hasPrefix("https://") {
            if usesTLS && !reference.hasPrefix("https://") {
                throw SourceTrouble(.redirect, "\(self): points from https to '\(reference)'")
            }
            return reference
        }
        let path = reference.prefix { $0 != "?" && $0 != "#" }
        guard !path.contains(":"), !path.hasPrefix("/"), !Self.hasDotSegment(String(path))
        else { throw SourceTrouble(.malformed, "\(self): the URL '\(reference)' leaves the cache") }
        return description + reference
    }

    /// Whether a part of a path is `.` or `..`, also for servers that decode `%XX` first or take a backslash for a slash.
    private static func hasDotSegment(_ path: String) -> Bool {
        let decoded = path.lowercased().replacing("%2e", with: ".").replacing("%2f", with: "/")
            .replacing("%5c", with: "\\")
        return decoded.split { $0 == "/" || $0 == "\\" }.contains { $0 == "." || $0 == ".." }
    }

    /// Whether a host may have a byte: letters, digits, `-`, `.` and `_`; hexadecimal digits, `:` and `.` in brackets.
    private static func isHostByte(_ byte: UInt8, isBracketed: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."): true
        case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"): true
        case UInt8(ascii: ":"): isBracketed
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): !isBracketed
        default: !isBracketed && (byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_"))
        }
    }
}
