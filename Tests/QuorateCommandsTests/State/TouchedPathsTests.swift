import ClientSetup
import Ledger
import LedgerSQLite
import Quorum
import StoreFormats
import Testing
import Verification

@testable import QuorateCommands

/// What is installed thanks to somebody who is revoked.
@Suite struct TouchedPathsTests {
    private let stolen: NixSecretKey
    private let other: NixSecretKey
    private let ledger: SQLiteLedger

    init() throws {
        stolen = try NixSecretKey.generate(name: "stolen.example-1")
        other = try NixSecretKey.generate(name: "other.example-1")
        ledger = try SQLiteLedger(inMemory: ClaimSeal(key: [UInt8](repeating: 3, count: 32)))
    }

    private func digest(_ number: Int) -> Digest256 { sha256(Array("\(number)".utf8)) }

    private func path(_ number: Int) -> String {
        "/nix/store/" + String(repeating: "0", count: 28) + String(1000 + number) + "-x"
    }

    private func outcome(_ number: Int) -> StorePathOutcome {
        StorePathOutcome(narHash: digest(number), narSize: 100, references: [])
    }

    private func identity(_ key: NixSecretKey) throws -> KeyIdentity {
        try #require(KeyIdentity(algorithm: .ed25519, bytes: key.publicKey.bytes))
    }

    private func claim(_ number: Int, outcome: Int, by key: NixSecretKey) throws -> NewClaim {
        let evidence = Array("\(number) \(outcome) \(key.name)".utf8)
        return NewClaim(
            claim: Claim(
                subject: .storePath(path(number)), key: try identity(key),
                statement: .outcome(.storePath(self.outcome(outcome))), form: .cacheSignature,
                source: "https://a.example/", observedAt: Timestamp(secondsSince1970: 1), evidence: sha256(evidence)),
            evidence: evidence)
    }

    private func revocations(_ line: String) throws -> Revocations { try Revocations(text: line + "\n") }

    @Test func listsWhatTheKeyStatedInTheLedger() async throws {
        // More than are looked up at a time; the gateway's own signature says nothing of who agreed.
        let installed = (0..<1200).map {
            InstalledPath(path: path($0), outcome: outcome($0), signatures: ["quorate-gateway-1:AAAA"])
        }
        try await ledger.record(
            LedgerBatch(claims: [
                try claim(1, outcome: 1, by: stolen), try claim(1, outcome: 1, by: other),
                try claim(2, outcome: 2, by: other),
                // It stated something else than what is installed.
                try claim(3, outcome: 4, by: stolen), try claim(3, outcome: 3, by: other),
                try claim(1100, outcome: 1100, by: stolen),
            ]))
        let key = try revocations("revoke key nix \(stolen.publicKey)")
        #expect(try await TouchedPaths.find(key, in: installed, ledger: ledger) == [path(1), path(1100)].sorted())
        #expect(try await TouchedPaths.find(Revocations(), in: installed, ledger: ledger).isEmpty)
    }

    @Test func listsWhatTheKeySignedAndWhatIsARevokedOutcome() async throws {
        let storePath = try StorePath(path(5), in: .nix)
        let signed = try NarInfo(
            storePath: storePath, url: "x", compression: .none, narHash: try #require(NarHash(digest(5).bytes)),
            narSize: 100, references: []
        ).signed(by: stolen)
        let installed = [
            InstalledPath(path: path(5), outcome: outcome(5), signatures: signed.signatures.map(\.description)),
            // The same signature does not speak of another path.
            InstalledPath(path: path(6), outcome: outcome(6), signatures: signed.signatures.map(\.description)),
            InstalledPath(path: path(7), outcome: outcome(7)),
        ]
        let key = try revocations("revoke key nix \(stolen.publicKey)")
        #expect(try await TouchedPaths.find(key, in: installed, ledger: ledger) == [path(5)])
        let outcome = try revocations("revoke outcome sha256:\(digest(7).hex)")
        #expect(try await TouchedPaths.find(outcome, in: installed, ledger: ledger) == [path(7)])
    }
}
