import ClaimSources
import Foundation
import Ledger
import LedgerSQLite
import Quorum
import Synchronization
import TestSupport
import Verification

/// A machine's state folder, with a clock that a test moves.
final class LogScene: Sendable {
    let folder: TemporaryFolder
    private let clock = Mutex<Int64>(1_800_000_100)

    init() throws { folder = try TemporaryFolder() }

    var now: Timestamp { Timestamp(secondsSince1970: clock.withLock { $0 }) }

    func advance(_ seconds: Int64) { clock.withLock { $0 += seconds } }

    var seal: ClaimSeal { ClaimSeal(key: [UInt8](repeating: 9, count: 32)) }
    var ledgerPath: String { folder.file("ledger.sqlite") }

    func ledger() throws -> SQLiteLedger { try SQLiteLedger(path: ledgerPath, seal: seal) }

    /// Logs and inquirer as a program that has just been started makes them.
    struct Program: Sendable {
        let logs: LogSet
        let inquirer: Inquirer
        let ledger: any Ledger

        /// The verdict about a path, from the ledger.
        func verdict(_ number: Int) async -> (word: String, refused: [String], reports: [String]) {
            let subject = TestLog.subject(number)
            let key = LookupKey(subject)
            let result = await inquirer.inquire([key], subjects: [key: [subject]])
            guard let finding = result.findings.first, let verdict = finding.verdict(on: subject) else {
                return ("none", [], [])
            }
            let refused = verdict.assessments.compactMap { assessment -> String? in
                if case .refused(let why) = assessment.result { why.description } else { nil }
            }
            return (verdict.status.word, refused, finding.reports.map { $0.reason ?? $0.word })
        }
    }

    func withProgram<Value>(
        _ policy: Policy, ledger: (any Ledger)? = nil, seal: ClaimSeal? = nil, remembers: Bool = true,
        others: [KeyIdentity] = [], limits: HTTPLimits = HTTPLimits(), _ body: (Program) async throws -> Value
    ) async throws -> Value {
        let resources = HTTPResources()
        let result: Result<Value, any Error>
        do {
            let seal = seal ?? self.seal
            let ledger = try ledger ?? SQLiteLedger(path: ledgerPath, seal: seal)
            let logs = LogSet(
                policy: policy, memory: remembers ? LogMemory(directory: folder.path) : LogMemory(), ledger: ledger,
                limits: limits, resources: resources, others: others, now: { self.now })
            let caches = CacheSet(policy: policy, limits: limits, pausesAfterTrouble: false, resources: resources)
            let inquirer = Inquirer(
                policy: policy, caches: caches, logs: logs, ledger: ledger, seal: seal, state: LocalState(),
                now: { self.now })
            result = .success(try await body(Program(logs: logs, inquirer: inquirer, ledger: ledger)))
            logs.shutdown()
        } catch {
            result = .failure(error)
        }
        await resources.shutdown()
        return try result.get()
    }

    /// Follows once and says how the one log stands.
    func follow(_ policy: Policy, limits: HTTPLimits = HTTPLimits()) async throws -> LogStatus {
        try await withProgram(policy, limits: limits) { program in
            guard let status = await program.logs.follow().first else { throw TestLog.Oddity() }
            return status
        }
    }

    /// The files of the evidence against logs, with their folders.
    var evidence: [String] {
        (FileManager.default.enumerator(atPath: folder.file("forks"))?.compactMap { $0 as? String } ?? [])
            .filter { $0.split(separator: "/").count == 3 }.sorted()
    }
}
