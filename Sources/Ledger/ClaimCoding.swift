package import Quorum

/// The bytes in which a claim is sealed: one form for every claim, so that equal claims have equal bytes.
///
/// A version byte, then the fields in a fixed order, each with its length in front (four bytes, least significant
/// first). Decoding accepts exactly what encoding writes. A database may store claims in this form, or in a shorter one.
package enum ClaimCoding {
    /// What the bytes of a claim in this form begin with.
    package static let version: UInt8 = 1
    /// What a seal's message begins with, so that the key's MACs can never be taken for something else's.
    static let sealContext = Array("quorate claim seal v1\n".utf8)

    /// The sealed form.
    package static func encode(_ claim: Claim) -> [UInt8] {
        var writer = FieldWriter()
        writer.bytes.append(version)
        write(claim, into: &writer)
        return writer.bytes
    }

    /// What tells one claim from another whenever it was seen: SHA-256 of all fields but the time.
    package static func identity(of claim: Claim) -> Digest256 {
        var message = SealMessage()
        message.take(claim)
        return message.identity
    }

    /// The claim that `encode` wrote as `bytes`.
    /// - Throws: ``LedgerError`` of code `corrupt`.
    package static func decode(_ bytes: [UInt8]) throws(LedgerError) -> Claim {
        var reader = FieldReader(bytes)
        guard try reader.byte() == version else { throw FieldReader.corrupt("a claim of an unknown version") }
        let subject = try readSubject(&reader)
        let key = try readKey(&reader)
        let statement = try readStatement(&reader)
        guard let form = ClaimForm(rawValue: try reader.string()) else {
            throw FieldReader.corrupt("a claim of an unknown form")
        }
        let source = try reader.string()
        let observedAt = Timestamp(secondsSince1970: Int64(bitPattern: try reader.integer()))
        let inputs = try reader.optional { (reader) throws(LedgerError) in try readDigest(&reader) }
        let evidence = try readDigest(&reader)
        let log = try reader.optional { (reader) throws(LedgerError) in try readKey(&reader) }
        try reader.end()
        return Claim(
            subject: subject, key: key, statement: statement, form: form, source: source, observedAt: observedAt,
            inputs: inputs, evidence: evidence, log: log)
    }

    /// The stored form of an outcome alone.
    package static func encode(_ outcome: Outcome) -> [UInt8] {
        var writer = FieldWriter()
        write(.outcome(outcome), into: &writer)
        return writer.bytes
    }

    /// The outcome that `encode` wrote as `bytes`.
    package static func decodeOutcome(_ bytes: [UInt8]) throws(LedgerError) -> Outcome {
        var reader = FieldReader(bytes)
        guard case .outcome(let outcome) = try readStatement(&reader) else {
            throw FieldReader.corrupt("a failure where an outcome belongs")
        }
        try reader.end()
        return outcome
    }

    /// - Returns: Where the time begins, which has eight bytes.
    @discardableResult
    static func write(_ claim: Claim, into writer: inout FieldWriter) -> Int {
        write(claim.subject, into: &writer)
        write(claim.key, into: &writer)
        write(claim.statement, into: &writer)
        writer.string(claim.form.rawValue)
        writer.string(claim.source)
        let time = writer.bytes.count
        writer.integer(UInt64(bitPattern: claim.observedAt.secondsSince1970))
        writer.optional(claim.inputs) { $1.field($0) }
        writer.field(claim.evidence)
        writer.optional(claim.log) { write($0, into: &$1) }
        return time
    }

    private static func write(_ subject: Subject, into writer: inout FieldWriter) {
        switch subject {
        case .storePath(let path):
            writer.bytes.append(1)
            writer.string(path)
        case .debian(let artifact):
            writer.bytes.append(2)
            writer.string(artifact.fileName)
            writer.string(artifact.package)
            writer.string(artifact.version)
            writer.string(artifact.architecture)
        }
    }

    private static func readSubject(_ reader: inout FieldReader) throws(LedgerError) -> Subject {
        switch try reader.byte() {
        case 1: return .storePath(try reader.string())
        case 2:
            return .debian(
                DebianArtifact(
                    fileName: try reader.string(), package: try reader.string(), version: try reader.string(),
                    architecture: try reader.string()))
        default: throw FieldReader.corrupt("a subject of an unknown kind")
        }
    }

    private static func write(_ key: KeyIdentity, into writer: inout FieldWriter) {
        writer.string(key.algorithm.rawValue)
        writer.field(key.bytes)
    }

    private static func readKey(_ reader: inout FieldReader) throws(LedgerError) -> KeyIdentity {
        guard let algorithm = KeyAlgorithm(rawValue: try reader.string()),
            let key = KeyIdentity(algorithm: algorithm, bytes: try reader.field())
        else { throw FieldReader.corrupt("a key of an unknown kind") }
        return key
    }

    private static func write(_ statement: Statement, into writer: inout FieldWriter) {
        switch statement {
        case .failed: writer.bytes.append(0)
        case .outcome(.storePath(let outcome)):
            writer.bytes.append(1)
            writer.field(outcome.narHash)
            writer.integer(outcome.narSize)
            writer.integer(UInt64(outcome.references.count))
            for reference in outcome.references { writer.string(reference) }
        case .outcome(.file(let sha256)):
            writer.bytes.append(2)
            writer.field(sha256)
        }
    }

    private static func readStatement(_ reader: inout FieldReader) throws(LedgerError) -> Statement {
        switch try reader.byte() {
        case 0: return .failed
        case 1:
            let narHash = try readDigest(&reader)
            let narSize = try reader.integer()
            let count = try reader.integer()
            guard count <= reader.left / 4 else { throw FieldReader.corrupt("more references than bytes") }
            var references: [String] = []
            references.reserveCapacity(Int(count))
            for _ in 0..<count { references.append(try reader.string()) }
            let outcome = StorePathOutcome(narHash: narHash, narSize: narSize, references: references)
            guard outcome.references == references else { throw FieldReader.corrupt("references out of order") }
            return .outcome(.storePath(outcome))
        case 2: return .outcome(.file(sha256: try readDigest(&reader)))
        default: throw FieldReader.corrupt("a statement of an unknown kind")
        }
    }

    private static func readDigest(_ reader: inout FieldReader) throws(LedgerError) -> Digest256 {
        guard let digest = Digest256(try reader.field()) else { throw FieldReader.corrupt("a digest not of 32 bytes") }
        return digest
    }
}
