import Foundation
import GuixFormats
import Proofs
import Quorum

/// What real Guix servers signed of one path, with a key of the old kind among theirs.
enum GuixSample {
    static let subject = Subject.storePath("/gnu/store/zpqgjbic303ag3ps308ad3mi1rx4g6p2-repro-1.0")

    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures/guix")

    /// Each server's narinfo, and its key.
    static let files = [
        "vm": ("servers/vm/zpqgjbic303ag3ps308ad3mi1rx4g6p2.narinfo", "servers/vm/signing-key.pub"),
        "vm2": ("servers/vm2/zpqgjbic303ag3ps308ad3mi1rx4g6p2.narinfo", "servers/vm2/signing-key.pub"),
        "old": ("keys/rsa2048.narinfo", "keys/rsa2048.pub"),
        "oldest": ("keys/rsa3072-41.narinfo", "keys/rsa3072-41.pub"),
    ]

    static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
    }

    static func narInfo(_ server: String) throws -> GuixNarInfo {
        guard let (file, _) = files[server] else { throw World.Trouble() }
        return try GuixNarInfo(parsing: bytes(file))
    }

    static func evidence(_ server: String) throws -> GuixCacheEvidence { try GuixCacheEvidence(narInfo(server)) }

    /// The line of a policy for a server.
    static func line(_ server: String, as name: String? = nil) throws -> String {
        guard let (_, file) = files[server] else { throw World.Trouble() }
        let key = try GuixPublicKey(fileContents: bytes(file))
        let text = key.algorithm == .rsa ? "\"\(key.oneLine)\"" : key.hexadecimal
        return "cache \(name ?? server) guix \(text) https://\(name ?? server).example builds\n"
    }

    /// A policy under which all of some servers have to agree.
    static func policy(_ servers: [String]) throws -> Policy {
        let lines = try servers.map { try line($0) }.joined()
        return try Policy.parse("\(lines)group farms all \(servers.joined(separator: " "))\nquorum guix farms\n")
    }

    static func container(_ evidence: [GuixCacheEvidence], about subject: Subject = subject) throws -> ProofContainer {
        try ProofContainer(subject: subject, policy: [], evidence: evidence.map { .guixCache($0) })
    }

    static func verify(
        _ evidence: [GuixCacheEvidence], about subject: Subject = subject, policy: [String],
        contents: ProofContents? = nil
    ) throws -> ProofReport {
        ProofVerifier(policy: try Self.policy(policy), context: TallyContext(now: World.now))
            .verify(try container(evidence, about: subject), contents: contents)
    }
}
