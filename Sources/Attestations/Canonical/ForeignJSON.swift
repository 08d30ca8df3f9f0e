internal import StoreFormats

/// JSON that others wrote: any spelling of RFC 8259, but no name twice in an object, and integers only.
enum ForeignJSON {
    struct Object {
        let members: [JSONValue.Member]

        /// Nil for what is no object.
        init?(_ value: JSONValue?) {
            guard case .object(let members) = value else { return nil }
            self.members = members
        }

        /// Names are compared as bytes: to Swift two strings are equal when Unicode says so, to a signature they are not.
        subscript(_ name: String) -> JSONValue? {
            members.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
        }

        func string(_ name: String) -> String? {
            if case .string(let text) = self[name] { text } else { nil }
        }

        func object(_ name: String) -> Object? { Object(self[name]) }
    }

    static func object(_ bytes: [UInt8], limit: Int) throws(AttestationError) -> Object {
        guard bytes.count <= limit else {
            throw AttestationError(.limit, "JSON of \(bytes.count) bytes: \(limit) are allowed")
        }
        let value: JSONValue
        do {
            value = try JSONValue(parsing: bytes)
        } catch {
            throw AttestationError(.json, "\(error)")
        }
        if let number = CanonicalJSON.firstInexact(value) {
            throw AttestationError(.json, "JSON: \(number.prefix(32)) is no integer that all readers take exactly")
        }
        guard let object = Object(value) else { throw AttestationError(.json, "JSON: not an object") }
        return object
    }

    /// Padded base64 in the usual or in the URL's alphabet.
    static func base64(_ text: String) -> [UInt8]? {
        let digits = text.utf8.map { digit in
            switch digit {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: digit
            }
        }
        return digits.isEmpty ? [] : digits.withUnsafeBytes { DirectBase64.decode($0) }
    }
}
