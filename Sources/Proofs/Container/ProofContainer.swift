package import Attestations
package import Quorum

/// A proof file: everything that made a subject acceptable, in one text that is checked without a network.
///
/// `docs/proof-format.md` describes it. Sections stand in one order, each once, so one set of evidence has one file. What
/// could be read here has still to be verified (``ProofVerifier``).
package struct ProofContainer: Hashable, Sendable {
    /// What the file is about.
    package let subject: Subject

    /// The policy that its maker used. Who checks the file uses a policy of their own, which may be the same.
    package let policy: [UInt8]

    /// Lists of references that stand beside attestations, by their digests.
    package let references: [ReferenceList]

    /// The evidence: logs, caches of Nix and of Guix, rebuilders, and each kind by its bytes.
    package let evidence: [ProofEvidence]

    /// The file.
    package let bytes: [UInt8]

    /// The SHA-256 of ``policy``.
    package var policyDigest: Digest256 { Digest256.sha256(of: policy) }

    private static let heading = "quorate/proof/v1"

    /// Puts a file together; lists and evidence may come in any order and more than once.
    ///
    /// - Throws: ``ProofError/Code/limit``; ``ProofError/Code/container`` for a subject that cannot be written;
    ///   ``ProofError/Code/evidence``.
    package init(
        subject: Subject, policy: [UInt8], references: [ReferenceList] = [], evidence: [ProofEvidence]
    ) throws(ProofError) {
        var sections = [Section(word: "policy", bytes: policy)]
        sections += Set(references).sorted { $0.digest < $1.digest }.map {
            Section(word: "references", bytes: $0.bytes)
        }
        sections += Set(evidence).map { Section(word: $0.word, bytes: $0.bytes) }.sorted()
        var bytes = Array("\(Self.heading)\nsubject \(SubjectText.words(of: subject))\n".utf8)
        for section in sections {
            bytes += Array("\(section.word) \(section.bytes.count)\n".utf8)
            bytes += section.bytes
            bytes.append(UInt8(ascii: "\n"))
        }
        try self.init(parsing: bytes + Array("end\n".utf8))
    }

    /// Reads a file.
    ///
    /// - Throws: ``ProofError/Code/limit``, ``ProofError/Code/container``, ``ProofError/Code/evidence``.
    package init(parsing bytes: [UInt8]) throws(ProofError) {
        var reader = try SectionReader(bytes)
        guard try reader.line() == Self.heading else {
            throw ProofError(.container, "no proof file of version 1: its first line is not '\(Self.heading)'")
        }
        let line = try reader.line()
        guard line.hasPrefix("subject "), let subject = SubjectText.subject(String(line.dropFirst("subject ".count)))
        else { throw ProofError(.container, "the second line does not name a subject") }
        guard let first = try reader.section(), first.word == "policy" else {
            throw ProofError(.container, "the first section is not the policy")
        }
        guard first.bytes.count <= PolicyLimits.fileBytes else {
            throw ProofError(.limit, "a policy of \(first.bytes.count) bytes")
        }
        var references: [ReferenceList] = []
        var evidence: [ProofEvidence] = []
        var last: Section?
        var count = 1
        while let section = try reader.section() {
            count += 1
            guard count <= ProofLimits.sections else {
                throw ProofError(.limit, "more than \(ProofLimits.sections) sections")
            }
            if section.word == "references", last == nil {
                let list: ReferenceList
                do {
                    list = try ReferenceList(parsing: section.bytes)
                } catch {
                    throw ProofError(.evidence, error.message)
                }
                if let before = references.last, list.digest <= before.digest {
                    throw ProofError(.container, "lists of references out of order, or one twice")
                }
                references.append(list)
            } else {
                if let last, !(last < section) { throw ProofError(.container, "evidence out of order, or twice") }
                evidence.append(try ProofEvidence(word: section.word, bytes: section.bytes))
                last = section
            }
        }
        self.subject = subject
        policy = first.bytes
        self.references = references
        self.evidence = evidence
        self.bytes = bytes
    }
}
