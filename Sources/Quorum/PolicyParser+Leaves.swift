// Statements that bring keys into the policy.
extension PolicyParser {
    mutating func readCache(_ operands: inout Operands) throws(Refusal) {
        let name = try name(&operands)
        let kindWord = try operands.next("nix or guix")
        guard let kind = CacheKind(rawValue: kindWord) else {
            throw Refusal(.syntax, "\(KeyText.shown(kindWord)) is no kind of cache: write nix or guix")
        }
        let keyText = try kind == .guix ? operands.nextExpression("KEY") : operands.next("KEY")
        let key: NamedKey
        switch kind {
        case .nix: key = try KeyText.nix(keyText)
        case .guix: key = try KeyText.guix(keyText, name: name)
        }
        let builds = operands.takeLast("builds")
        let urls = try addresses(operands.remaining("URL"))
        guard !urls.isEmpty else { throw Refusal(.syntax, "URL is missing: write \(operands.form)") }
        let leaf = CacheLeaf(name: name, kind: kind, key: key, urls: urls, builds: builds, line: operands.line)
        try add(.cache(leaf))
    }

    mutating func readBuilder(_ operands: inout Operands) throws(Refusal) {
        let name = try name(&operands)
        let verifierKey = try operands.next("VKEY")
        let key = try KeyText.verifier(verifierKey, kind: .ed25519, keyID: verifierKeyID)
        var urls: [String] = []
        var origins: [String] = []
        var seen: Set<[UInt8]> = []
        for log in try operands.remaining("LOG") {
            if log.contains("://") {
                urls.append(log)
                continue
            }
            guard logLines[Array(log.utf8)] != nil else {
                throw Refusal(
                    .undefined, "\(KeyText.shown(log)) is neither a URL nor the origin of a log line above: correct it")
            }
            guard seen.insert(Array(log.utf8)).inserted else {
                throw Refusal(.memberTwice, "\(KeyText.shown(log)) stands twice: take one out")
            }
            origins.append(log)
        }
        let leaf = BuilderLeaf(
            name: name, key: key, verifierKey: verifierKey, urls: try addresses(urls), logOrigins: origins,
            line: operands.line)
        try add(.builder(leaf))
    }

    mutating func readRebuilder(_ operands: inout Operands) throws(Refusal) {
        let name = try name(&operands)
        let key = try KeyText.rebuilder(try operands.next("KEY"), name: name)
        let urls = try addresses(operands.remaining("URL"))
        guard !urls.isEmpty else { throw Refusal(.syntax, "URL is missing: write \(operands.form)") }
        try add(.rebuilder(RebuilderLeaf(name: name, key: key, urls: urls, line: operands.line)))
    }

    mutating func readLog(_ operands: inout Operands) throws(Refusal) {
        let verifierKey = try operands.next("VKEY")
        let key = try KeyText.verifier(verifierKey, kind: .ed25519, keyID: verifierKeyID)
        if let earlier = logLines[Array(key.name.utf8)] {
            throw Refusal(
                .nameTaken, "the log \(KeyText.shown(key.name)) stands on line \(earlier) already: take one out")
        }
        logLines[Array(key.name.utf8)] = operands.line
        try claimKey(key.identity, for: "the log \(KeyText.shown(key.name))", line: operands.line)
        let url = try operands.nextUnquoted().map { text throws(Refusal) in try SourceAddress.parse(text) }
        policy.logs.append(LogLine(key: key, verifierKey: verifierKey, url: url, line: operands.line))
    }

    mutating func readWitness(_ operands: inout Operands) throws(Refusal) {
        let name = try name(&operands)
        let verifierKey = try operands.next("VKEY")
        let key = try KeyText.verifier(verifierKey, kind: .cosignature, keyID: verifierKeyID)
        let url = try operands.nextUnquoted().map { text throws(Refusal) in try SourceAddress.parse(text) }
        try define(name, as: .witness(policy.witnesses.count), line: operands.line)
        try claimKey(key.identity, for: name, line: operands.line)
        policy.witnesses.append(
            WitnessLine(name: name, key: key, verifierKey: verifierKey, url: url, line: operands.line))
    }

    mutating func readSigner(_ operands: inout Operands) throws(Refusal) {
        let name = try name(&operands)
        let verifierKey = try operands.next("VKEY")
        let key = try KeyText.verifier(verifierKey, kind: .ed25519, keyID: verifierKeyID)
        try define(name, as: .signer(policy.signers.count), line: operands.line)
        try claimKey(key.identity, for: name, line: operands.line)
        policy.signers.append(SignerLine(name: name, key: key, verifierKey: verifierKey, line: operands.line))
    }

    /// A key is a voter of its own until a party takes it in.
    private mutating func add(_ leaf: PolicyLeaf) throws(Refusal) {
        let index = policy.leaves.count
        try define(leaf.name, as: .leaf(index, voter: policy.voters.count), line: leaf.line)
        try claimKey(leaf.key, for: leaf.name, line: leaf.line)
        policy.leafOfKey[leaf.key] = index
        policy.voterOfLeaf.append(policy.voters.count)
        policy.leaves.append(leaf)
        policy.voters.append(Voter(name: leaf.name, leaves: [index], isDeclared: false, line: leaf.line))
    }

    private func addresses(_ texts: [String]) throws(Refusal) -> [String] {
        guard texts.count <= PolicyLimits.addresses else {
            throw Refusal(.limit, "\(texts.count) URLs: \(PolicyLimits.addresses) are allowed")
        }
        var urls: [String] = []
        for text in texts {
            let url = try SourceAddress.parse(text)
            guard !urls.contains(url) else {
                throw Refusal(.memberTwice, "\(KeyText.shown(url)) stands twice: take one out")
            }
            urls.append(url)
        }
        return urls
    }
}
