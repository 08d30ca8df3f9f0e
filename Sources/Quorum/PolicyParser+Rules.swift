// Exceptions, revocations and what a distributed policy needs.
extension PolicyParser {
    mutating func readException(_ operands: inout Operands) throws(Refusal) {
        let patternText = try operands.next("PATTERN")
        guard let pattern = GlobPattern(patternText) else {
            throw Refusal(
                .pattern,
                "\(KeyText.shown(patternText)) names no packages: write a name or store path with * and ? in it, "
                    + "like hello-*")
        }
        let thresholdWord = try operands.next("K")
        guard let threshold = Operands.positive(thresholdWord) else {
            throw Refusal(.threshold, "\(KeyText.shown(thresholdWord)) is no number of votes: write 1 or more")
        }
        try operands.expect("until")
        let until = try operands.moment()
        guard let reason = try operands.reason() else {
            throw Refusal(.syntax, "the \"REASON\" is missing: write \(operands.form)")
        }
        guard policy.exceptions.count < PolicyLimits.exceptions else {
            throw Refusal(.limit, "more than \(PolicyLimits.exceptions) exceptions: take some out")
        }
        policy.exceptions.append(
            PolicyException(pattern: pattern, threshold: threshold, until: until, reason: reason, line: operands.line))
    }

    mutating func readRevocation(_ operands: inout Operands) throws(Refusal) {
        let what = try operands.next("key or outcome")
        switch what {
        case "key": try readKeyRevocation(&operands)
        case "outcome": try readOutcomeRevocation(&operands)
        default: throw Refusal(.syntax, "\(KeyText.shown(what)) cannot be revoked: write \(operands.form)")
        }
    }

    private mutating func readKeyRevocation(_ operands: inout Operands) throws(Refusal) {
        let kind = try operands.next("nix, guix, builder or rebuilder")
        let text = try kind == "guix" ? operands.nextExpression("KEY") : operands.next("KEY")
        let key: KeyIdentity
        switch kind {
        case "nix": key = try KeyText.nix(text).identity
        case "guix": key = try KeyText.guix(text, name: "").identity
        case "builder": key = try KeyText.verifier(text, kind: .ed25519, keyID: verifierKeyID).identity
        case "rebuilder": key = try KeyText.rebuilder(text, name: "").identity
        default:
            throw Refusal(
                .syntax,
                "\(KeyText.shown(kind)) is no kind of key: write nix, guix, builder or rebuilder before the key")
        }
        if let earlier = policy.revokedKeys[key] {
            throw Refusal(.keyTaken, "the key is revoked on line \(earlier.line) already: take one out")
        }
        let revocation = KeyRevocation(key: key, reason: try operands.reason(), line: operands.line)
        policy.keyRevocations.append(revocation)
        policy.revokedKeys[key] = revocation
    }

    private mutating func readOutcomeRevocation(_ operands: inout Operands) throws(Refusal) {
        let text = try operands.next("sha256:HEX")
        guard text.hasPrefix("sha256:"), let digest = Digest256(hex: text.dropFirst("sha256:".count)) else {
            throw Refusal(
                .syntax,
                "\(KeyText.shown(text)) is no outcome: write sha256: and the 64 small hexadecimal digits of its hash")
        }
        var subject: Subject?
        if let path = operands.nextUnquoted() {
            guard Self.isStorePath(path) else {
                throw Refusal(
                    .pattern, "\(KeyText.shown(path)) is no store path: write all of it, like /nix/store/HASH-NAME")
            }
            subject = .storePath(path)
        }
        let outcome = RevokedOutcome(subject: subject, narHash: digest)
        if let earlier = policy.revokedOutcomes[outcome] {
            throw Refusal(.repeated, "the outcome is revoked on line \(earlier.line) already: take one out")
        }
        let revocation = OutcomeRevocation(outcome: outcome, reason: try operands.reason(), line: operands.line)
        policy.outcomeRevocations.append(revocation)
        policy.revokedOutcomes[outcome] = revocation
    }

    mutating func readVersion(_ operands: inout Operands) throws(Refusal) {
        if let version { throw Refusal(.repeated, "the version stands on line \(version.line) already: take one out") }
        let text = try operands.next("N")
        guard let number = Operands.positive(text) else {
            throw Refusal(.threshold, "\(KeyText.shown(text)) is no version: write a whole number of 1 or more")
        }
        try operands.expect("expires")
        version = (number, try operands.moment(), operands.line)
    }

    mutating func readSignedBy(_ operands: inout Operands) throws(Refusal) {
        if let signedBy { throw Refusal(.repeated, "signed-by stands on line \(signedBy.line) already: take one out") }
        let name = try operands.next("NAME")
        let member = try resolve(name)
        guard kind(of: member) == .signers else {
            throw Refusal(.mixedKinds, "\(name) holds no signers: name a signer or a group of signers")
        }
        signedBy = (name, operands.line)
        policy.signedByMember = member
    }

    /// A rough form, enough to catch a slip: `/…/…`, with the characters of store paths and no empty or dotted part.
    private static func isStorePath(_ text: String) -> Bool {
        guard text.utf8.count <= PolicyLimits.patternBytes, text.utf8.first == UInt8(ascii: "/") else { return false }
        let segments = text.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return segments.count >= 2
            && segments.allSatisfy { segment in
                !segment.isEmpty && !segment.elementsEqual(".".utf8) && !segment.elementsEqual("..".utf8)
                    && segment.allSatisfy { byte in
                        switch byte {
                        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                            UInt8(ascii: "A")...UInt8(ascii: "Z"):
                            return true
                        default: return "+-._?=".utf8.contains(byte)
                        }
                    }
            }
    }
}
