package import Quorum
internal import StoreFormats

/// "I followed this derivation and got these outputs": SLSA provenance (<https://slsa.dev/spec/v1.0/provenance>) in an
/// in-toto statement, in the one form that `docs/attestations.md` describes.
package struct ProvenanceStatement: Sendable {
    package let derivation: BuiltDerivation

    /// The outputs that were made, by their paths; at least one, perhaps not all of the derivation's.
    package let outputs: [StatedOutput]

    /// The digest of the inputs (``InputList``); nil when they are not known any more.
    package let inputs: Digest256?

    /// When the builder was started, by its own clock.
    package let startedOn: Timestamp

    /// Lists of references that must stand beside the statement; none when it was read.
    let lists: [ReferenceList]

    /// What is said, to be signed.
    ///
    /// - Parameters:
    ///   - derivation: What was followed.
    ///   - outputs: What came out, in any order.
    ///   - inputs: The digest of what the build was given, if it is known.
    ///   - startedOn: When the builder was started.
    /// - Throws: ``AttestationError/Code/limit``; ``AttestationError/Code/statement`` for outputs that are not the
    ///   derivation's, and for what can be said in no statement, such as a year of five digits.
    package init(
        derivation: BuiltDerivation, outputs: [BuiltOutput], inputs: Digest256?, startedOn: Timestamp
    ) throws(AttestationError) {
        var stated: [StatedOutput] = []
        var lists: [ReferenceList] = []
        var room = AttestationLimits.inlineReferenceBytes
        for output in outputs.sorted(by: { $0.path < $1.path }) {
            let list = output.references
            guard list.paths.allSatisfy({ derivation.isInSameStore($0.path.utf8) }),
                PlainText.holds(PlainText.isStoreName, for: output.name)
            else {
                throw AttestationError(
                    .statement, "output '\(output.name.prefix(64))': no name, or references into another store")
            }
            let isInline = list.count <= AttestationLimits.inlineReferences && list.bytes.count <= room
            if isInline { room -= list.bytes.count } else { lists.append(list) }
            guard let narHash = Digest256(output.narHash.bytes) else {
                throw AttestationError(.statement, "a NAR hash has 32 bytes")
            }
            stated.append(
                StatedOutput(
                    name: output.name, path: output.path.path, narHash: narHash, narSize: output.narSize,
                    references: isInline
                        ? .inline(list.paths.map(\.path)) : .listed(digest: list.digest, count: list.count)))
        }
        try Self.check(derivation, stated)
        try StatementText.check(startedOn)
        self.init(derivation: derivation, outputs: stated, inputs: inputs, startedOn: startedOn, lists: lists)
    }

    private init(
        derivation: BuiltDerivation, outputs: [StatedOutput], inputs: Digest256?, startedOn: Timestamp,
        lists: [ReferenceList]
    ) {
        self.derivation = derivation
        self.outputs = outputs
        self.inputs = inputs
        self.startedOn = startedOn
        self.lists = lists
    }

    /// What holds for all outputs together; it is the same whether they are written or read.
    private static func check(
        _ derivation: BuiltDerivation, _ outputs: [StatedOutput]
    ) throws(AttestationError) {
        func refuse(_ why: String) -> AttestationError { AttestationError(.statement, "statement: \(why)") }
        guard (1...AttestationLimits.subjects).contains(outputs.count) else {
            throw AttestationError(
                .limit, "\(outputs.count) outputs: a statement has 1 to \(AttestationLimits.subjects)")
        }
        if outputs.count > 1, Set(outputs.map(\.name)).count < outputs.count {
            throw refuse("two outputs with one name")
        }
        for (output, next) in zip(outputs, outputs.dropFirst()) where output.path >= next.path {
            throw refuse("an output twice, or outputs out of order")
        }
        var room = AttestationLimits.inlineReferenceBytes
        for output in outputs {
            guard derivation.fits(output.path, output: output.name) else {
                throw refuse("\(output.path) is not the output '\(output.name)' of \(derivation.path)")
            }
            guard output.narSize <= AttestationLimits.narSize else {
                throw AttestationError(.limit, "a NAR of \(output.narSize) bytes")
            }
            guard case .inline(let references) = output.references else { continue }
            for reference in references { room -= reference.utf8.count + 1 }
            guard room >= 0 else { throw AttestationError(.limit, "references that must stand beside the statement") }
        }
    }

    /// Signs the statement for a log.
    ///
    /// - Throws: ``AttestationError/Code/limit`` when it does not fit into a leaf: attest fewer outputs at a time;
    ///   ``AttestationError/Code/key``.
    package func sign(by signer: AttestationSigner) throws(AttestationError) -> SignedAttestation {
        let envelope = try Envelope(signing: payload(builderID: signer.key.builderID), by: signer)
        return SignedAttestation(leaf: envelope.bytes, references: lists, inputs: inputs)
    }
}

// MARK: - Text

extension ProvenanceStatement {
    private static let beforeDerivation: StaticString = #"","externalParameters":{"derivation":""#
    private static let beforeOutputs: StaticString = #","outputs":["#
    private static let beforeSystem: StaticString = #","system":""#
    private static let beforeParameters: StaticString = #"},"internalParameters":{"#
    private static let beforeDependency: StaticString = #"},"resolvedDependencies":[{"digest":{"sha256":""#
    private static let beforeDependencyName: StaticString = #"},"name":""#
    private static let beforeRun: StaticString = #"}]},"runDetails":{"builder":{"id":""#
    private static let beforeNarSize: StaticString = #"{"annotations":{"narSize":"#
    private static let beforeOutputName: StaticString = #","outputName":""#
    private static let beforeReferences: StaticString = #","references":["#
    private static let beforeCount: StaticString = #","referencesCount":"#
    private static let beforeListDigest: StaticString = #","referencesDigest":""#
    private static let beforeDigest: StaticString = #"},"digest":{"sha256":""#
    private static let beforePath: StaticString = #"},"mediaType":"application/x-nix-nar","name":""#

    /// The payload, for a builder.
    package func payload(builderID: String) -> [UInt8] {
        var text = StatementText(StatementText.provenance, StatementText.storePathBuild, Self.beforeDerivation)
        text.add(word: derivation.path, Self.beforeOutputs)
        text.add(list: outputs.map(\.name).sorted(), Self.beforeSystem)
        text.add(word: derivation.system, Self.beforeParameters)
        text.add(inputs: inputs)
        text.add(Self.beforeDependency)
        text.add(word: derivation.sha256.hex, Self.beforeDependencyName)
        text.add(word: derivation.path, Self.beforeRun)
        text.add(word: builderID, StatementText.beforeStartedOn)
        text.add(word: startedOn.description, StatementText.beforeSubjects)
        for (index, output) in outputs.enumerated() {
            if index > 0 { text.add(",") }
            text.add(Self.beforeNarSize)
            text.add(number: output.narSize, Self.beforeOutputName)
            switch output.references {
            case .inline(let references):
                text.add(word: output.name, Self.beforeReferences)
                text.add(list: references, Self.beforeDigest)
            case .listed(let digest, let count):
                text.add(word: output.name, Self.beforeCount)
                text.add(number: UInt64(count), Self.beforeListDigest)
                text.add(word: digest.hex, Self.beforeDigest)
            }
            text.add(word: output.narHash.hex, Self.beforePath)
            text.add(word: output.path, "}")
        }
        text.add("]}")
        return text.bytes
    }

    /// Reads what follows the type of the build, to the end.
    ///
    /// - Parameter builderID: Who has signed it; the statement must say the same.
    init(_ cursor: inout StatementCursor, builderID: String) throws(AttestationError) {
        try cursor.skip(Self.beforeDerivation)
        let path = try cursor.string("a derivation", BuiltDerivation.isPath)
        try cursor.skip(Self.beforeOutputs)
        let names = try cursor.sortedStrings(
            "the name of an output", atMost: AttestationLimits.subjects, PlainText.isStoreName)
        try cursor.skip(Self.beforeSystem)
        let system = try cursor.string("a system", PlainText.isSystem)
        try cursor.skip(Self.beforeParameters)
        let inputs = try StatementText.inputs(&cursor)
        try cursor.skip(Self.beforeDependency)
        let derivation = BuiltDerivation(checkedPath: path, sha256: try cursor.digest(), system: system)
        try cursor.skip(Self.beforeDependencyName)
        _ = try cursor.word("the derivation again") { $0.elementsEqual(path.utf8) }
        try cursor.skip(Self.beforeRun)
        _ = try cursor.word("the name of the key that signed") { $0.elementsEqual(builderID.utf8) }
        try cursor.skip(StatementText.beforeStartedOn)
        let startedOn = try cursor.timestamp()
        try cursor.skip(StatementText.beforeSubjects)
        var outputs: [StatedOutput] = []
        repeat {
            guard outputs.count < AttestationLimits.subjects else { throw cursor.refusal("too many subjects") }
            outputs.append(try Self.output(&cursor, of: derivation))
        } while cursor.skips(",")
        try cursor.skip("]}")
        try cursor.finish()
        guard outputs.map(\.name).sorted() == names else { throw cursor.refusal("other outputs than the subjects") }
        try Self.check(derivation, outputs)
        self.init(derivation: derivation, outputs: outputs, inputs: inputs, startedOn: startedOn, lists: [])
    }

    private static func output(
        _ cursor: inout StatementCursor, of derivation: BuiltDerivation
    ) throws(AttestationError) -> StatedOutput {
        try cursor.skip(beforeNarSize)
        let narSize = try cursor.number(upTo: AttestationLimits.narSize)
        try cursor.skip(beforeOutputName)
        let name = try cursor.string("the name of an output", PlainText.isStoreName)
        let references: StatedOutput.References
        if cursor.skips(beforeReferences) {
            references = .inline(
                try cursor.sortedStrings("a path of the same store", atMost: AttestationLimits.inlineReferences) {
                    PlainText.isStorePath($0) && derivation.isInSameStore($0)
                })
        } else {
            try cursor.skip(beforeCount)
            let count = try cursor.number(upTo: UInt64(AttestationLimits.references))
            try cursor.skip(beforeListDigest)
            references = .listed(digest: try cursor.digest(), count: Int(count))
        }
        try cursor.skip(beforeDigest)
        let narHash = try cursor.digest()
        try cursor.skip(beforePath)
        let path = try cursor.string("a store path", PlainText.isStorePath)
        try cursor.skip("}")
        return StatedOutput(name: name, path: path, narHash: narHash, narSize: narSize, references: references)
    }
}
