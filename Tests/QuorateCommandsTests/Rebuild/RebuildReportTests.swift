import Building
import Quorum
import StoreFormats
import Testing

@testable import QuorateCommands

@Suite("What a rebuild is called")
struct RebuildReportTests {
    private let path: StorePath
    private let derivation: StorePath

    init() throws {
        path = try StorePath("/nix/store/0c5ksl9qdnq1z7ab0v4rmvllqkmlb2n5-hello-1.0")
        derivation = try StorePath("/nix/store/0c5ksl9qdnq1z7ab0v4rmvllqkmlb2n5-hello-1.0.drv")
    }

    private func outcome(_ byte: UInt8, references: [String] = []) throws -> StorePathOutcome {
        StorePathOutcome(
            narHash: try #require(Digest256([UInt8](repeating: byte, count: 32))), narSize: 96, references: references)
    }

    private func entry(
        _ attempts: [RebuildRun.Attempt], stated: [StorePathOutcome] = [], culprits: [[BuildCondition]]? = nil
    ) -> RebuildReport.Entry {
        var run = RebuildRun(derivation: derivation)
        run.outputs = [path]
        run.attempts = attempts
        run.culprits = culprits
        var entry = RebuildReport.Entry(path: path, derivation: derivation, run: run)
        entry.stated = stated.map { RebuildReport.Stated(who: "somebody", outcome: $0) }
        return entry
    }

    @Test func table() throws {
        let one = try outcome(1)
        let two = try outcome(2)
        let failed = RebuildRun.Attempt.failed(BuildFailure(.exited(status: 1)))
        let condition = try #require(BuildCondition.all(cores: 1).first)
        func built(_ outcome: StorePathOutcome) -> RebuildRun.Attempt { .built([path: outcome]) }
        let cases: [(RebuildReport.Entry, RebuildReport.Finding, QuorateCommands.ExitStatus)] = [
            (entry([built(one)]), .alone, .short),
            (entry([built(one)], stated: [one]), .same, .ok),
            (entry([built(one)], stated: [one, two]), .different, .disagreement),
            (entry([built(one)], stated: [try outcome(1, references: ["/nix/store/x"])]), .different, .disagreement),
            (entry([built(one), built(one)], stated: [one]), .same, .ok),
            (entry([built(one), built(two)], stated: [one]), .unstable, .disagreement),
            (entry([built(one), failed], stated: [one]), .unstable, .disagreement),
            (entry([failed], stated: [one]), .failed, .short),
            (entry([]), .notTried, .short),
            (entry([built(one)], stated: [one], culprits: []), .same, .ok),
            (entry([built(one)], stated: [one], culprits: [[condition]]), .fragile, .disagreement),
        ]
        for (entry, finding, status) in cases {
            #expect(entry.finding == finding)
            #expect(entry.finding.status == status)
        }
        let digest = try #require(Digest256([UInt8](repeating: 0, count: 32)))
        func status(_ entries: [RebuildReport.Entry]) -> QuorateCommands.ExitStatus {
            RebuildReport(entries: entries, policyDigest: digest, isVaried: false).status
        }
        #expect(status([]) == .ok)
        #expect(status([cases[1].0, cases[0].0]) == .short)
        #expect(status([cases[0].0, cases[2].0, cases[1].0]) == .disagreement)
    }

    @Test func isTold() throws {
        let test = TestTerminal()
        let digest = try #require(Digest256([UInt8](repeating: 0, count: 32)))
        let report = RebuildReport(
            entries: [entry([.built([path: try outcome(1)])], stated: [try outcome(2)])], policyDigest: digest,
            isVaried: false)
        report.print(to: test.terminal)
        #expect(test.output.text.contains("different"))
        #expect(test.output.text.contains("somebody"))
        #expect(test.output.text.hasSuffix("1 path: 1 different\n"))
        #expect(String(decoding: try report.json(), as: UTF8.self).contains("\"result\" : \"different\""))
    }
}
