internal import Quorum

/// Writes payloads, and holds the fixed text that several kinds of statements share.
///
/// Fixed text begins behind the quotation mark that ends a word, on both sides: ``StatementCursor`` takes words together
/// with that mark, and this writes them with it.
struct StatementText {
    static let provenance: StaticString =
        #"{"_type":"https://in-toto.io/Statement/v1","predicate":{"buildDefinition":{"buildType":""#
    static let testResult: StaticString =
        #"{"_type":"https://in-toto.io/Statement/v1","predicate":{"configuration":[{"annotations":{"buildType":""#

    /// The types of builds, described in `docs/attestations.md`.
    static let storePathBuild: StaticString = "tag:quorate,2026:build/store-path/v1"
    static let debianBuild: StaticString = "tag:quorate,2026:build/debian/v1"

    static let beforeInputs: StaticString = #""inputsDigest":""#
    static let beforeStartedOn: StaticString = #"},"metadata":{"startedOn":""#
    static let beforeSubjects: StaticString =
        #"}}},"predicateType":"https://slsa.dev/provenance/v1","subject":["#

    private(set) var bytes: [UInt8] = []

    init(_ pieces: StaticString...) {
        bytes.reserveCapacity(2048)
        for piece in pieces { add(piece) }
    }

    mutating func add(_ fixed: StaticString) {
        fixed.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    /// Writes a word that needs no escape, the mark behind it, and what follows.
    mutating func add(word: String, _ next: StaticString) {
        bytes.append(contentsOf: word.utf8)
        bytes.append(UInt8(ascii: "\""))
        add(next)
    }

    mutating func add(number: UInt64, _ next: StaticString) {
        bytes.append(contentsOf: String(number).utf8)
        add(next)
    }

    /// Writes `"a","b"]` and what follows.
    mutating func add(list words: [String], _ next: StaticString) {
        for (index, word) in words.enumerated() {
            if index > 0 { add(",") }
            add("\"")
            add(word: word, "")
        }
        add("]")
        add(next)
    }

    /// Writes the digest of the inputs as the only member of an object, or nothing.
    mutating func add(inputs: Digest256?) {
        guard let inputs else { return }
        add(Self.beforeInputs)
        add(word: inputs.hex, "")
    }

    /// Reads what ``add(inputs:)`` writes.
    static func inputs(_ cursor: inout StatementCursor) throws(AttestationError) -> Digest256? {
        cursor.skips(beforeInputs) ? try cursor.digest() : nil
    }

    /// Refuses moments that cannot be written so that they read back: years of more than four digits.
    static func check(_ time: Timestamp) throws(AttestationError) {
        guard Timestamp(rfc3339: time.description) == time else {
            throw AttestationError(.statement, "the time \(time) cannot be attested: set the clock")
        }
    }
}
