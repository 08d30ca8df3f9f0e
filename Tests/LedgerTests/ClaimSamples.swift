import Ledger
import Quorum

/// Claims for tests: made of small numbers, or drawn from a generator.
enum ClaimSamples {
    static let seal = ClaimSeal(key: [UInt8](repeating: 7, count: 32))
    static let otherSeal = ClaimSeal(key: [UInt8](repeating: 8, count: 32))
    static let path = "/nix/store/0c0l0v6h4h0n5ynmp0rq3h8dkmzy8dzb-hello-2.12.1"
    static let subject = Subject.storePath(path)
    static let lookup = LookupKey(subject)

    static func digest(_ number: Int) -> Digest256 {
        guard let digest = Digest256((0..<32).map { UInt8(truncatingIfNeeded: number >> ($0 % 4 * 8)) }) else {
            preconditionFailure("a digest has 32 bytes")
        }
        return digest
    }

    static func key(_ number: Int) -> KeyIdentity {
        guard let key = KeyIdentity(algorithm: .ed25519, bytes: digest(number).bytes) else {
            preconditionFailure("a key has 32 bytes")
        }
        return key
    }

    static func outcome(_ number: Int) -> Outcome {
        .storePath(.init(narHash: digest(number), narSize: 100, references: [path]))
    }

    /// A claim with the bytes that stand for its evidence.
    static func new(
        key: Int = 1, outcome: Int? = 1, at time: Int64 = 1000, subject: Subject = subject,
        source: String = "https://a.example/", evidence: [UInt8]? = nil
    ) -> NewClaim {
        let evidence = evidence ?? Array("evidence \(key) \(outcome ?? 0)".utf8)
        return NewClaim(
            claim: Claim(
                subject: subject, key: self.key(key), statement: outcome.map { .outcome(self.outcome($0)) } ?? .failed,
                form: .cacheSignature, source: source, observedAt: Timestamp(secondsSince1970: time),
                evidence: sha256(evidence)),
            evidence: evidence)
    }

    /// A build that this machine ran.
    static func ownBuild(_ path: String) -> NewClaim {
        let evidence = Array("built \(path)".utf8)
        return NewClaim(
            claim: Claim(
                subject: .storePath(path), key: key(9), statement: .failed, form: .ownBuild, source: "here",
                observedAt: Timestamp(secondsSince1970: 1), evidence: sha256(evidence)),
            evidence: evidence)
    }

    static func random(using random: inout some RandomNumberGenerator) -> Claim {
        func text() -> String {
            let letters = Array("abcxyz0189-+._?=/ äß\u{1F980}\n\0")
            return String(
                (0..<Int.random(in: 0...40, using: &random)).map { _ in letters.randomElement(using: &random) ?? "a" })
        }
        func digest() -> Digest256 { self.digest(Int.random(in: 0...Int.max, using: &random)) }
        func key() -> KeyIdentity {
            let algorithm = KeyAlgorithm.allCases.randomElement(using: &random) ?? .rsa
            let count = algorithm == .rsa ? Int.random(in: 1...300, using: &random) : 32
            return KeyIdentity(algorithm: algorithm, bytes: (0..<count).map { UInt8(truncatingIfNeeded: $0 &* count) })
                ?? self.key(1)
        }
        let statement: Statement =
            switch Int.random(in: 0...3, using: &random) {
            case 0: .failed
            case 1: .outcome(.file(sha256: digest()))
            default:
                .outcome(
                    .storePath(
                        .init(
                            narHash: digest(), narSize: UInt64.random(in: 0...UInt64.max, using: &random),
                            references: (0..<Int.random(in: 0...9, using: &random)).map { _ in text() })))
            }
        return Claim(
            subject: Bool.random(using: &random)
                ? .storePath(text())
                : .debian(.init(fileName: text(), package: text(), version: text(), architecture: text())),
            key: key(), statement: statement, form: ClaimForm.allCases.randomElement(using: &random) ?? .ownBuild,
            source: text(),
            observedAt: Timestamp(secondsSince1970: Int64.random(in: Int64.min...Int64.max, using: &random)),
            inputs: Bool.random(using: &random) ? digest() : nil, evidence: digest(),
            log: Bool.random(using: &random) ? key() : nil)
    }
}
