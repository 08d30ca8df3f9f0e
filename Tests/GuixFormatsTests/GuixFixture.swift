import Foundation
import StoreFormats

@testable import GuixFormats

/// Files made by real Guix; see the README.md beside them.
enum GuixFixture {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/guix")

    /// The narinfos of all servers, as `servers/vm/<hash part>.narinfo`.
    static let narInfos: [String] = ["servers/vm", "servers/vm2", "servers/other", "keys"].flatMap { server in
        let names =
            (try? FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent(server).path)) ?? []
        return names.filter { $0.hasSuffix(".narinfo") }.sorted().map { "\(server)/\($0)" }
    }

    static let keyNames = ["ecc", "rsa2048", "rsa3072-41"]

    static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
    }

    static func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }

    /// The key of whoever signed a narinfo of ``narInfos``.
    static func key(of narInfo: String) throws -> GuixPublicKey {
        let place = narInfo.hasPrefix("keys/") ? narInfo.dropLast(".narinfo".count) + ".pub" : server(of: narInfo)
        return try GuixPublicKey(fileContents: try bytes(String(place)))
    }

    private static func server(of narInfo: String) -> Substring {
        narInfo[...(narInfo.lastIndex(of: "/") ?? narInfo.startIndex)] + "signing-key.pub"
    }

    static func secret(_ name: String) throws -> GuixSecretKey {
        try GuixSecretKey(fileContents: try bytes("keys/\(name).sec"))
    }
}
