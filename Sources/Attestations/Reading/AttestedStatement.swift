/// A statement of one of our kinds.
package enum AttestedStatement: Sendable {
    /// Store paths that were built.
    case provenance(ProvenanceStatement)
    /// A build of store paths that failed.
    case failure(FailureStatement)
    /// Packages of Debian that were built.
    case debian(DebianStatement)

    /// Reads a payload.
    ///
    /// - Parameters:
    ///   - bytes: The payload, perhaps behind other bytes.
    ///   - start: Where it begins.
    ///   - builderID: Who signed it (``AttestationKey/builderID``); the statement must say the same.
    /// - Throws: ``AttestationError/Code/statement`` for every text that our kinds of statements would not write,
    ///   ``AttestationError/Code/limit``.
    package init(_ bytes: [UInt8], from start: Int = 0, builderID: String) throws(AttestationError) {
        // A closure that throws a type of its own loses it on the way, so the result comes out as a value.
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(AttestationError) in
                var cursor = StatementCursor(UnsafeRawBufferPointer(rebasing: bytes[start...]))
                return try Self.read(&cursor, builderID: builderID)
            }
        }
        self = try result.get()
    }

    private static func read(
        _ cursor: inout StatementCursor, builderID: String
    ) throws(AttestationError) -> AttestedStatement {
        if cursor.skips(StatementText.provenance) {
            if cursor.skips(StatementText.storePathBuild) {
                return .provenance(try ProvenanceStatement(&cursor, builderID: builderID))
            }
            if cursor.skips(StatementText.debianBuild) {
                return .debian(try DebianStatement(&cursor, builderID: builderID))
            }
            throw cursor.refusal("a type of build that is not known here")
        }
        if cursor.skips(StatementText.testResult), cursor.skips(StatementText.storePathBuild) {
            return .failure(try FailureStatement(&cursor, builderID: builderID))
        }
        throw cursor.refusal("a kind of statement that is not known here")
    }

    /// The payload that says the same: the bytes that were read, since there is one spelling.
    package func payload(builderID: String) -> [UInt8] {
        switch self {
        case .provenance(let statement): statement.payload(builderID: builderID)
        case .failure(let statement): statement.payload(builderID: builderID)
        case .debian(let statement): statement.payload(builderID: builderID)
        }
    }
}
