/// The addresses that Guix's `builtin:download` is given: Scheme data, a string or a list of strings, of which
/// `mirror://NAME/…` stands for the sites of a list of mirrors.
package enum GuixMirrors {
    /// What Scheme data of this kind holds.
    private indirect enum Datum {
        case text(String)
        case symbol(String)
        case list([Datum])
    }

    /// The most addresses that one file is looked for at.
    private static let maximumCount = 256

    /// The addresses to try, in order.
    ///
    /// - Throws: ``BuildingError/Code/invalidAttribute``.
    package static func addresses(_ text: [UInt8], mirrors: [String: [String]]) throws(BuildingError) -> [String] {
        let written: [String]
        switch try read(text) {
        case .text(let address): written = [address]
        case .list(let elements):
            written = elements.compactMap { if case .text(let address) = $0 { address } else { nil } }
            guard written.count == elements.count else { throw refusal("'url' is not a list of strings") }
        case .symbol: throw refusal("'url' is not a string")
        }
        var addresses: [String] = []
        for address in written {
            guard address.hasPrefix("mirror://") else {
                addresses.append(address)
                continue
            }
            let rest = address.dropFirst("mirror://".count)
            let name = rest.prefix { $0 != "/" }
            let file = rest.dropFirst(name.count).drop { $0 == "/" }
            for site in mirrors[String(name)] ?? [] {
                addresses.append(site.hasSuffix("/") ? site + file : "\(site)/\(file)")
            }
        }
        return Array(addresses.prefix(maximumCount))
    }

    /// A list of mirrors: `((gnu "https://…" …) …)`.
    ///
    /// - Throws: ``BuildingError/Code/invalidAttribute``.
    package static func mirrors(_ text: [UInt8]) throws(BuildingError) -> [String: [String]] {
        guard case .list(let entries) = try read(text) else { throw refusal("the list of mirrors is no list") }
        var mirrors: [String: [String]] = [:]
        for entry in entries {
            guard case .list(let parts) = entry, case .symbol(let name) = parts.first else {
                throw refusal("an entry of the list of mirrors has no name")
            }
            mirrors[name] = parts.dropFirst().compactMap { if case .text(let site) = $0 { site } else { nil } }
        }
        return mirrors
    }

    private static func refusal(_ why: String) -> BuildingError {
        BuildingError(.invalidAttribute, "builtin:download: \(why)")
    }

    /// Reads one datum; lists are nested two deep at most in what Guix writes, and 16 here.
    private static func read(_ text: [UInt8]) throws(BuildingError) -> Datum {
        guard let text = String(validating: text, as: UTF8.self) else { throw refusal("text is not UTF-8") }
        var scalars = Array(text.unicodeScalars)[...]
        let whole = try datum(&scalars, depth: 0)
        skipSpace(&scalars)
        guard scalars.isEmpty else { throw refusal("something behind the end of its data") }
        return whole
    }

    private static func skipSpace(_ scalars: inout ArraySlice<Unicode.Scalar>) {
        scalars = scalars.drop { $0.properties.isWhitespace }
    }

    private static func datum(
        _ scalars: inout ArraySlice<Unicode.Scalar>, depth: Int
    ) throws(BuildingError) -> Datum {
        skipSpace(&scalars)
        switch scalars.popFirst() {
        case .none: throw refusal("its data end too early")
        case "(":
            guard depth < 16 else { throw refusal("its data are nested too deep") }
            var elements: [Datum] = []
            while true {
                skipSpace(&scalars)
                if scalars.first == ")" {
                    scalars.removeFirst()
                    return .list(elements)
                }
                elements.append(try datum(&scalars, depth: depth + 1))
            }
        case "\"":
            var text = String.UnicodeScalarView()
            while let scalar = scalars.popFirst() {
                if scalar == "\"" { return .text(String(text)) }
                if scalar == "\\" {
                    guard let escaped = scalars.popFirst(), escaped == "\"" || escaped == "\\" else {
                        throw refusal("an unknown escape in a string")
                    }
                    text.append(escaped)
                } else {
                    text.append(scalar)
                }
            }
            throw refusal("a string without end")
        case .some(let first):
            var name = String.UnicodeScalarView([first])
            while let scalar = scalars.first, !scalar.properties.isWhitespace, scalar != "(", scalar != ")",
                scalar != "\""
            {
                name.append(scalar)
                scalars.removeFirst()
            }
            guard first != ")" else { throw refusal("')' without '('") }
            return .symbol(String(name))
        }
    }
}
