internal import StoreFormats

extension FuzzTarget {
    /// The small formats of binary caches.
    static let formatTargets = [
        FuzzTarget("narinfo", checkNarInfo),
        FuzzTarget("nix-cache-info", maximumLength: 512, checkCacheInfo),
        FuzzTarget("keys", maximumLength: 512, checkKeys),
        FuzzTarget("encodings", maximumLength: 256, checkEncodings),
        FuzzTarget("content-address", maximumLength: 256, checkContentAddress),
        FuzzTarget("store-path", maximumLength: 512, checkStorePath),
    ]
}

private func checkNarInfo(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    var answer = FuzzTarget.Answer.refused
    for directory in [StoreDirectory.nix, .gnu] {
        guard let info = try? NarInfo(parsing: input, in: directory, accepting: .all) else { continue }
        answer = .accepted
        try promise(info.serialized == input, "what was read is written otherwise")
        try promise(
            zip(info.references, info.references.dropFirst()).allSatisfy { $0 < $1 },
            "references are not in order, each once")
        try promise(
            !info.fingerprint.contains(where: { $0 < 0x20 || $0 >= 0x7f }), "the fingerprint is not printable ASCII")

        // The canonical form says the same, is read without any quirk but those it states, and stays as it is.
        let canonical = info.replacingSignatures(with: info.signatures)
        let again = try succeed("the canonical form") {
            try NarInfo(parsing: canonical.serialized, in: directory, accepting: canonical.quirks)
        }
        try promise(again.quirks == canonical.quirks, "the canonical form has the quirks \(again.quirks)")
        try promise(again.serialized == canonical.serialized, "the canonical form is written otherwise")
        try promise(again.fingerprint == info.fingerprint, "the canonical form has another fingerprint")
        try promise(again.signatures == info.signatures, "the canonical form has other signatures")
        try promise(again.contentAddress == info.contentAddress, "the canonical form has another content address")

        let strict = try? NarInfo(parsing: input, in: directory)
        try promise((strict != nil) == info.quirks.isEmpty, "quirks (\(info.quirks)) do not decide what is refused")
    }
    return answer
}

private func checkCacheInfo(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    guard let info = try? NixCacheInfo(parsing: input) else { return .refused }
    let again = try succeed("what was written") { try NixCacheInfo(parsing: info.serialized) }
    try promise(again == info, "what was written is read otherwise")
    return .accepted
}

/// Public keys, secret keys and signatures: each as a line of text or a file.
private func checkKeys(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    let line = input.last == UInt8(ascii: "\n") ? input.dropLast() : input[...]
    var answer = FuzzTarget.Answer.refused
    if let key = try? NixPublicKey(fileContents: input) {
        answer = .accepted
        try promise(key.description.utf8.elementsEqual(line), "a public key is written otherwise")
        let again = try succeed("a public key's name and bytes") { try NixPublicKey(name: key.name, bytes: key.bytes) }
        try promise(again == key, "a public key's name and bytes are another key")
    }
    if let key = try? NixSecretKey(fileContents: input) {
        answer = .accepted
        try promise(key.fileContents().utf8.elementsEqual(line), "a secret key is written otherwise")
        let signature = try succeed("signing") { try key.sign(input) }
        try promise(key.publicKey.verify(signature, over: input), "a key refuses its own signature")
        try promise(!key.publicKey.verify(signature, over: input + [0]), "a key accepts a signature of another text")
    }
    if let text = String(validating: input, as: UTF8.self), let signature = try? NixSignature(parsing: text) {
        answer = .accepted
        try promise(signature.description.utf8.elementsEqual(input), "a signature is written otherwise")
    }
    return answer
}

private func checkEncodings(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    // Any bytes can be spelled, and are read back.
    let spelled = try succeed("what was spelled") {
        [
            try Nix32.decode(Nix32.encode(input), count: input.count), try Base64.decode(Base64.encode(input)),
            try Base16.decode(Base16.encode(input)),
        ]
    }
    try promise(spelled.allSatisfy { $0 == input }, "what was spelled is read otherwise")

    // Any text is refused or is the one spelling of its bytes.
    var answer = FuzzTarget.Answer.refused
    for count in max(0, input.count * 5 / 8 - 1)...(input.count * 5 / 8 + 1) {
        guard let bytes = try? Nix32.decode(input, count: count) else { continue }
        answer = .accepted
        try promise(bytes.count == count, "nix32 gives \(bytes.count) bytes, not \(count)")
        try promise(Nix32.encode(bytes).utf8.elementsEqual(input), "nix32 has two spellings for the same bytes")
    }
    if let bytes = try? Base64.decode(input) {
        answer = .accepted
        try promise(Base64.encode(bytes).utf8.elementsEqual(input), "base64 has two spellings for the same bytes")
    }
    if let bytes = try? Base16.decode(input) {
        answer = .accepted
        try promise(Base16.encode(bytes).utf8.elementsEqual(input), "base16 has two spellings for the same bytes")
    }
    return answer
}

/// Hashes, and content addresses with the paths that follow from them.
private func checkContentAddress(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    guard let text = String(validating: input, as: UTF8.self) else { return .refused }
    var answer = FuzzTarget.Answer.refused
    if let (hash, spelling) = try? ContentHash.parse(text) {
        answer = .accepted
        try promise(hash.spelled(spelling).utf8.elementsEqual(input), "a hash is written otherwise")
        for other in ContentHash.Spelling.allCases {
            let again = try succeed("a hash in the spelling \(other)") { try ContentHash.parse(hash.spelled(other)) }
            try promise(again.hash == hash && again.spelling == other, "the spelling \(other) is read otherwise")
        }
    }
    if let address = try? ContentAddress(parsing: text) {
        answer = .accepted
        try promise(address.description.utf8.elementsEqual(input), "a content address is written otherwise")
        let path = try succeed("the address's path") { try address.storePath(name: "object") }
        let again = try succeed("the address's path") { try StorePath(path.path) }
        try promise(again == path, "the address's path is read otherwise")
    }
    return answer
}

private func checkStorePath(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    guard let text = String(validating: input, as: UTF8.self) else { return .refused }
    var answer = FuzzTarget.Answer.refused
    for directory in [StoreDirectory.nix, .gnu] {
        guard let path = try? StorePath(text, in: directory) else { continue }
        answer = .accepted
        try promise(path.path.utf8.elementsEqual(input), "a store path is written otherwise")
        try promise(!path.baseName.utf8.contains(UInt8(ascii: "/")), "a base name has a slash")
        let again = try succeed("a path's parts") {
            try StorePath(
                hashPart: try Nix32.decode(path.hashPart, count: StorePath.hashPartByteCount), name: path.name,
                in: directory)
        }
        try promise(again == path, "a path's parts are another path")
    }
    // Most paths could be directories of other stores, so that alone is no answer.
    if let directory = try? StoreDirectory(text) {
        try promise(directory.path.utf8.elementsEqual(input), "a store directory is written otherwise")
    }
    return answer
}
