internal import Attestations
internal import GuixFormats
internal import Proofs
internal import Quorum
internal import StoreFormats

extension FuzzTarget {
    /// What logs of builders hold, what stands beside it, and files with proofs.
    static let attestationTargets = [
        FuzzTarget("attestation", checkAttestation),
        FuzzTarget("statement", maximumLength: 8192, checkStatement),
        FuzzTarget("statement-list", checkStatementList),
        FuzzTarget("canonical-json", maximumLength: 1024, checkCanonicalJSON),
        FuzzTarget("rebuilder-link", checkRebuilderLink),
        FuzzTarget("proof", maximumLength: 16_384, checkProof),
    ]
}

/// The key that signed what is in the corpus: the public half of the secret whose 32 bytes are all 1.
private func corpusKey() throws(BrokenPromise) -> AttestationKey {
    try succeed("the key") {
        try AttestationKey(
            bytes: try Base16.decode("8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c"))
    }
}

private func checkAttestation(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    let key = try corpusKey()
    guard let envelope = try? Envelope(parsing: input) else {
        let attestation = try? AttestationReader(keys: [key.identity]).read(input)
        try promise(attestation == nil, "what is no envelope is read")
        return .refused
    }
    try promise(envelope.bytes == input, "the envelope is written otherwise")
    let foreign = try succeed("a canonical envelope as anybody's") { try ForeignEnvelope(parsing: input) }
    try promise(foreign.payload == envelope.payload, "another reader finds another payload")
    try promise(foreign.signatures.map(\.bytes) == [envelope.signature], "another reader finds another signature")
    let json = try succeed("a canonical envelope as JSON") { try CanonicalJSON.parse(input) }
    try promise(CanonicalJSON.encode(json) == input, "the envelope is not canonical JSON")
    guard let attestation = try? AttestationReader(keys: [key.identity]).read(input) else {
        return .accepted
    }
    try promise((try? envelope.verify(with: key)) != nil, "what was read is not signed")
    try promise(attestation.key == key.identity && !attestation.claims.isEmpty, "an attestation without claims")
    try promise(
        attestation.statement.payload(builderID: key.builderID) == envelope.payload,
        "the statement is written otherwise")
    return .accepted
}

private func checkStatement(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    let key = try corpusKey()
    guard let statement = try? AttestedStatement(input, builderID: key.builderID) else { return .refused }
    try promise(statement.payload(builderID: key.builderID) == input, "the statement is written otherwise")
    let json = try succeed("a statement as JSON") { try CanonicalJSON.parse(input) }
    try promise(CanonicalJSON.encode(json) == input, "the statement is not canonical JSON")
    let foreign = try succeed("a statement as anybody's") { try ForeignStatement(parsing: input) }
    func isPath(_ text: String) -> Bool {
        (try? StorePath(text, in: .nix)) != nil || (try? StorePath(text, in: .gnu)) != nil
    }
    switch statement {
    case .provenance(let provenance):
        try promise(
            foreign.subjects.map(\.name) == provenance.outputs.map(\.path), "another reader finds other subjects")
        for output in provenance.outputs {
            try promise(isPath(output.path), "\(output.path) is no store path")
            guard case .inline(let references) = output.references else { continue }
            try promise(references.allSatisfy(isPath), "references that are no store paths")
        }
        try promise(isPath(provenance.derivation.path), "the derivation is no store path")
    case .failure(let failure):
        try promise(failure.paths.allSatisfy(isPath), "paths that are no store paths")
        try promise(FailureReason.isReason(failure.reason), "a reason that is none")
    case .debian(let debian):
        let names = debian.products.map(\.artifact.fileName)
        try promise(foreign.subjects.map(\.name) == names, "another reader finds other subjects")
        try promise(names.allSatisfy { !$0.contains("/") && !$0.hasPrefix(".") }, "names that are no names of files")
    }
    return .accepted
}

private func checkStatementList(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    var answer = FuzzTarget.Answer.refused
    if let list = try? ReferenceList(parsing: input) {
        answer = .accepted
        let again = try succeed("references that were read") { try ReferenceList(list.paths) }
        try promise(again == list && list.bytes == input, "references are written otherwise")
    }
    if let list = try? InputList(parsing: input) {
        answer = .accepted
        let again = try succeed("inputs that were read") { try InputList(list.inputs) }
        try promise(again == list && list.bytes == input, "inputs are written otherwise")
    }
    return answer
}

private func checkCanonicalJSON(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    guard let value = try? CanonicalJSON.parse(input) else { return .refused }
    try promise(CanonicalJSON.encode(value) == input, "the value is written otherwise")
    try promise(input.allSatisfy { $0 >= 0x20 && $0 < 0x80 }, "canonical JSON that is not ASCII")
    return .accepted
}

private func checkRebuilderLink(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    guard let link = try? RebuilderLink(parsing: input) else { return .refused }
    // What is written again says the same, unless it holds control characters, which links keep as they are.
    guard !link.signed.contains(where: { $0 < 0x20 }), !link.bytes.contains(where: { $0 < 0x20 }) else {
        return .accepted
    }
    let again = try succeed("a link that was read") { try RebuilderLink(parsing: link.bytes) }
    try promise(again.signed == link.signed, "what is signed changes")
    try promise(again.products == link.products && again.signatures == link.signatures, "the link changes")
    return .accepted
}

private func checkProof(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    guard let container = try? ProofContainer(parsing: input) else { return .refused }
    let again = try succeed("a proof file that was read") {
        try ProofContainer(
            subject: container.subject, policy: container.policy, references: container.references.reversed(),
            evidence: container.evidence.reversed())
    }
    try promise(again.bytes == input, "the file is written otherwise")
    let verifier = ProofVerifier(policy: .empty, context: TallyContext(now: Timestamp(secondsSince1970: 1 << 40)))
    let report = verifier.verify(container)
    try promise(!report.isAccepted && !report.isReproduced, "a policy without voters accepts something")
    try promise(report.evidence.count == container.evidence.count, "evidence without a word about it")
    for case .guixCache(let evidence) in container.evidence { try checkGuix(evidence, in: container) }
    return .accepted
}

/// Under a policy of the very key that a signature names: what counts is signed, and about the file's subject.
private func checkGuix(_ evidence: GuixCacheEvidence, in container: ProofContainer) throws(BrokenPromise) {
    let key = evidence.signature.publicKey
    let policy = try succeed("a policy of a key that was read") {
        try Policy.parse("cache one guix \"\(key.oneLine)\" https://one.example\nquorum guix one\n")
    }
    let report = ProofVerifier(policy: policy, context: TallyContext(now: Timestamp(secondsSince1970: 1 << 40)))
        .verify(container)
    let isSigned = evidence.narInfo.isSigned(by: key)
    let isAbout = container.subject == .storePath(evidence.narInfo.storePath.path)
    for (item, report) in zip(container.evidence, report.evidence) where item == .guixCache(evidence) {
        try promise(!report.claims.isEmpty == (isSigned && isAbout), "a claim without a signature, or none with one")
    }
}
