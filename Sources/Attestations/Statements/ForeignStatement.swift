package import StoreFormats

/// An in-toto statement (v1) of anybody, with what every statement has. Members that are not known are ignored.
package struct ForeignStatement: Sendable {
    /// What a statement is about.
    package struct Subject: Hashable, Sendable {
        /// The name; empty when there is none.
        package let name: String
        /// Digests in hexadecimal by the names of their algorithms. Subjects are found by these, never by their name.
        package let digests: [String: String]
    }

    private static let type = "https://in-toto.io/Statement/v1"

    /// At least one.
    package let subjects: [Subject]
    package let predicateType: String
    /// What is said; nil when nothing is.
    package let predicate: JSONValue?

    /// Reads a payload whose signature has been checked.
    ///
    /// - Throws: ``AttestationError/Code/json``, ``AttestationError/Code/limit``, ``AttestationError/Code/statement``.
    package init(parsing payload: [UInt8]) throws(AttestationError) {
        let object = try ForeignJSON.object(payload, limit: AttestationLimits.jsonBytes)
        guard object.string("_type") == Self.type, let predicateType = object.string("predicateType"),
            case .array(let entries) = object["subject"], !entries.isEmpty
        else { throw AttestationError(.statement, "no in-toto statement of version 1") }
        var subjects: [Subject] = []
        for entry in entries {
            guard let entry = ForeignJSON.Object(entry), let digests = entry.object("digest"),
                !digests.members.isEmpty
            else { throw AttestationError(.statement, "a subject without a digest") }
            var found: [String: String] = [:]
            for member in digests.members {
                guard case .string(let digest) = member.value else {
                    throw AttestationError(.statement, "a digest that is no text")
                }
                found[member.name] = digest
            }
            subjects.append(Subject(name: entry.string("name") ?? "", digests: found))
        }
        self.subjects = subjects
        self.predicateType = predicateType
        predicate = object["predicate"]
    }
}
