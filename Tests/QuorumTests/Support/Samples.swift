import Quorum

/// Keys, claims and policies for tests: made of small numbers, the same in every run.
enum Samples {
    static let now = Timestamp(secondsSince1970: 1_800_000_000)
    static let path = "/nix/store/0c0l0v6h4h0n5ynmp0rq3h8dkmzy8dzb-hello-2.12.1"
    static let subject = Subject.storePath(path)
    static let guixSubject = Subject.storePath("/gnu/store/0c0l0v6h4h0n5ynmp0rq3h8dkmzy8dzb-hello-2.12.1")

    /// Raw bytes of the key with a number.
    static func rawKey(_ number: Int) -> [UInt8] {
        [UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: number >> 8)] + [UInt8](repeating: 7, count: 30)
    }

    static func key(_ number: Int, _ algorithm: KeyAlgorithm = .ed25519) -> KeyIdentity {
        guard let key = KeyIdentity(algorithm: algorithm, bytes: rawKey(number)) else {
            preconditionFailure("a sample key has 32 bytes")
        }
        return key
    }

    static func nixKey(_ name: String, _ number: Int) -> String { name + ":" + base64(rawKey(number)) }

    static func guixKey(_ number: Int) -> String {
        rawKey(number).map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    static func verifierKey(_ name: String, _ number: Int, type: UInt8 = 1) -> String {
        let typeAndKey = [type] + rawKey(number)
        let id = String(TestSHA256.verifierKeyID(name: name, typeAndKey: typeAndKey), radix: 16)
        return name + "+" + String(repeating: "0", count: 8 - id.count) + id + "+" + base64(typeAndKey)
    }

    static func digest(_ number: Int) -> Digest256 {
        let bytes = (0..<32).map { UInt8(truncatingIfNeeded: number >> ($0 % 4 * 8)) }
        guard let digest = Digest256(bytes) else { preconditionFailure("a sample digest has 32 bytes") }
        return digest
    }

    static func outcome(_ number: Int, references: [String] = []) -> Outcome {
        .storePath(StorePathOutcome(narHash: digest(number), narSize: 1_000, references: references))
    }

    static func claim(
        _ key: KeyIdentity, _ outcome: Int?, form: ClaimForm = .cacheSignature, of subject: Subject = subject,
        inputs: Digest256? = nil, log: KeyIdentity? = nil, observedAt: Int64 = 0
    ) -> Claim {
        claim(
            key, outcome.map { .outcome(Samples.outcome($0)) } ?? .failed, form: form, of: subject, inputs: inputs,
            log: log, observedAt: observedAt)
    }

    static func claim(
        _ key: KeyIdentity, _ statement: Statement, form: ClaimForm = .cacheSignature, of subject: Subject = subject,
        inputs: Digest256? = nil, log: KeyIdentity? = nil, observedAt: Int64 = 0
    ) -> Claim {
        Claim(
            subject: subject, key: key, statement: statement, form: form, source: "https://example.org",
            observedAt: Timestamp(secondsSince1970: observedAt), inputs: inputs, evidence: digest(99), log: log)
    }

    static func context(_ change: (inout TallyContext) -> Void = { _ in }) -> TallyContext {
        var context = TallyContext(now: now)
        change(&context)
        return context
    }

    static func base64(_ bytes: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = Array(bytes[start..<min(start + 3, bytes.count)])
            let bits = (0..<3).reduce(0) { $0 << 8 | ($1 < group.count ? Int(group[$1]) : 0) }
            for position in 0..<4 {
                text.append(position <= group.count ? digits[bits >> (18 - 6 * position) & 63] : "=")
            }
        }
        return text
    }
}

/// Keys of two Guix farms and of cache.nixos.org, and a person with two machines.
enum DesignExample {
    static let text = """
        # who counts, and how many must agree
        policy  guix-two-farms
        cache   ci        guix 8D156F295D24B0D9A86FA5741A840FF2D24F60F7B6C4134814AD55625971B394 https://ci.guix.gnu.org       builds
        cache   bordeaux  guix 7D602902D3A2DBB83F8A0FB98602A754C5493B0B778C8D1DD4E0F41DE14DE34F https://bordeaux.guix.gnu.org builds
        cache   nixos     nix  cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=   https://cache.nixos.org       builds
        builder desk      \(Samples.verifierKey("alice.example/desk", 1))    https://alice.example/log
        builder laptop    \(Samples.verifierKey("alice.example/laptop", 2))  https://alice.example/log
        party   alice     desk laptop
        group   farms     2 ci bordeaux alice
        group   nixers    2 nixos alice
        quorum  guix      farms
        quorum  nix       nixers

        """
}
