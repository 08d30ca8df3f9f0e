import Foundation

/// The three small binary caches in `Tests/Fixtures/nix`; see the README.md there.
package enum CacheFixture {
    package static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/nix").path

    package static let caches = ["a", "b", "c"]

    /// The hash parts of the paths that every one of the caches has.
    package static let hashParts: [String] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder + "/a")) ?? []
        return names.filter { $0.hasSuffix(".narinfo") }.map { String($0.dropLast(".narinfo".count)) }.sorted()
    }()

    /// A file of a cache, such as `a/nix-cache-info`; nil when it is not there.
    package static func bytes(_ name: String) -> [UInt8]? {
        (try? Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))).map(Array.init)
    }

    package static func text(_ name: String) -> String? { bytes(name).map { String(decoding: $0, as: UTF8.self) } }

    /// The public key of a cache as Nix writes it.
    package static func key(_ cache: String) -> String {
        (text(cache + ".pub") ?? "").filter { !$0.isWhitespace }
    }

    /// The narinfo of a path in a cache.
    package static func narInfo(_ cache: String, _ hashPart: String) -> String {
        text("\(cache)/\(hashPart).narinfo") ?? ""
    }

    /// A policy of the three caches at their addresses, of which `threshold` have to agree.
    package static func policyText(
        _ addresses: [String], threshold: Int = 2, word: String = "builds"
    ) -> String {
        var lines: [String] = []
        for (name, address) in zip(caches, addresses) {
            lines.append("cache \(name) nix \(key(name)) \(address) \(word)")
        }
        lines.append("group farms \(threshold) \(caches.prefix(addresses.count).joined(separator: " "))")
        lines.append("quorum nix farms")
        return lines.map { $0 + "\n" }.joined()
    }
}
