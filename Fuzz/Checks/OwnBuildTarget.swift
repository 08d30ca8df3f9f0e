internal import Quorum
internal import StoreFormats

extension FuzzTarget {
    /// The record of a build, or such a record under a signature: what the ledger keeps of own builds.
    static let ownBuildTarget = FuzzTarget("own-build", checkOwnBuild)
}

/// The key that signed what is in the corpus.
private let testKey =
    "quorate-builder-1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8DoQe/884Qvh1w3RjnS8CZZ+TWMJulDV8d3IZkElUxuA=="

private func checkOwnBuild(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    let key = try succeed("the key") { try NixSecretKey(parsing: testKey) }
    guard let identity = KeyIdentity(algorithm: .ed25519, bytes: key.publicKey.bytes) else {
        throw BrokenPromise("the key is no identity")
    }
    let now = Timestamp(secondsSince1970: 0)
    if let claim = try? BuildEvidence.claim(input, by: identity, source: "own-build", at: now) {
        try promise(claim.form == .ownBuild && claim.key == identity, "the claim is somebody else's")
        return .accepted
    }
    guard let text = String(validating: input, as: UTF8.self), let record = BuildRecord(text: text) else {
        return .refused
    }
    try promise(record.text == text, "the record is written otherwise")
    var note = try succeed("signing a record") { try BuildEvidence.sign(record, with: key) }
    let claim = try succeed("a record that was signed") {
        try BuildEvidence.claim(note, by: identity, source: "own-build", at: now)
    }
    try promise(claim.statement == record.statement, "the claim says something else than the record")
    try promise(claim.subject == .storePath(record.path.path), "the claim is about another path")
    try promise(claim.inputs == record.inputsDigest, "the claim has other inputs")
    // Anywhere in the text, the same place for the same input.
    note[text.utf8.count / 2] ^= 1
    let forged = try? BuildEvidence.claim(note, by: identity, source: "own-build", at: now)
    try promise(forged == nil, "a text that was changed is still signed")
    return .accepted
}
