internal import Ledger
internal import Quorum

/// The bytes of a claim in its row: what it says, with numbers for keys and addresses, and each reference as what it
/// does not share with the path before it.
///
/// It is a third shorter than ``ClaimCoding``'s form, in which older rows stand and in which claims are sealed.
enum StoredClaim {
    private static let version: UInt8 = 2

    static func write(_ claim: Claim, _ names: inout NameWriter, into writer: inout FieldWriter) throws {
        writer.bytes.append(version)
        let path = write(claim.subject, into: &writer)
        writer.number(try names.number(of: claim.key))
        write(claim.statement, behind: path, into: &writer)
        writer.bytes.append(claim.form.number)
        let (address, place) = split(claim.source)
        writer.number(try names.number(of: address))
        writer.counted(place.utf8)
        writer.number(UInt64(bitPattern: claim.observedAt.secondsSince1970))
        let marks: UInt8 = (claim.inputs == nil ? 0 : 1) | (claim.log == nil ? 0 : 2)
        writer.bytes.append(marks)
        if let inputs = claim.inputs { writer.raw(inputs) }
        if let log = claim.log { writer.number(try names.number(of: log)) }
        writer.raw(claim.evidence)
    }

    /// The claim of a row, in this form or the older one.
    /// - Throws: ``LedgerError`` of code `corrupt` when the bytes are not what `write` writes, or a name is not there.
    static func read(_ bytes: [UInt8], _ names: inout NameReader) throws -> Claim {
        if bytes.first == ClaimCoding.version { return try ClaimCoding.decode(bytes) }
        var reader = FieldReader(bytes)
        guard try reader.byte() == version else { throw FieldReader.corrupt("a claim of an unknown version") }
        let (subject, path) = try readSubject(&reader)
        let key = try names.key(of: reader.number())
        let statement = try readStatement(&reader, behind: path)
        guard let form = ClaimForm(number: try reader.byte()) else {
            throw FieldReader.corrupt("a claim of an unknown form")
        }
        let source = try text(names.name(of: reader.number()) + reader.counted())
        let observedAt = Timestamp(secondsSince1970: Int64(bitPattern: try reader.number()))
        let marks = try reader.byte()
        guard marks <= 3 else { throw FieldReader.corrupt("a mark of no meaning") }
        let inputs = marks & 1 == 0 ? nil : try reader.raw()
        let log = marks & 2 == 0 ? nil : try names.key(of: reader.number())
        let evidence = try reader.raw()
        try reader.end()
        return Claim(
            subject: subject, key: key, statement: statement, form: form, source: source, observedAt: observedAt,
            inputs: inputs, evidence: evidence, log: log)
    }

    /// The source up to its last slash, and the rest: what the claims of one log or cache share, and what they do not.
    private static func split(_ source: String) -> (address: [UInt8], place: Substring) {
        let end = source.utf8.lastIndex(of: UInt8(ascii: "/")).map { source.utf8.index(after: $0) } ?? source.startIndex
        return (Array(source.utf8[..<end]), source[end...])
    }

    private static func text(_ bytes: some Collection<UInt8>) throws(LedgerError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw FieldReader.corrupt("text that is not UTF-8")
        }
        return text
    }

    // MARK: - Subjects

    /// - Returns: The path that references are compared with.
    private static func write(_ subject: Subject, into writer: inout FieldWriter) -> String {
        switch subject {
        case .storePath(let path):
            writer.bytes.append(1)
            writer.counted(path.utf8)
            return path
        case .debian(let artifact):
            writer.bytes.append(2)
            writer.counted(artifact.fileName.utf8)
            writer.counted(artifact.package.utf8)
            writer.counted(artifact.version.utf8)
            writer.counted(artifact.architecture.utf8)
            return ""
        }
    }

    private static func readSubject(_ reader: inout FieldReader) throws(LedgerError) -> (Subject, ArraySlice<UInt8>) {
        switch try reader.byte() {
        case 1:
            let path = try reader.counted()
            return (.storePath(try text(path)), path)
        case 2:
            let artifact = DebianArtifact(
                fileName: try text(reader.counted()), package: try text(reader.counted()),
                version: try text(reader.counted()), architecture: try text(reader.counted()))
            return (.debian(artifact), [])
        default: throw FieldReader.corrupt("a subject of an unknown kind")
        }
    }

    // MARK: - Statements

    private static func write(_ statement: Statement, behind path: String, into writer: inout FieldWriter) {
        switch statement {
        case .failed: writer.bytes.append(0)
        case .outcome(.storePath(let outcome)):
            writer.bytes.append(1)
            writer.raw(outcome.narHash)
            writer.number(outcome.narSize)
            writer.number(UInt64(outcome.references.count))
            var before = path
            for reference in outcome.references {
                writer.counted(reference, behind: &before)
                before = reference
            }
        case .outcome(.file(let sha256)):
            writer.bytes.append(2)
            writer.raw(sha256)
        }
    }

    private static func readStatement(
        _ reader: inout FieldReader, behind path: ArraySlice<UInt8>
    ) throws(LedgerError) -> Statement {
        switch try reader.byte() {
        case 0: return .failed
        case 1:
            let narHash = try reader.raw()
            let narSize = try reader.number()
            let count = try reader.number()
            // Each has two numbers at least.
            guard count <= reader.left / 2 else { throw FieldReader.corrupt("more references than bytes") }
            var references: [String] = []
            references.reserveCapacity(Int(count))
            var before = Array(path)
            for _ in 0..<count {
                let shared = try reader.number()
                guard shared <= before.count else { throw FieldReader.corrupt("a reference that shares too much") }
                before.removeSubrange(Int(shared)...)
                before.append(contentsOf: try reader.counted())
                references.append(try text(before))
            }
            let outcome = StorePathOutcome(narHash: narHash, narSize: narSize, references: references)
            guard outcome.references == references else { throw FieldReader.corrupt("references out of order") }
            return .outcome(.storePath(outcome))
        case 2: return .outcome(.file(sha256: try reader.raw()))
        default: throw FieldReader.corrupt("a statement of an unknown kind")
        }
    }
}

extension FieldWriter {
    /// How many bytes `text` shares with the one before it, and the rest.
    fileprivate mutating func counted(_ text: String, behind before: inout String) {
        var text = text
        text.withUTF8 { text in
            let shared = before.withUTF8 { before in
                let most = min(text.count, before.count)
                var shared = 0
                while shared < most, text[shared] == before[shared] { shared += 1 }
                return shared
            }
            number(UInt64(shared))
            counted(UnsafeBufferPointer(rebasing: text[shared...]))
        }
    }
}

extension ClaimForm {
    fileprivate var number: UInt8 {
        switch self {
        case .cacheSignature: 1
        case .logEntry: 2
        case .rebuilderLink: 3
        case .ownBuild: 4
        }
    }

    fileprivate init?(number: UInt8) {
        switch number {
        case 1: self = .cacheSignature
        case 2: self = .logEntry
        case 3: self = .rebuilderLink
        case 4: self = .ownBuild
        default: return nil
        }
    }
}
