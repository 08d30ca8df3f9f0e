import Attestations
import ClaimSources
import Foundation
import Ledger
import LedgerSQLite
import Quorum
import TestSupport
import Testing
import TransparencyLog

@testable import Verification

/// What a monitor finds that following alone does not.
struct LogMonitorTests {
    /// Looks once at the logs of a policy, into a ledger that is kept in the scene's folder.
    private func look(
        _ scene: LogScene, _ policy: Policy, own: Set<KeyIdentity> = [],
        isOwn: @escaping @Sendable (Claim) async -> Bool = { _ in true }
    ) async throws -> MonitorReport {
        let resources = HTTPResources()
        let result: Result<MonitorReport, any Error>
        do {
            let ledger = try scene.ledger()
            let logs = LogSet(
                policy: policy, memory: LogMemory(directory: scene.folder.path), ledger: ledger, resources: resources,
                others: Array(own), now: { scene.now })
            let monitor = LogMonitor(logs: logs, ledger: ledger, resources: resources, ownKeys: own, isOwn: isOwn)
            result = .success(await monitor.check())
        } catch {
            result = .failure(error)
        }
        await resources.shutdown()
        return try result.get()
    }

    /// A witness's folder as it serves what it has seen.
    private func witnessed(_ note: SignedNote, of log: TestLog) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write(Checkpoint.pathName(ofOrigin: log.origin) + "/checkpoint", note.bytes)
        return folder
    }

    @Test func nothingToTell() async throws {
        let log = try TestLog()
        try log.attest(0..<300)
        let old = try log.publish()
        try log.attest(300..<400)
        try log.publish()
        let behind = try witnessed(old, of: log)
        let report = try await look(
            LogScene(), log.policy(witnessURLs: ["file://" + behind.path, "file:///nothing/here"]),
            own: [log.builderKey])
        #expect(report.alarms.isEmpty)
        #expect(report.troubles.count == 1)
        #expect(report.statuses.map(\.standing) == [.current])
    }

    @Test(arguments: [10, 12, 5])
    func aWitnessHasSeenAnotherHistory(size: Int) async throws {
        let log = try TestLog()
        try log.attest(0..<4)
        let twin = try log.twin()
        try log.attest(4..<10)
        try log.publish()
        try twin.attest((100 + 4)..<(100 + size))
        let folder = try witnessed(try twin.note(at: [1_800_000_000], by: [log.witnesses[0]]), of: log)
        let scene = try LogScene()
        let policy = try log.policy(witnessURLs: ["file://" + folder.path])
        let report = try await look(scene, policy)
        // A larger tree needs its own tiles to be compared, and the log shows those of the other history.
        #expect(report.alarms.map(\.word) == [size > 10 ? "withheld" : "split"])
        #expect(report.alarms.first?.description.contains("w1") == true)
        if size <= 10 {
            #expect(scene.evidence.count == 4)
            // From now on nobody on this machine counts what the log holds.
            let status = try await scene.follow(policy)
            #expect(status.standing == .forked)
        }
    }

    @Test func aWitnessHasSeenMore() async throws {
        let log = try TestLog()
        try log.attest(0..<10)
        let shown = try log.publish()
        try log.attest(10..<20)
        let seen = try log.publish()
        let folder = try witnessed(seen, of: log)
        try log.show(shown)
        let policy = try log.policy(witnessURLs: ["file://" + folder.path])
        // The tiles are there, and the checkpoint is on its way.
        #expect(try await look(LogScene(), policy).alarms.isEmpty)
        for name in ["tile/0/000.p/20", "tile/entries/000.p/20"] {
            try FileManager.default.removeItem(atPath: log.folder.file(name))
        }
        #expect(try await look(LogScene(), policy).alarms.map(\.word) == ["withheld"])
    }

    @Test func aBuilderContradictsItself() async throws {
        let log = try TestLog()
        try log.attest(0..<300)
        try log.append([TestLog.failure(7, by: log.attester).leaf])
        try log.publish()
        let scene = try LogScene()
        #expect(try await look(scene, log.policy()).alarms.isEmpty)
        try log.attest(7..<8, byte: 9)
        try log.attest(400..<401)
        try log.attest(400..<401, byte: 2)
        try log.publish(at: 1_800_000_060)
        let report = try await look(scene, log.policy())
        #expect(report.alarms.map(\.word) == ["contradiction", "contradiction"])
        let words = report.alarms.map(\.description)
        #expect(words.contains { $0.contains("2 outcomes of \(TestLog.path(7))") && $0.contains("/proof/301") })
        #expect(words.contains { $0.contains("2 outcomes of \(TestLog.path(400))") })
        // Told once.
        #expect(try await look(scene, log.policy()).alarms.isEmpty)
    }

    @Test func claimsUnderMyKeyThatIDidNotMake() async throws {
        let log = try TestLog()
        let mine = try NoteSigner.generate(name: "me.example", kind: .ed25519)
        try log.attest(0..<10)
        try log.append([
            TestLog.attestation(1, by: TestLog.attester(mine)).leaf,
            TestLog.attestation(2, by: TestLog.attester(mine)).leaf,
        ])
        try log.publish()
        let report = try await look(LogScene(), log.policy(), own: [TestLog.identity(mine.key)]) {
            $0.subject == TestLog.subject(1)
        }
        #expect(report.alarms.map(\.word) == ["foreign"])
        #expect(report.alarms.first?.description.contains("/proof/11") == true)
    }

    @Test func standingOfLogsIsToldToo() async throws {
        let log = try TestLog()
        try log.attest(0..<10)
        try log.publish()
        let scene = try LogScene()
        #expect(try await look(scene, log.policy()).alarms.isEmpty)
        scene.advance(10 * 86_400)
        let report = try await look(scene, log.policy())
        #expect(report.alarms.map(\.word) == ["frozen"])
        #expect(report.alarms.first?.description.contains(log.origin) == true)
    }
}
