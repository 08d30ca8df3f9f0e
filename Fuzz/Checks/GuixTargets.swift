internal import GuixFormats
internal import Quorum
internal import StoreFormats

extension FuzzTarget {
    /// What Guix's servers, key files and access lists are written in.
    static let guixTargets = [
        FuzzTarget("guix-expression", checkExpression),
        FuzzTarget("guix-key", checkKey),
        FuzzTarget("guix-narinfo", checkNarInfo),
    ]
}

/// Whatever is read is the same when it is written in either form and read again.
private func checkExpression(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    guard let expression = try? SExpression(parsing: input) else { return .refused }
    let canonical = try succeed("the canonical form") { try SExpression(parsing: expression.canonical) }
    try promise(canonical == expression, "the canonical form is another expression")
    let advanced = try succeed("the advanced form") { try SExpression(parsing: expression.advanced) }
    try promise(advanced == expression, "the advanced form is another expression")
    return .accepted
}

/// A public key, and how a policy spells it.
private func checkKey(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    if let list = try? GuixAccessList(parsing: input) {
        try promise(Set(list.keys).count == list.keys.count, "a key is authorised twice")
        for key in list.keys { try checkSpellings(of: key) }
        return .accepted
    }
    guard let key = try? GuixPublicKey(fileContents: input) else { return .refused }
    try checkSpellings(of: key)
    return .accepted
}

private func checkSpellings(of key: GuixPublicKey) throws(BrokenPromise) {
    for text in [key.fileContents, Array(key.oneLine.utf8), key.expression.canonical] {
        let again = try succeed("a key's own text") { try GuixPublicKey(fileContents: text) }
        try promise(again == key, "a key's own text is another key")
    }
    let again = try succeed("a key's identity") {
        try GuixPublicKey(algorithm: key.algorithm, identityBytes: key.identityBytes)
    }
    try promise(again == key, "a key's identity is another key")
    let policy = try succeed("a policy with the key") {
        try Policy.parse("cache a guix \"\(key.oneLine)\" https://a.example\n")
    }
    try promise(policy.caches[0].key.identity.bytes == key.identityBytes, "the policy reads another key")
}

private func checkNarInfo(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    guard let narInfo = try? GuixNarInfo(parsing: input) else { return .refused }
    try promise(narInfo.serialized == input, "a narinfo gives other bytes back")
    try promise(input.starts(with: narInfo.signedPart), "the signed part is not the first one")
    try promise(narInfo.references == Set(narInfo.references).sorted(), "references are not in order")
    if let signature = narInfo.signature {
        let again = try succeed("a signature") { try GuixSignature(parsing: signature.description) }
        try promise(again == signature, "a signature's text is another signature")
        guard !narInfo.hasSignedDownloads else { return .accepted }
        let downloads = [GuixNarInfo.Download(url: "nar/a", compression: .zstd)]
        let other = try succeed("other addresses") { try narInfo.replacingDownloads(with: downloads) }
        try promise(other.downloads == downloads && other.signedPart == narInfo.signedPart, "more was replaced")
        try promise(
            other.narHash == narInfo.narHash && other.storePath == narInfo.storePath
                && other.references == narInfo.references && other.signature == signature, "another outcome")
    }
    return .accepted
}
