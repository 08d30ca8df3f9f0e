package import Quorum

/// "I followed this `.buildinfo` and got these packages": SLSA provenance for Debian, in the one form that
/// `docs/attestations.md` describes.
package struct DebianStatement: Sendable {
    /// A file that the build followed.
    package struct Material: Hashable, Sendable {
        /// Its name without a folder.
        package let name: String
        package let sha256: Digest256

        package init(name: String, sha256: Digest256) {
            self.name = name
            self.sha256 = sha256
        }
    }

    /// A package that came out.
    package struct Product: Hashable, Sendable {
        package let artifact: DebianArtifact
        package let sha256: Digest256

        package init(artifact: DebianArtifact, sha256: Digest256) {
            self.artifact = artifact
            self.sha256 = sha256
        }
    }

    /// The source package's name.
    package let source: String
    /// The source package's version, epoch included.
    package let version: String
    /// The architecture of the build, as the `.buildinfo` has it in its name: `amd64`, `all`.
    package let architecture: String
    /// The distribution and its release: `debian-12`.
    package let distribution: String
    /// What says how the build is to be done.
    package let buildinfo: Material
    /// The `.dsc`; nil when the builder did not look at it as a file.
    package let sourceFile: Material?
    /// What came out, by file name; at least one.
    package let products: [Product]
    /// The digest of further inputs; nil when the `.buildinfo` says all.
    package let inputs: Digest256?
    /// When the builder was started, by its own clock.
    package let startedOn: Timestamp

    /// What is said, to be signed; products in any order.
    ///
    /// - Throws: ``AttestationError/Code/limit``; ``AttestationError/Code/statement`` for words that Debian's names and
    ///   versions cannot be, and for files whose names do not follow from them.
    package init(
        source: String, version: String, architecture: String, distribution: String, buildinfo: Material,
        sourceFile: Material?, products: [Product], inputs: Digest256?, startedOn: Timestamp
    ) throws(AttestationError) {
        self.source = source
        self.version = version
        self.architecture = architecture
        self.distribution = distribution
        self.buildinfo = buildinfo
        self.sourceFile = sourceFile
        self.products = products.sorted { $0.artifact < $1.artifact }
        self.inputs = inputs
        self.startedOn = startedOn
        try StatementText.check(startedOn)
        try check()
    }

    private func check() throws(AttestationError) {
        func demand(_ isRight: Bool, _ what: String) throws(AttestationError) {
            guard isRight else { throw AttestationError(.statement, "statement: \(what)") }
        }
        try demand(PlainText.holds(PlainText.isDebianName, for: source), "no name of a source package")
        try demand(PlainText.holds(PlainText.isDebianVersion, for: version), "no version of a source package")
        try demand(PlainText.holds(PlainText.isDebianName, for: architecture), "no architecture")
        try demand(PlainText.holds(PlainText.isDistribution, for: distribution), "no distribution")
        try demand(DebianName.isBuildinfo(buildinfo.name, of: source), "'\(buildinfo.name.prefix(64))' is no buildinfo")
        if let sourceFile {
            try demand(DebianName.isSource(sourceFile.name, of: source), "'\(sourceFile.name.prefix(64))' is no .dsc")
        }
        guard (1...AttestationLimits.subjects).contains(products.count) else {
            throw AttestationError(
                .limit, "\(products.count) packages: a statement has 1 to \(AttestationLimits.subjects)")
        }
        for (product, next) in zip(products, products.dropFirst()) {
            try demand(product.artifact.fileName < next.artifact.fileName, "a file twice, or files out of order")
        }
        for product in products {
            try demand(
                DebianName.isArtifact(product.artifact), "'\(product.artifact.fileName.prefix(64))' is not what it says"
            )
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

extension DebianStatement {
    private static let beforeArchitecture: StaticString = #"","externalParameters":{"architecture":""#
    private static let beforeBuildinfo: StaticString = #","buildinfo":""#
    private static let beforeSource: StaticString = #","source":""#
    private static let beforeVersion: StaticString = #","version":""#
    private static let beforeParameters: StaticString = #"},"internalParameters":{"#
    private static let beforeMaterials: StaticString = #"},"resolvedDependencies":[{"digest":{"sha256":""#
    private static let beforeMaterial: StaticString = #"},{"digest":{"sha256":""#
    private static let beforeName: StaticString = #"},"name":""#
    private static let beforeRun: StaticString = #"}]},"runDetails":{"builder":{"id":""#
    private static let beforeDigest: StaticString = #"{"digest":{"sha256":""#
    private static let beforeLocator: StaticString = #","uri":""#

    /// The payload, for a builder.
    package func payload(builderID: String) -> [UInt8] {
        var text = StatementText(StatementText.provenance, StatementText.debianBuild, Self.beforeArchitecture)
        text.add(word: architecture, Self.beforeBuildinfo)
        text.add(word: buildinfo.name, Self.beforeSource)
        text.add(word: source, Self.beforeVersion)
        text.add(word: version, Self.beforeParameters)
        text.add(inputs: inputs)
        text.add(Self.beforeMaterials)
        text.add(word: buildinfo.sha256.hex, Self.beforeName)
        if let sourceFile {
            text.add(word: buildinfo.name, Self.beforeMaterial)
            text.add(word: sourceFile.sha256.hex, Self.beforeName)
            text.add(word: sourceFile.name, Self.beforeRun)
        } else {
            text.add(word: buildinfo.name, Self.beforeRun)
        }
        text.add(word: builderID, StatementText.beforeStartedOn)
        text.add(word: startedOn.description, StatementText.beforeSubjects)
        for (index, product) in products.enumerated() {
            if index > 0 { text.add(",") }
            text.add(Self.beforeDigest)
            text.add(word: product.sha256.hex, Self.beforeName)
            text.add(word: product.artifact.fileName, Self.beforeLocator)
            text.add(
                word: PackageLocator(artifact: product.artifact, distribution: distribution).description, "}")
        }
        text.add("]}")
        return text.bytes
    }

    /// Reads what follows the type of the build, to the end.
    ///
    /// - Parameter builderID: Who has signed it; the statement must say the same.
    init(_ cursor: inout StatementCursor, builderID: String) throws(AttestationError) {
        try cursor.skip(Self.beforeArchitecture)
        let architecture = try cursor.string("an architecture", PlainText.isDebianName)
        try cursor.skip(Self.beforeBuildinfo)
        let name = try cursor.string("the name of a file", DebianName.isFileName)
        try cursor.skip(Self.beforeSource)
        let source = try cursor.string("a source package", PlainText.isDebianName)
        try cursor.skip(Self.beforeVersion)
        let version = try cursor.string("a version", PlainText.isDebianVersion)
        try cursor.skip(Self.beforeParameters)
        let inputs = try StatementText.inputs(&cursor)
        try cursor.skip(Self.beforeMaterials)
        let buildinfo = Material(name: name, sha256: try cursor.digest())
        try cursor.skip(Self.beforeName)
        _ = try cursor.word("the buildinfo again") { $0.elementsEqual(name.utf8) }
        var sourceFile: Material?
        if cursor.skips(Self.beforeMaterial) {
            let digest = try cursor.digest()
            try cursor.skip(Self.beforeName)
            sourceFile = Material(
                name: try cursor.string("the name of a file", DebianName.isFileName), sha256: digest)
        }
        try cursor.skip(Self.beforeRun)
        _ = try cursor.word("the name of the key that signed") { $0.elementsEqual(builderID.utf8) }
        try cursor.skip(StatementText.beforeStartedOn)
        let startedOn = try cursor.timestamp()
        try cursor.skip(StatementText.beforeSubjects)
        var products: [Product] = []
        var distribution: String?
        repeat {
            guard products.count < AttestationLimits.subjects else { throw cursor.refusal("too many subjects") }
            try cursor.skip(Self.beforeDigest)
            let digest = try cursor.digest()
            try cursor.skip(Self.beforeName)
            let fileName = try cursor.string("the name of a file", DebianName.isFileName)
            try cursor.skip(Self.beforeLocator)
            let text = try cursor.string("the address of a package") { $0.count <= PackageLocator.maximumLength }
            guard let locator = PackageLocator(text, fileName: fileName) else {
                throw cursor.refusal("expected the address of a package")
            }
            guard distribution == nil || distribution == locator.distribution else {
                throw cursor.refusal("packages of two distributions")
            }
            distribution = locator.distribution
            try cursor.skip("}")
            products.append(Product(artifact: locator.artifact, sha256: digest))
        } while cursor.skips(",")
        try cursor.skip("]}")
        try cursor.finish()
        let stated = products.map(\.artifact.fileName)
        try self.init(
            source: source, version: version, architecture: architecture, distribution: distribution ?? "",
            buildinfo: buildinfo, sourceFile: sourceFile, products: products, inputs: inputs, startedOn: startedOn)
        guard self.products.map(\.artifact.fileName) == stated else { throw cursor.refusal("files out of order") }
    }
}
