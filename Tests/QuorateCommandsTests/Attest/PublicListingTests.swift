import ClaimSources
import Foundation
import Quorum
import StoreFormats
import TestSupport
import Testing

@testable import QuorateCommands

@Suite("What the world knows of")
struct PublicListingTests {
    private let folder: TemporaryFolder
    private let listed: StorePath
    private let secret: StorePath
    private let guix: StorePath

    init() throws {
        folder = try TemporaryFolder()
        listed = try StorePath("/nix/store/00000000000000000000000000000001-known")
        secret = try StorePath("/nix/store/00000000000000000000000000000002-secret")
        guix = try StorePath("/gnu/store/00000000000000000000000000000003-known", in: .gnu)
        try folder.write("cache/nix-cache-info", "StoreDir: /nix/store\n")
        try folder.write("cache/\(listed.hashPart).narinfo", "StorePath: \(listed.path)\nURL: x\n")
        // A cache that says something else under the hash part knows nothing of the name.
        try folder.write("cache/\(secret.hashPart).narinfo", "StorePath: /nix/store/\(secret.hashPart)-guess\n")
    }

    private func standings(
        _ policy: String, patterns: [String] = []
    ) async throws -> [StorePath: PublicListing.Standing] {
        let resources = HTTPResources()
        let listing = PublicListing(
            policy: policy.isEmpty ? nil : try Policy.parse(policy), patterns: patterns.compactMap(GlobPattern.init),
            resources: resources)
        let standings = await listing.standings(of: [listed, secret, guix])
        listing.shutdown()
        await resources.shutdown()
        return standings
    }

    private var line: String {
        let key = try? NixSecretKey.generate(name: "cache-1").publicKey.description
        return "cache c nix \(key ?? "") file://\(folder.file("cache"))\n"
    }

    @Test("Listed is what a cache knows by its name") func lists() async throws {
        let standings = try await standings(line)
        #expect(standings[listed] == .listed)
        #expect(standings[secret] == .unlisted)
        #expect(standings[guix] == .unasked)
    }

    @Test("Patterns allow names and paths, without a question") func patterns() async throws {
        let byName = try await standings("", patterns: ["sec*"])
        #expect(byName[secret] == .declared)
        #expect(byName[listed] == .unasked)
        let byPath = try await standings(line, patterns: ["/gnu/store/*-known"])
        #expect(byPath[guix] == .declared)
        #expect(byPath[secret] == .unlisted)
    }

    @Test("A cache that does not answer says nothing") func silence() async throws {
        let missing = line.replacing("file://\(folder.file("cache"))", with: "http://127.0.0.1:9")
        let standings = try await standings(missing)
        guard case .unknown? = standings[listed] else {
            Issue.record("\(String(describing: standings[listed]))")
            return
        }
    }
}
