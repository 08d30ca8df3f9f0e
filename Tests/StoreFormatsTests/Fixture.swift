import Foundation

@testable import StoreFormats

/// Files made by real tools; see the README.md beside them.
enum Fixture {
    static let nix = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/nix")

    static let caches = ["a", "b", "c"]

    /// The narinfos of all three caches, as `a/<hash part>.narinfo`.
    static let narInfos: [String] = caches.flatMap { files(in: $0, suffix: ".narinfo") }

    static func files(in folder: String, suffix: String) -> [String] {
        let names =
            (try? FileManager.default.contentsOfDirectory(atPath: nix.appendingPathComponent(folder).path)) ?? []
        return names.filter { $0.hasSuffix(suffix) }.sorted().map { "\(folder)/\($0)" }
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: nix.appendingPathComponent(name)))
    }

    static func key(_ cache: String) throws -> NixPublicKey {
        try NixPublicKey(fileContents: try bytes("\(cache).pub"))
    }
}

/// A source of random numbers that gives the same ones in every run, so that a failure can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
