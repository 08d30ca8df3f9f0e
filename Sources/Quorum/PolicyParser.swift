extension Policy {
    /// Reads a policy.
    ///
    /// - Parameters:
    ///   - text: the file's contents.
    ///   - verifierKeyID: computes the identifier a verifier key must carry: the first four bytes, big-endian, of
    ///     SHA-256(name || 0x0A || type and key). Without it the identifiers are not checked.
    /// - Throws: the first refusal, with its line.
    public static func parse(
        _ text: String, verifierKeyID: ((_ name: String, _ typeAndKey: [UInt8]) -> UInt32)? = nil
    ) throws(PolicyError) -> Policy {
        var parser = PolicyParser(verifierKeyID: verifierKeyID)
        return try parser.parse(text)
    }

    /// Reads a policy from the bytes of a file, which must be UTF-8.
    ///
    /// - Parameters:
    ///   - bytes: the file's contents.
    ///   - verifierKeyID: as in ``parse(_:verifierKeyID:)``.
    /// - Throws: the first refusal, with its line.
    public static func parse(
        utf8 bytes: some Collection<UInt8>,
        verifierKeyID: ((_ name: String, _ typeAndKey: [UInt8]) -> UInt32)? = nil
    ) throws(PolicyError) -> Policy {
        if let text = String(validating: bytes, as: UTF8.self) {
            return try parse(text, verifierKeyID: verifierKeyID)
        }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let bad = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0
        throw PolicyError(code: .encoding, line: bad + 1, message: "the line is not UTF-8: save the file as UTF-8")
    }
}

/// Reads statements one after the other into a policy; what only the whole file can show is checked at its end.
struct PolicyParser {
    /// What a name stands for.
    enum Symbol {
        case leaf(Int, voter: Int)
        case party(voter: Int)
        case group(Int)
        case witness(Int)
        case signer(Int)
    }

    struct Definition {
        let symbol: Symbol
        let line: Int
        /// The group or party it is a member of, and that one's line.
        var membership: (name: String, line: Int)?
    }

    /// Words of the grammar that would be misread as names.
    static let reservedNames: Set<String> = ["none", "all", "any", "built", "builds", "contradictable"]

    let verifierKeyID: KeyText.VerifierKeyID?
    var policy = Policy()
    /// By bytes, not by `String`: names that Unicode calls equivalent are different names (C2SP tlog-policy).
    var definitions: [[UInt8]: Definition] = [:]
    /// Raw keys by their bytes alone, with whose they are: one key must not count twice in any algorithm or role.
    var keyOwners: [[UInt8]: (name: String, line: Int)] = [:]
    /// The line of each log, by its origin.
    var logLines: [[UInt8]: Int] = [:]
    /// The groups that each voter or group of voters is a member of.
    var memberships: [[UInt8]: [Int]] = [:]
    var depthOfGroup: [Int] = []
    var groupSplits: [Bool] = []
    var policyLine: Int?
    var witnessQuorumLine: Int?
    var version: (number: Int, expires: Timestamp, line: Int)?
    var signedBy: (name: String, line: Int)?

    mutating func parse(_ text: String) throws(PolicyError) -> Policy {
        for statement in try PolicyLexer.statements(of: Array(text.utf8)) {
            do {
                try read(statement)
            } catch {
                throw error.at(statement.line)
            }
        }
        try checkWhole()
        policy.text = text
        compile()
        return policy
    }

    private mutating func read(_ statement: PolicyStatement) throws(Refusal) {
        var operands = Operands(statement)
        switch operands.keyword {
        case "policy": try readPolicyName(&operands)
        case "cache": try readCache(&operands)
        case "builder": try readBuilder(&operands)
        case "rebuilder": try readRebuilder(&operands)
        case "party": try readParty(&operands)
        case "group": try readGroup(&operands)
        case "quorum": try readQuorum(&operands)
        case "except": try readException(&operands)
        case "log": try readLog(&operands)
        case "witness": try readWitness(&operands)
        case "revoke": try readRevocation(&operands)
        case "version": try readVersion(&operands)
        case "signer": try readSigner(&operands)
        case "signed-by": try readSignedBy(&operands)
        case "\u{2014}":
            throw Refusal(
                .unknownWord,
                "a signature: this is a signed policy; 'quorate policy show' looks at one, 'quorate policy update' takes "
                    + "it over")
        default:
            throw Refusal(
                .unknownWord,
                "\(KeyText.shown(operands.keyword)) starts no statement: known are policy, cache, builder, rebuilder, "
                    + "party, group, quorum, except, log, witness, revoke, version, signer, signed-by")
        }
        try operands.end()
    }

    private mutating func readPolicyName(_ operands: inout Operands) throws(Refusal) {
        if let policyLine {
            throw Refusal(.repeated, "the policy has a name already, on line \(policyLine): take one out")
        }
        policyLine = operands.line
        policy.name = try name(&operands)
    }

    // MARK: - Names and keys

    /// The next word as a name that may be defined.
    func name(_ operands: inout Operands) throws(Refusal) -> String {
        let name = try operands.next("NAME")
        guard name.utf8.count <= PolicyLimits.nameBytes else {
            throw Refusal(.limit, "a name of \(name.utf8.count) bytes: \(PolicyLimits.nameBytes) are allowed")
        }
        guard !Self.reservedNames.contains(name) else {
            throw Refusal(.name, "\(name) is a word of the language and cannot be a name: choose another")
        }
        try KeyText.refuseGateway(name)
        return name
    }

    mutating func define(_ name: String, as symbol: Symbol, line: Int) throws(Refusal) {
        let key = Array(name.utf8)
        if let earlier = definitions[key] {
            throw Refusal(.nameTaken, "\(name) is defined on line \(earlier.line) already: choose another name")
        }
        definitions[key] = Definition(symbol: symbol, line: line, membership: nil)
    }

    func definition(of name: String) throws(Refusal) -> Definition {
        guard let definition = definitions[Array(name.utf8)] else {
            if name == "none" { throw Refusal(.undefined, "none is no member: only `quorum none` may say it") }
            throw Refusal(
                .undefined,
                "\(KeyText.shown(name)) is not defined on a line above: define it first, or correct the name")
        }
        return definition
    }

    /// Notes a raw key, in which the policy must not hear two voices.
    mutating func claimKey(_ key: KeyIdentity, for owner: String, line: Int) throws(Refusal) {
        if let earlier = keyOwners[key.bytes] {
            throw Refusal(
                .keyTaken,
                "the raw key of \(owner) is that of \(earlier.name) on line \(earlier.line): one key is one voice, "
                    + "take one out")
        }
        keyOwners[key.bytes] = (owner, line)
    }
}
