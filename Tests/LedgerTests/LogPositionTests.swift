import GRDB
import Ledger
import LedgerSQLite
import Quorum
import TestSupport
import Testing

/// How far logs have been read.
struct LogPositionTests {
    private func key(_ byte: UInt8) throws -> KeyIdentity {
        try #require(KeyIdentity(algorithm: .ed25519, bytes: [UInt8](repeating: byte, count: 32)))
    }

    @Test(arguments: LedgerSuiteTests.Backend.allCases)
    func theNewestWordCounts(_ backend: LedgerSuiteTests.Backend) async throws {
        let folder = try TemporaryFolder()
        let ledger = try backend.open(in: folder)
        let (log, a, b) = (try key(1), try key(2), try key(3))
        #expect(try await ledger.positions(inLog: log).isEmpty)
        func record(_ positions: LogPosition...) async throws {
            var batch = LedgerBatch()
            batch.positions = positions
            try await ledger.record(batch)
        }
        try await record(
            LogPosition(log: log, builder: a, next: 10), LogPosition(log: log, builder: b, next: 256),
            LogPosition(log: b, builder: a, next: 7))
        #expect(try await ledger.positions(inLog: log) == [a: 10, b: 256])
        try await record(LogPosition(log: log, builder: a, next: 300))
        try await record(LogPosition(log: log, builder: b, next: 0))
        #expect(try await ledger.positions(inLog: log) == [a: 300, b: 0])
        #expect(try await ledger.positions(inLog: b) == [a: 7])
    }

    @Test func damagedRowsAreReadAgain() async throws {
        let folder = try TemporaryFolder()
        let ledger = try LedgerSuiteTests.Backend.file.open(in: folder)
        let log = try key(1)
        var batch = LedgerBatch()
        batch.positions = [LogPosition(log: log, builder: try key(2), next: 5)]
        try await ledger.record(batch)
        for damage in ["next = -1", "builder = 'ed25519:00'", "builder = 'rsa:00'"] {
            try await DatabaseQueue(path: folder.file("ledger.sqlite")).write {
                try $0.execute(sql: "UPDATE logPosition SET \(damage)")
            }
            #expect(try await ledger.positions(inLog: log).isEmpty)
        }
    }
}
