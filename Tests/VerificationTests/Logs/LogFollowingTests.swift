import Attestations
import ClaimSources
import Foundation
import GRDB
import Ledger
import LedgerSQLite
import Quorum
import Synchronization
import TestSupport
import Testing
import TransparencyLog

@testable import Verification

/// From a log's files to verdicts.
struct LogFollowingTests {
    @Test func claimsOfALogCount() async throws {
        let log = try TestLog()
        try log.attest(0..<600)
        try log.append([TestLog.failure(600, by: log.attester).leaf])
        try log.publish()
        let scene = try LogScene()
        try await scene.withProgram(log.policy()) { program in
            let before = await program.verdict(5)
            #expect(before.word == "unclaimed")
            #expect(before.reports.first?.contains("has not been seen yet") == true)
            let status = try #require(await program.logs.follow().first)
            #expect(status.standing == .current)
            #expect(status.newClaims == 601 && status.read == 601 && status.size == 601)
            #expect(status.message == nil)
            for number in [0, 255, 256, 511, 512, 599] {
                #expect(await program.verdict(number).word == "quorate", "\(number)")
            }
            #expect(await program.verdict(600).word == "short")
            #expect(await program.verdict(601).word == "unclaimed")
        }
    }

    @Test func readsOnWhereItEnded() async throws {
        let log = try TestLog()
        let scene = try LogScene()
        var expected: [(size: Int, new: Int)] = []
        for size in [1, 2, 255, 256, 257, 300, 513, 513] {
            try log.attest(Int(log.size)..<size)
            try log.publish()
            expected.append((size, size - (expected.last?.size ?? 0)))
            // A program started anew each time: nothing but the state folder remembers.
            let status = try await scene.follow(log.policy())
            #expect(status.standing == .current)
            #expect(status.newClaims == expected.last?.new, "\(size)")
            #expect(status.read == UInt64(size))
        }
        try await scene.withProgram(log.policy()) { program in
            for number in 0..<513 where number % 50 == 0 {
                #expect(await program.verdict(number).word == "quorate")
            }
        }
    }

    @Test func emptyLogIsCurrent() async throws {
        let log = try TestLog()
        try log.publish()
        let status = try await LogScene().follow(log.policy())
        #expect(status.standing == .current && status.size == 0 && status.newClaims == 0)
    }

    @Test func aNewBuilderIsLookedForFromTheStart() async throws {
        let log = try TestLog()
        let other = try NoteSigner.generate(name: "bob.example", kind: .ed25519)
        try log.attest(0..<10)
        try log.append((0..<10).map { try TestLog.attestation($0, by: TestLog.attester(other)).leaf })
        try log.publish()
        let scene = try LogScene()
        let first = try await scene.follow(log.policy())
        #expect(first.newClaims == 10 && first.unlistedEntries == 10)
        let text = try log.policy().text
        let both = try Policy.parse(
            text.replacingOccurrences(of: "quorum nix desk", with: "builder bob \(other.key)\nquorum nix both")
                .replacingOccurrences(of: "quorum nix both", with: "group both all desk bob\nquorum nix both"))
        try await scene.withProgram(both) { program in
            #expect(await program.verdict(3).word == "short")
            let status = try #require(await program.logs.follow().first)
            #expect(status.newClaims == 10 && status.unlistedEntries == 0)
            #expect(await program.verdict(3).word == "quorate")
        }
    }

    @Test func aLedgerThatIsMovedAwayIsFilledAgain() async throws {
        let log = try TestLog()
        try log.attest(0..<20)
        try log.publish()
        let scene = try LogScene()
        #expect(try await scene.follow(log.policy()).newClaims == 20)
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: scene.ledgerPath + suffix) }
        #expect(try await scene.follow(log.policy()).newClaims == 20)
    }

    @Test func claimsCountOnlyInLogsOfThePolicy() async throws {
        let log = try TestLog()
        try log.attest(0..<3)
        try log.publish()
        let scene = try LogScene()
        _ = try await scene.follow(log.policy())
        let other = try TestLog("carol.example")
        try other.publish()
        // The builder's line names another log now, as after a move: what the first one holds is history.
        let text = "log \(other.signer.key) \(other.url)\nquorum none\nbuilder desk \(log.builder.key) \(other.url)\n"
        try await scene.withProgram(try Policy.parse(text + "quorum nix desk\n")) { program in
            _ = await program.logs.follow()
            let verdict = await program.verdict(1)
            #expect(verdict.word == "unclaimed")
            #expect(verdict.refused.first?.contains("not one that the policy names") == true)
        }
    }

    @Test func aBuilderWithoutALogUsesAllOfThePolicy() async throws {
        let log = try TestLog()
        try log.attest(0..<3)
        try log.publish()
        let text = "log \(log.signer.key) \(log.url)\nquorum none\nbuilder desk \(log.builder.key)\nquorum nix desk\n"
        let scene = try LogScene()
        try await scene.withProgram(try Policy.parse(text)) { program in
            _ = await program.logs.follow()
            #expect(await program.verdict(1).word == "quorate")
        }
    }

    @Test func rowsWithoutASealAreProvenByTheLog() async throws {
        let log = try TestLog()
        try log.attest(0..<300)
        try log.publish()
        let scene = try LogScene()
        _ = try await scene.follow(log.policy())
        try await DatabaseQueue(path: scene.ledgerPath).write { try $0.execute(sql: "UPDATE claim SET seal = NULL") }
        try await scene.withProgram(log.policy()) { program in
            #expect(await program.verdict(3).word == "quorate")
        }
        // Sealed again now, so that it counts without the log.
        try FileManager.default.removeItem(atPath: log.folder.path + "/tile")
        try await scene.withProgram(log.policy()) { program in
            #expect(await program.verdict(3).word == "quorate")
            #expect(await program.verdict(4).word == "unclaimed")
        }
    }

    @Test func aRowThatNoLogHoldsIsNotProven() async throws {
        let log = try TestLog()
        try log.attest(0..<10)
        try log.publish()
        let scene = try LogScene()
        try await scene.withProgram(log.policy()) { program in
            _ = await program.logs.follow()
            // The builder signed it, and it stands in no log: whoever writes the database may have it from anywhere.
            let leaf = try TestLog.attestation(50, by: log.attester).leaf
            let reader = LogEntryReader(builders: [log.builderKey], log: log.logKey, address: log.url)
            guard case .claims(let claims) = await reader.read(leaf, index: 4, at: scene.now, listsFrom: nil) else {
                throw TestLog.Oddity()
            }
            let forger = try SQLiteLedger(
                path: scene.ledgerPath, seal: ClaimSeal(key: [UInt8](repeating: 1, count: 32)))
            try await forger.record(LedgerBatch(claims: claims.map { NewClaim(claim: $0, evidence: leaf) }))
            #expect(await program.verdict(50).word == "unclaimed")
        }
    }

    @Test func listsOfReferencesStandBeside() async throws {
        let log = try TestLog()
        let references = (0..<400).map { TestLog.path(10_000 + $0) }
        let attestation = try TestLog.attestation(1, references: references, by: log.attester)
        let list = try #require(attestation.references.first)
        try log.append([attestation.leaf])
        try log.attest(2..<4)
        try log.publish()
        let scene = try LogScene()
        let first = try await scene.follow(log.policy())
        #expect(first.newClaims == 2 && first.pendingEntries == 1)
        // A list with other contents than its name says is none.
        try log.folder.write("references/\(list.digest.hex)", "/nix/store/00000000000000000000000000000000-x\n")
        #expect(try await scene.follow(log.policy()).pendingEntries == 1)
        try log.folder.write("references/\(list.digest.hex)", list.bytes)
        let last = try await scene.follow(log.policy())
        #expect(last.newClaims == 1 && last.pendingEntries == 0)
        try await scene.withProgram(log.policy()) { program in
            #expect(await program.verdict(1).word == "quorate")
        }
    }

    @Test func hostileEntriesAreCountedAndPassedOver() async throws {
        let log = try TestLog()
        let good = try TestLog.attestation(1, by: log.attester).leaf
        var wrong = good
        wrong[wrong.count - 10] ^= 1
        try log.append([
            Array("free text\n".utf8), [], wrong, good + [0x20], [UInt8](repeating: 0x5B, count: 65_535),
            Array("{\"payload\":\"\",\"payloadType\":\"application/vnd.in-toto+json\",\"signatures\":[]}".utf8),
        ])
        try log.append([good])
        try log.publish()
        let status = try await LogScene().follow(log.policy())
        #expect(status.standing == .current && status.newClaims == 1)
        #expect(status.refusedEntries == 6)
        #expect(status.refusal?.hasPrefix("entry 0: ") == true)
    }

    @Test func overHTTP() async throws {
        let log = try TestLog()
        try log.attest(0..<1000)
        try log.publish()
        let scene = try LogScene()
        try await Upstream.serving({ path in
            guard let bytes = try? log.folder.read(String(path.dropFirst("/log/".count))) else {
                return UpstreamAnswer(404)
            }
            return UpstreamAnswer(body: bytes)
        }) { server in
            let status = try await scene.follow(log.policy(url: server.address + "log"))
            #expect(status.standing == .current && status.newClaims == 1000)
        }
        // The server is gone: what was read counts.
        try await scene.withProgram(log.policy(url: "http://127.0.0.1:1/log")) { program in
            let status = try #require(await program.logs.follow().first)
            #expect(status.standing == .unreachable && status.message != nil)
            #expect(await program.verdict(7).word == "quorate")
        }
    }

    @Test func asksTheNextAddress() async throws {
        let holder = Mutex<TestLog?>(nil)
        try await Upstream.serving({ path in
            let bytes = holder.withLock { $0 }.flatMap { try? $0.folder.read(String(path.dropFirst("/log/".count))) }
            return bytes.map { UpstreamAnswer(body: $0) } ?? UpstreamAnswer(404)
        }) { server in
            // The builder's line has the log's origin, and the log's own line another address, where nobody answers.
            let log = try TestLog("127.0.0.1:\(server.port)")
            holder.withLock { $0 = log }
            try log.attest(0..<5)
            try log.publish()
            let policy = try log.policy(url: server.address + "log", logURL: "http://127.0.0.1:1/gone")
            let status = try await LogScene().follow(policy)
            #expect(status.log.addresses == ["http://127.0.0.1:1/gone", server.address + "log"])
            #expect(status.standing == .current && status.newClaims == 5)
        }
    }

    @Test func theDeadlineIsKept() async throws {
        let log = try TestLog()
        try await Upstream.run({ connection in try await connection.hang() }) { server in
            let scene = try LogScene()
            let limits = HTTPLimits(deadline: .seconds(60))
            try await scene.withProgram(log.policy(url: server.address + "log"), limits: limits) { program in
                var options = FollowOptions()
                options.deadline = .milliseconds(200)
                let start = ContinuousClock.now
                let status = try #require(await program.logs.follow(options).first)
                #expect(ContinuousClock.now - start < .seconds(30))
                #expect(status.standing == .unreachable)
            }
        }
    }

    @Test func tellsAboutNewClaimsAndProgress() async throws {
        let log = try TestLog()
        try log.attest(0..<700)
        try log.publish()
        let seen = Counter()
        try await LogScene().withProgram(log.policy()) { program in
            var options = FollowOptions()
            options.onClaims = { claims in seen.add(claims.count) }
            options.onProgress = { read, of in seen.note(Int(read), Int(of)) }
            _ = await program.logs.follow(options)
        }
        #expect(seen.claims == 700)
        #expect(seen.progress.map(\.read) == [256, 512, 700])
        #expect(seen.progress.allSatisfy { $0.of == 700 })
    }
}
