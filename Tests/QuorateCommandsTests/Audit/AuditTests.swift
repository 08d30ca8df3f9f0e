import ClaimSources
import ClientSetup
import FoundationEssentials
import Ledger
import LedgerSQLite
import Quorum
import StoreFormats
import TestSupport
import Testing
import Verification

@testable import QuorateCommands

/// Audits a store that nix itself made from the caches among the fixtures.
@Suite struct AuditTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Small paths whose NARs are among the fixtures, by name.
    private static let names = [
        "ref-a-1.0", "ref-b-1.0", "modes-1.0", "fixed-flat-1.0", "structured-1.0", "timestamp-1.0",
    ]

    private static let isNixHere = ProgramOutput.exists("nix")

    /// Copies paths from a cache into a store below the folder, with nix.
    private func install(from cache: String) async throws -> InstalledPaths {
        let hashParts = CacheFixture.hashParts.filter { hashPart in
            Self.names.contains { CacheFixture.narInfo(cache, hashPart).contains("-\($0)\n") }
        }
        let paths = hashParts.compactMap { hashPart in
            CacheFixture.narInfo(cache, hashPart).split(separator: "\n").first.map { String($0.dropFirst(11)) }
        }
        let wanted = paths.filter { path in Self.names.contains { path.hasSuffix("-\($0)") } }
        #expect(wanted.count == Self.names.count)
        let copied = await ProgramOutput.of(
            [
                "nix", "--extra-experimental-features", "nix-command", "--store", folder.path, "copy",
                "--no-check-sigs",
                "--from", "file://\(CacheFixture.folder)/\(cache)",
            ] + wanted)
        try #require(copied != nil)
        return try await AuditInput.read(file: nil, root: folder.path)
    }

    private func audit(_ installed: InstalledPaths, threshold: Int = 2, contents: Bool = false) async throws
        -> AuditReport
    {
        let lines = CacheFixture.caches.map {
            "cache \($0) nix \(CacheFixture.key($0)) file://\(CacheFixture.folder)/\($0) builds\n"
        }
        let policy = try Policy.parse(lines.joined() + "group farms \(threshold) a b c\nquorum nix farms\n")
        let resources = HTTPResources()
        let seal = ClaimSeal(key: Array(repeating: 7, count: 32))
        let inquirer = Inquirer(
            policy: policy,
            caches: CacheSet(policy: policy, limits: HTTPLimits(), pausesAfterTrouble: false, resources: resources),
            ledger: try SQLiteLedger(inMemory: seal), seal: seal, state: LocalState(),
            now: { Timestamp(secondsSince1970: 1_800_000_000) })
        let audit = Audit(
            inquirer: inquirer, revocations: Revocations(), maximumAge: 0, terminal: TestTerminal().terminal)
        let report = await audit.run(installed, disk: contents ? DiskContents(root: folder.path) : nil)
        await resources.shutdown()
        return report
    }

    private func standings(_ report: AuditReport) -> [String: AuditStanding] {
        Dictionary(
            report.entries.map { (String($0.installed.path.dropFirst("/nix/store/".count + 33)), $0.standing) },
            uniquingKeysWith: { first, _ in first })
    }

    @Test(.enabled(if: isNixHere)) func findsWhatDiffers() async throws {
        let installed = try await install(from: "a")
        #expect(installed.problems.isEmpty)
        let report = try await audit(installed, contents: true)
        #expect(
            standings(report) == [
                "ref-a-1.0": .agreed, "ref-b-1.0": .agreed, "modes-1.0": .agreed, "fixed-flat-1.0": .selfVerifying,
                "structured-1.0": .different, "timestamp-1.0": .split,
            ])
        #expect(report.status == .disagreement)
        #expect(report.entries.allSatisfy { $0.disk == .matches })

        let screen = TestTerminal()
        report.print(to: screen.terminal, listsAll: false, readContents: true)
        #expect(screen.output.text.contains("pm97frqrzxys26v40xfvd34v5zbgwynj-structured-1.0"))
        #expect(screen.output.text.contains("6 paths"))
    }

    @Test(.enabled(if: isNixHere)) func isContentWithWhatAllAgreeOn() async throws {
        let installed = try await install(from: "b")
        let good = InstalledPaths.filtered(installed) { !$0.path.hasSuffix("-timestamp-1.0") }
        let report = try await audit(good)
        #expect(report.status == .ok)
        #expect(report.amounts[.agreed]?.paths == 4)
    }

    @Test(.enabled(if: isNixHere)) func namesAlteredContents() async throws {
        let installed = try await install(from: "b")
        let path = try #require(installed.paths.first { $0.path.hasSuffix("-ref-b-1.0") })
        let place = folder.path + path.path
        let manager = FileManager.default
        let parent = String(place[..<(place.lastIndex(of: "/") ?? place.endIndex)])
        try manager.setAttributes([.posixPermissions: 0o755], ofItemAtPath: parent)
        try manager.setAttributes([.posixPermissions: 0o755], ofItemAtPath: place)
        try manager.removeItem(atPath: place)
        try Data("changed".utf8).write(to: URL(filePath: place))
        #expect(standings(try await audit(installed))["ref-b-1.0"] == .agreed)
        let report = try await audit(installed, contents: true)
        #expect(standings(report)["ref-b-1.0"] == .altered)
        #expect(report.status == .disagreement)
    }

    @Test(.enabled(if: isNixHere)) func writesDocumentedJSON() async throws {
        let report = try await audit(try await install(from: "a"))
        let policy = AuditPolicy(policy: .empty, file: "policy", mode: nil)
        let digest = try #require(Digest256(Array(repeating: 1, count: 32)))
        let text = String(decoding: try report.json(policy: policy, digest: digest, readContents: false), as: UTF8.self)
        for field in [
            "\"version\" : 1", "\"standing\" : \"different\"", "\"problems\" : [", "\"contentsRead\" : false",
        ] {
            #expect(text.contains(field))
        }
    }
}

extension InstalledPaths {
    /// The same list without some of its entries, read again from the text that nix would print.
    static func filtered(_ all: InstalledPaths, _ isWanted: (InstalledPath) -> Bool) -> InstalledPaths {
        let entries = all.paths.filter(isWanted).map { path in
            let references = path.outcome.references.map { "\"\($0)\"" }.joined(separator: ",")
            let address = path.contentAddress.map { ",\"ca\":\"\($0)\"" } ?? ""
            return """
                {"path":"\(path.path)","narHash":"sha256:\(path.outcome.narHash.hex)","narSize":\(path.outcome.narSize),
                 "references":[\(references)]\(address)}
                """
        }
        let text = "[" + entries.joined(separator: ",") + "]"
        return (try? InstalledPaths.parse(Array(text.utf8))) ?? all
    }
}
