package import Quorum
package import StoreFormats

/// "I followed this derivation and it gave nothing": an in-toto test result
/// (<https://in-toto.io/attestation/test-result/v0.1>) about the `.drv`, since there is no output to speak about.
package struct FailureStatement: Sendable {
    package let derivation: BuiltDerivation

    /// The full store paths that were to be made, sorted; at least one.
    package let paths: [String]

    /// Why there is nothing, in the words of ``FailureReason``.
    package let reason: String

    /// The digest of the inputs (``InputList``); nil when they are not known any more.
    package let inputs: Digest256?

    /// When the builder was started, by its own clock.
    package let startedOn: Timestamp

    /// What is said, to be signed.
    ///
    /// - Throws: ``AttestationError/Code/limit``; ``AttestationError/Code/statement`` for paths that are not outputs of
    ///   the derivation, for other reasons, and for a year of five digits.
    package init(
        derivation: BuiltDerivation, paths: [StorePath], reason: String, inputs: Digest256?, startedOn: Timestamp
    ) throws(AttestationError) {
        guard FailureReason.isReason(reason) else {
            throw AttestationError(.statement, "'\(reason.prefix(64))' is no reason that can be attested")
        }
        let paths = Set(paths).sorted().map(\.path)
        try Self.check(derivation, paths)
        try StatementText.check(startedOn)
        self.init(derivation: derivation, checkedPaths: paths, reason: reason, inputs: inputs, startedOn: startedOn)
    }

    private init(
        derivation: BuiltDerivation, checkedPaths: [String], reason: String, inputs: Digest256?, startedOn: Timestamp
    ) {
        self.derivation = derivation
        self.paths = checkedPaths
        self.reason = reason
        self.inputs = inputs
        self.startedOn = startedOn
    }

    private static func check(_ derivation: BuiltDerivation, _ paths: [String]) throws(AttestationError) {
        guard (1...AttestationLimits.subjects).contains(paths.count) else {
            throw AttestationError(.limit, "\(paths.count) paths: a statement has 1 to \(AttestationLimits.subjects)")
        }
        for path in paths where !derivation.fits(path) {
            throw AttestationError(.statement, "statement: \(path) is no output of \(derivation.path)")
        }
    }

    /// Signs the statement for a log.
    ///
    /// - Throws: ``AttestationError/Code/limit``, ``AttestationError/Code/key``.
    package func sign(by signer: AttestationSigner) throws(AttestationError) -> SignedAttestation {
        let envelope = try Envelope(signing: payload(builderID: signer.key.builderID), by: signer)
        return SignedAttestation(leaf: envelope.bytes, references: [], inputs: inputs)
    }
}

// MARK: - Text

extension FailureStatement {
    private static let beforeBuilder: StaticString = #"","builder":""#
    private static let beforeInputs: StaticString = #","inputsDigest":""#
    private static let beforeReason: StaticString = #","reason":""#
    private static let beforeStartedOn: StaticString = #","startedOn":""#
    private static let beforeSystem: StaticString = #","system":""#
    private static let beforeDigest: StaticString = #"},"digest":{"sha256":""#
    private static let beforeName: StaticString = #"},"name":""#
    private static let beforePaths: StaticString = #"}],"failedTests":["#
    private static let beforeSubject: StaticString =
        #","result":"FAILED"},"predicateType":"https://in-toto.io/attestation/test-result/v0.1","subject":[{"digest":{"sha256":""#
    private static let end: StaticString = "}]}"

    /// The payload, for a builder.
    package func payload(builderID: String) -> [UInt8] {
        var text = StatementText(StatementText.testResult, StatementText.storePathBuild, Self.beforeBuilder)
        if let inputs {
            text.add(word: builderID, Self.beforeInputs)
            text.add(word: inputs.hex, Self.beforeReason)
        } else {
            text.add(word: builderID, Self.beforeReason)
        }
        text.add(word: reason, Self.beforeStartedOn)
        text.add(word: startedOn.description, Self.beforeSystem)
        text.add(word: derivation.system, Self.beforeDigest)
        text.add(word: derivation.sha256.hex, Self.beforeName)
        text.add(word: derivation.path, Self.beforePaths)
        text.add(list: paths, Self.beforeSubject)
        text.add(word: derivation.sha256.hex, Self.beforeName)
        text.add(word: derivation.path, Self.end)
        return text.bytes
    }

    /// Reads what follows the type of the build, to the end.
    ///
    /// - Parameter builderID: Who has signed it; the statement must say the same.
    init(_ cursor: inout StatementCursor, builderID: String) throws(AttestationError) {
        try cursor.skip(Self.beforeBuilder)
        _ = try cursor.word("the name of the key that signed") { $0.elementsEqual(builderID.utf8) }
        let inputs = cursor.skips(Self.beforeInputs) ? try cursor.digest() : nil
        try cursor.skip(Self.beforeReason)
        let reason = try cursor.string("a reason", FailureReason.isReason)
        try cursor.skip(Self.beforeStartedOn)
        let startedOn = try cursor.timestamp()
        try cursor.skip(Self.beforeSystem)
        let system = try cursor.string("a system", PlainText.isSystem)
        try cursor.skip(Self.beforeDigest)
        let sha256 = try cursor.digest()
        try cursor.skip(Self.beforeName)
        let path = try cursor.string("a derivation", BuiltDerivation.isPath)
        try cursor.skip(Self.beforePaths)
        let paths = try cursor.sortedStrings(
            "a store path", atMost: AttestationLimits.subjects, PlainText.isStorePath)
        try cursor.skip(Self.beforeSubject)
        guard try cursor.digest() == sha256 else { throw cursor.refusal("another derivation than the subject") }
        try cursor.skip(Self.beforeName)
        _ = try cursor.word("the derivation again") { $0.elementsEqual(path.utf8) }
        try cursor.skip(Self.end)
        try cursor.finish()
        let derivation = BuiltDerivation(checkedPath: path, sha256: sha256, system: system)
        try Self.check(derivation, paths)
        self.init(derivation: derivation, checkedPaths: paths, reason: reason, inputs: inputs, startedOn: startedOn)
    }
}
