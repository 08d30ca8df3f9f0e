/// An s-expression as libgcrypt has them: what Guix's keys, signatures and access lists are written in.
///
/// <https://www.gnupg.org/documentation/manuals/gcrypt/S_002dexpressions.html>
package enum SExpression: Hashable, Sendable {
    /// Bytes without a meaning of their own: a word, or a number in big-endian order.
    case atom([UInt8])
    /// Expressions in parentheses.
    case list([SExpression])

    /// A word as an atom.
    package static func word(_ text: String) -> SExpression { .atom([UInt8](text.utf8)) }

    /// `(name element…)`.
    package static func list(_ name: String, _ elements: SExpression...) -> SExpression {
        .list([.word(name)] + elements)
    }

    /// The elements behind the name of a list `(name element…)`; nil for an atom and for a list of another name.
    package func elements(of name: String) -> ArraySlice<SExpression>? {
        guard case .list(let elements) = self, elements.first?.isWord(name) == true else { return nil }
        return elements.dropFirst()
    }

    /// The bytes of the one atom behind the name of `(name atom)`.
    package func value(of name: String) -> [UInt8]? {
        guard let elements = elements(of: name), elements.count == 1, case .atom(let bytes)? = elements.first else {
            return nil
        }
        return bytes
    }

    /// Whether this is an atom that spells a word.
    package func isWord(_ text: String) -> Bool {
        guard case .atom(let bytes) = self else { return false }
        return bytes.elementsEqual(text.utf8)
    }
}
