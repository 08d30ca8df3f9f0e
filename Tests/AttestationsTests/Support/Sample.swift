import Attestations
import Crypto
import Foundation
import Quorum
import StoreFormats
import Testing

/// Statements and keys that tests start from; the same in every run.
enum Sample {
    static func bytes(_ name: String) throws -> [UInt8] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return [UInt8](try Data(contentsOf: folder.appendingPathComponent("Vectors/\(name)")))
    }

    static func json(_ name: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(try bytes(name))) as? [String: Any])
    }

    static func hex(_ text: Any?) throws -> [UInt8] { try Base16.decode(try #require(text as? String)) }

    static func signer(seed: [UInt8]) throws -> AttestationSigner {
        let key = try Curve25519.Signing.PrivateKey(rawRepresentation: seed)
        return try AttestationSigner(publicKey: Array(key.publicKey.rawRepresentation)) { message in
            Array(try key.signature(for: message))
        }
    }

    static func signer(_ number: UInt8 = 1) throws -> AttestationSigner {
        try signer(seed: [UInt8](repeating: number, count: 32))
    }

    static func digest(_ byte: UInt8) throws -> Digest256 {
        try #require(Digest256([UInt8](repeating: byte, count: 32)))
    }

    static func narHash(_ byte: UInt8) throws -> NarHash { try #require(NarHash([UInt8](repeating: byte, count: 32))) }

    static func path(_ number: Int, _ name: String, in store: StoreDirectory = .nix) throws -> StorePath {
        let digits = [UInt8](repeating: 0, count: 18) + [UInt8(number >> 8), UInt8(number & 0xFF)]
        return try StorePath(hashPart: digits, name: name, in: store)
    }

    static let time = Timestamp(secondsSince1970: 1_767_225_600)  // 2026-01-01T00:00:00Z

    static func derivation(in store: StoreDirectory = .nix) throws -> BuiltDerivation {
        try BuiltDerivation(
            path: path(1, "hello-2.12.1.drv", in: store), sha256: digest(0xDD), system: "x86_64-linux")
    }

    static func output(
        _ name: String = "out", number: Int = 2, references: Int = 2, in store: StoreDirectory = .nix
    ) throws -> BuiltOutput {
        let list = try (0..<references).map { try path(100 + $0, "lib-\($0)", in: store) }
        return BuiltOutput(
            name: name, path: try path(number, name == "out" ? "hello-2.12.1" : "hello-2.12.1-\(name)", in: store),
            narHash: try narHash(UInt8(number)), narSize: 226_560, references: try ReferenceList(list))
    }

    static func provenance(
        outputs: [BuiltOutput]? = nil, inputs: Digest256? = nil, in store: StoreDirectory = .nix
    ) throws -> ProvenanceStatement {
        try ProvenanceStatement(
            derivation: derivation(in: store), outputs: outputs ?? [output(in: store)], inputs: inputs, startedOn: time)
    }

    static func failure(reason: String = "exit 1", inputs: Digest256? = nil) throws -> FailureStatement {
        try FailureStatement(
            derivation: derivation(), paths: [path(2, "hello-2.12.1"), path(3, "hello-2.12.1-doc")], reason: reason,
            inputs: inputs, startedOn: time)
    }

    static func debian(
        version: String = "1:2.10+dfsg-3~bpo1", fileVersion: String = "2.10+dfsg-3~bpo1", hasSource: Bool = true
    ) throws -> DebianStatement {
        func artifact(_ package: String) -> DebianArtifact {
            DebianArtifact(
                fileName: "\(package)_\(fileVersion)_amd64.deb", package: package, version: version,
                architecture: "amd64")
        }
        return try DebianStatement(
            source: "hello", version: version, architecture: "amd64", distribution: "debian-12",
            buildinfo: .init(name: "hello_\(fileVersion)_amd64.buildinfo", sha256: digest(0xB1)),
            sourceFile: hasSource ? .init(name: "hello_\(fileVersion).dsc", sha256: digest(0xD5)) : nil,
            products: [
                .init(artifact: artifact("hello-dbgsym"), sha256: digest(0x02)),
                .init(artifact: artifact("hello"), sha256: digest(0x01)),
            ], inputs: nil, startedOn: time)
    }

    /// The text of a payload with a part replaced, which must be there.
    static func replacing(_ part: String, with other: String, in payload: [UInt8]) throws -> [UInt8] {
        let text = try #require(String(validating: payload, as: UTF8.self))
        try #require(text.contains(part), "\(part)")
        return Array(text.replacingOccurrences(of: part, with: other).utf8)
    }
}
