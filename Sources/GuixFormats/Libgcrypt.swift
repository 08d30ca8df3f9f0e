internal import CGcrypt

/// The one place where libgcrypt is called: it verifies, signs and makes keys; all formats are read and written by us.
enum Libgcrypt {
    /// Whether a signature is a key's, over data.
    static func verify(signature: SExpression, data: SExpression, key: SExpression) -> Bool {
        guard let signature = try? Expression(signature), let data = try? Expression(data),
            let key = try? Expression(key)
        else { return false }
        return gcry_pk_verify(signature.handle, data.handle, key.handle) == 0
    }

    /// Signs data.
    static func sign(data: SExpression, key: Expression) throws(GuixFormatError) -> SExpression {
        let data = try Expression(data)
        var result: gcry_sexp_t?
        try check(gcry_pk_sign(&result, data.handle, key.handle), "signing")
        return try Expression(taking: result).parsed()
    }

    /// Makes a pair of keys: `(key-data (public-key …) (private-key …))`.
    static func generate(_ parameters: SExpression) throws(GuixFormatError) -> SExpression {
        let parameters = try Expression(parameters)
        var result: gcry_sexp_t?
        try check(gcry_pk_genkey(&result, parameters.handle), "making a key")
        return try Expression(taking: result).parsed()
    }

    /// An expression of the library's own, freed with this object.
    ///
    /// Unchecked, because the library never changes an expression after it was made: any number of threads may read it.
    final class Expression: @unchecked Sendable {
        let handle: gcry_sexp_t

        init(_ expression: SExpression) throws(GuixFormatError) {
            guard Libgcrypt.isReady else {
                throw GuixFormatError(.library, "libgcrypt on this machine is older than 1.8.2")
            }
            var handle: gcry_sexp_t?
            let bytes = expression.canonical
            let failure = bytes.withUnsafeBytes { gcry_sexp_new(&handle, $0.baseAddress, $0.count, 0) }
            try Libgcrypt.check(failure, "reading an s-expression")
            guard let handle else { throw GuixFormatError(.library, "libgcrypt made no s-expression") }
            self.handle = handle
        }

        init(taking handle: gcry_sexp_t?) throws(GuixFormatError) {
            guard let handle else { throw GuixFormatError(.library, "libgcrypt gave nothing back") }
            self.handle = handle
        }

        deinit { gcry_sexp_release(handle) }

        func parsed() throws(GuixFormatError) -> SExpression {
            try SExpression(parsing: try written(GCRYSEXP_FMT_CANON))
        }

        /// The library's own spelling, with which tests compare ours.
        func advanced() throws(GuixFormatError) -> [UInt8] { try written(GCRYSEXP_FMT_ADVANCED) }

        private func written(_ form: gcry_sexp_format) throws(GuixFormatError) -> [UInt8] {
            let form = Int32(form.rawValue)
            let size = gcry_sexp_sprint(handle, form, nil, 0)
            var text = [UInt8](repeating: 0, count: size)
            let length = text.withUnsafeMutableBytes { gcry_sexp_sprint(handle, form, $0.baseAddress, $0.count) }
            // The size is that of the text and of a zero behind it.
            guard length > 0, length <= size else { throw GuixFormatError(.library, "libgcrypt wrote no s-expression") }
            return [UInt8](text[..<length])
        }
    }

    private static let isReady = quorate_gcrypt_initialize() != 0

    private static func check(_ error: gcry_error_t, _ what: String) throws(GuixFormatError) {
        guard error != 0 else { return }
        let words = gcry_strerror(error).map { String(cString: $0) } ?? "error \(error)"
        throw GuixFormatError(.library, "\(what) with libgcrypt failed: \(words)")
    }
}
