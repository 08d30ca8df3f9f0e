import ClaimSources
import Foundation
import GuixFormats
import Quorum
import StoreFormats
import Testing

/// Narinfos as real Guix servers sent them, and what can be done to them.
struct GuixNarInfoVerifierTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures/guix/servers")
    private static let time = Timestamp(secondsSince1970: 1_800_000_000)
    private static let servers = ["vm", "vm2"]
    private static let repro = "zpqgjbic303ag3ps308ad3mi1rx4g6p2"
    private static let source = "z5hrbzkaavvdqs6332jip86ssncqf7gn"

    let policy: Policy
    let verifier: NarInfoVerifier

    init() throws {
        let lines = try Self.servers.map { server in
            "cache \(server) guix \(try Self.key(server).hexadecimal) http://\(server).example builds\n"
        }
        policy = try Policy.parse(lines.joined() + "group farms 2 vm vm2\nquorum guix farms\n")
        verifier = NarInfoVerifier(policy: policy)
    }

    private static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
    }

    private static func key(_ server: String) throws -> GuixPublicKey {
        try GuixPublicKey(fileContents: bytes("\(server)/signing-key.pub"))
    }

    private func verify(_ bytes: [UInt8], asked: String = repro) throws(SourceTrouble) -> CacheStatement {
        try verifier.verify(bytes, asked: asked, in: .gnu, source: "http://x/", at: Self.time)
    }

    private func identity(_ leaf: String) -> KeyIdentity? { policy.caches.first { $0.name == leaf }?.key.identity }

    @Test(arguments: servers)
    func readsRealNarInfos(_ server: String) throws {
        let bytes = try Self.bytes("\(server)/\(Self.repro).narinfo")
        let statement = try verify(bytes)
        #expect(statement.claims.map(\.key) == [identity(server)].compactMap { $0 })
        #expect(statement.refused.isEmpty)
        #expect(statement.evidence == bytes)
        let claim = try #require(statement.claims.first)
        #expect(claim.subject == .storePath("/gnu/store/\(Self.repro)-repro-1.0"))
        #expect(claim.statement == .outcome(statement.narInfo.outcome))
        #expect(claim.form == .cacheSignature)
        #expect(!statement.narInfo.downloads.isEmpty)
        #expect(statement.narInfo.downloads.allSatisfy { $0.url.hasPrefix("nar/") })
        // Who asks for a path of Nix's store gets nothing out of it.
        #expect(throws: SourceTrouble.self) {
            try verifier.verify(bytes, asked: Self.repro, in: .nix, source: "s", at: Self.time)
        }
        #expect(throws: SourceTrouble.self) { try verify(bytes, asked: Self.source) }
    }

    /// A signature belongs to its key, whoever served it; the addresses below it to nobody.
    @Test func whatIsBelowTheSignatureDoesNotMatter() throws {
        let text = String(decoding: try Self.bytes("vm/\(Self.repro).narinfo"), as: UTF8.self)
        let other = text.replacing("URL: nar/", with: "URL: https://elsewhere.example/")
        let statement = try verify(Array(other.utf8))
        #expect(statement.claims.map(\.key) == [identity("vm")].compactMap { $0 })
        #expect(statement.narInfo.downloads.allSatisfy { $0.url.hasPrefix("https://elsewhere.example/") })
    }

    /// Any byte of what is signed, changed: nothing is claimed.
    @Test func claimsNothingForWhatWasChanged() throws {
        let bytes = try Self.bytes("vm2/\(Self.repro).narinfo")
        let text = String(decoding: bytes, as: UTF8.self)
        let signed = try #require(text.split(separator: "Signature:").first).utf8.count
        for index in stride(from: 0, to: signed, by: 3) {
            var changed = bytes
            changed[index] ^= 1
            let statement = try? verify(changed)
            #expect(statement?.claims.isEmpty ?? true, "byte \(index)")
        }
    }

    @Test func namesTheKeyThatThePolicyDoesNotName() throws {
        let stranger = try GuixSecretKey.generate()
        guard case .guix(let narInfo) = try verify(try Self.bytes("vm/\(Self.repro).narinfo")).narInfo.form else {
            Issue.record("not Guix's")
            return
        }
        let resigned = try GuixNarInfo(
            storePath: narInfo.storePath, narHash: narInfo.narHash, narSize: narInfo.narSize,
            references: narInfo.references, downloads: [], signedBy: stranger, host: "x")
        let statement = try verify(resigned.serialized)
        #expect(statement.claims.isEmpty)
        #expect(
            statement.refused
                == ["signed by a key that the policy does not name: \(stranger.publicKey.hexadecimal)"])
        let unsigned = Array(narInfo.signedPart) + Array("URL: nar/x\nCompression: gzip\n".utf8)
        #expect((try? verify(unsigned))?.claims.isEmpty ?? true)
        // Signed by one key in the name of another.
        let forged = String(decoding: resigned.serialized, as: UTF8.self)
            .replacing("NarSize: \(narInfo.narSize)", with: "NarSize: \(narInfo.narSize + 1)")
        let refused = try verify(Array(forged.utf8)).refused
        #expect(refused == ["signature of the key \(stranger.publicKey.hexadecimal) does not verify"])
    }

    /// Some signers write numbers with zeros in front, or keys that are none: people are told what is the matter.
    @Test(arguments: [
        ("(r #", "(r #00", "r has zeros in front"), ("(s #", "(s #00", "s has zeros in front"),
        ("(r #", "(r #01", "r has 33 bytes"), ("(curve Ed25519)", "(curve NIST)", "not (ecc (curve Ed25519)"),
        ("rfc6979", "pkcs1", "rfc6979"), ("sig-val", "sig-value", "no (sig-val"),
    ])
    func saysWhyASignatureCannotBeRead(part: String, other: String, reason: String) throws {
        let text = String(decoding: try Self.bytes("vm/\(Self.repro).narinfo"), as: UTF8.self)
        let start = try #require(text.range(of: "Signature: 1;vm;")).upperBound
        let end = try #require(text[start...].firstIndex(of: "\n"))
        let expression = String(decoding: try Base64.decode(String(text[start..<end])), as: UTF8.self)
        let range = try #require(expression.range(of: part))
        let changed = Base64.encode(Array(expression.replacingCharacters(in: range, with: other).utf8))
        let statement = try verify(Array("\(text[..<start])\(changed)\(text[end...])".utf8))
        #expect(statement.claims.isEmpty && statement.refused.count == 1)
        let words = try #require(statement.refused.first)
        #expect(words.hasPrefix("a signature that cannot be read: signature: ") && words.contains(reason), "\(words)")
    }

    /// Guix has no `CA` field; the name of a source says it all the same.
    @Test func aSourceCommitsToItsContents() throws {
        let narInfo = try verify(try Self.bytes("vm/\(Self.source).narinfo"), asked: Self.source).narInfo
        guard case .outcome(let outcome) = ContentCommitment(narInfo) else {
            Issue.record("commits to nothing")
            return
        }
        #expect(outcome == narInfo.outcome)
        guard case .none = ContentCommitment(try verify(try Self.bytes("vm/\(Self.repro).narinfo")).narInfo) else {
            Issue.record("a build's output commits to nothing")
            return
        }
    }
}
