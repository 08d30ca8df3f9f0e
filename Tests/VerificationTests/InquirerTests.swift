import ClaimSources
import Foundation
import Ledger
import LedgerSQLite
import Quorum
import Synchronization
import TestSupport
import Testing
import Verification

struct InquirerTests {
    /// The word that three builders of `agreement`, of whom two have to agree, bring a path.
    private func expectedWord(_ path: String, isSelfVerifying: Bool) -> String {
        if isSelfVerifying { return "self-verifying" }
        let name = path.drop { $0 != "-" }.dropFirst()
        return Paths.agreement[String(name)].map { $0.contains("ab") || $0.contains("bc") } ?? true
            ? "quorate" : "split"
    }

    private let contentAddressed = ["fixed-flat-1.0", "fixed-rec-1.0", "fixed-sha512-1.0", "static-userland"]

    @Test func reachesTheVerdictsOfRealCachesAndKeepsThem() async throws {
        try await Scene.run { scene in
            let keys = CacheFixture.hashParts.map(Paths.key)
            let first = try await scene.withInquirer { inquirer in
                let result = await inquirer.inquire(keys)
                #expect(result.ledgerTrouble == nil)
                return result.findings
            }
            for finding in first {
                let verdict = try #require(finding.verdicts.first)
                #expect(finding.verdicts.count == 1)
                let isFixed = contentAddressed.contains { verdict.subject.description.hasSuffix("-" + $0) }
                #expect(
                    verdict.status.word == expectedWord(verdict.subject.description, isSelfVerifying: isFixed),
                    "\(verdict.subject)")
                #expect(finding.reports.map(\.answer) == [.stated, .stated, .stated])
            }
            #expect(scene.requests == 3 * keys.count)

            // With every upstream gone, a fresh program gives the same from the ledger.
            let gone = try await Upstream.run({ _ in }) { $0.port }
            let addresses = scene.addresses
            scene.hang(["a", "b", "c"])
            let again = try await scene.withInquirer { await $0.inquire(keys).findings }
            #expect(scene.requests == 3 * keys.count, "nobody is asked about what is fresh")
            #expect(again.map(\.verdicts) == first.map(\.verdicts))
            #expect(again.map { $0.reports.map(\.answer) } == first.map { $0.reports.map(\.answer) })
            scene.advance(100_000)
            let old = try await scene.withInquirer(addresses: addresses.map { _ in "http://127.0.0.1:\(gone)/" }) {
                await $0.inquire(keys).findings
            }
            #expect(old.map { $0.verdicts.map(\.status) } == first.map { $0.verdicts.map(\.status) })
        }
    }

    @Test func verifiesUnsealedRowsAnewAndSealsThem() async throws {
        try await Scene.run { scene in
            let before = try await scene.withInquirer { await $0.ask(Paths.repro).finding }
            // The seal key was lost: none of the rows is believed, all of them are proven by their evidence.
            let other = ClaimSeal(key: [UInt8](repeating: 1, count: 32))
            scene.hang(["a", "b", "c"])
            let ledger = try SQLiteLedger(path: scene.ledgerPath, seal: other)
            let after = try await scene.withInquirer(ledger: ledger, seal: other) { await $0.ask(Paths.repro).finding }
            #expect(after.verdicts.map(\.status) == before.verdicts.map(\.status))
            let records = try await ledger.contents(at: [Paths.key(Paths.repro)])[Paths.key(Paths.repro)]?.claims ?? []
            #expect(records.count == 3)
            #expect(records.allSatisfy { other.isValid($0) })
        }
    }

    @Test func notesAnUpstreamThatChangesItsAnswer() async throws {
        try await Scene.run { scene in
            let first = try await scene.withInquirer(threshold: 3) { await $0.ask(Paths.cores).finding }
            #expect(first.words == ["split"])
            // c now serves what b has signed, and b what c has: signatures count for their keys.
            scene.override("c", "/\(Paths.cores).narinfo", Upstream.file("b", "/\(Paths.cores).narinfo"))
            let second = try await scene.withInquirer { await $0.ask(Paths.cores, maximumAge: 0).finding }
            let claims = second.verdicts.flatMap(\.assessments).map(\.claim)
            #expect(claims.count == 4, "b's claim is there twice, from two places")
            #expect(Set(claims.map(\.source)) == Set(scene.addresses))
            #expect(second.words == ["quorate"])
        }
    }

    @Test func keepsBothAnswersOfOneKey() async throws {
        try await Scene.run { scene in
            let key = try Signer("cache-a.quorate.test-1")
            let narInfo = "/\(Paths.repro).narinfo"
            // A key of our own in the place of a's, so that it can sign two things.
            let policy = { (text: String) in text.replacing(CacheFixture.key("a"), with: key.publicKey) }
            for size in [100, 200] {
                let text = try key.narInfo(path: "/nix/store/\(Paths.repro)-repro-1.0", size: size)
                scene.override("a", narInfo, UpstreamAnswer(body: text))
                let finding = try await scene.withInquirer(editing: policy) { inquirer in
                    await inquirer.ask(Paths.repro, maximumAge: 0).finding
                }
                let verdict = try #require(finding.verdicts.first)
                #expect(verdict.status.word == "quorate", "b and c agree")
                #expect(verdict.assessments.count == (size == 100 ? 3 : 4))
                let isNoted = verdict.notes.contains { note in
                    if case .equivocation(let party, _) = note { party == "a" } else { false }
                }
                #expect(isNoted == (size == 200))
            }
        }
    }

    @Test func countsNoSignatureThatDoesNotVerify() async throws {
        try await Scene.run { scene in
            let text = CacheFixture.narInfo("a", Paths.repro).replacing("NarSize: ", with: "NarSize: 1")
            scene.override("a", "/\(Paths.repro).narinfo", UpstreamAnswer(body: text))
            scene.override("b", "/\(Paths.repro).narinfo", UpstreamAnswer(500))
            let finding = try await scene.withInquirer { await $0.ask(Paths.repro).finding }
            #expect(finding.words == ["short"])
            guard case .refused(let why) = finding.reports[0].answer, case .trouble = finding.reports[1].answer else {
                Issue.record("\(finding.reports)")
                return
            }
            #expect(why == "signature under the name 'cache-a.quorate.test-1' does not verify")
            // The ledger remembers both, and nobody gains by it.
            let again = try await scene.withInquirer { await $0.ask(Paths.repro).finding }
            #expect(again.words == ["short"])
            #expect(again.reports[0].answer == finding.reports[0].answer)
        }
    }

    @Test func namesALyingContentAddress() async throws {
        try await Scene.run { scene in
            let flat = CacheFixture.narInfo("a", "4f9wsdca09cgfwm0z7fv16b0ys9l2m2p")
            let line = try #require(flat.split(separator: "\n").first { $0.hasPrefix("CA: ") })
            for cache in CacheFixture.caches {
                let text = CacheFixture.narInfo(cache, Paths.timestamp) + line + "\n"
                scene.override(cache, "/\(Paths.timestamp).narinfo", UpstreamAnswer(body: text))
            }
            let finding = try await scene.withInquirer { await $0.ask(Paths.timestamp).finding }
            #expect(finding.words == ["split"], "what it says of itself makes nothing self-verifying")
            #expect(finding.reports.allSatisfy { $0.remarks.contains { $0.contains("gives another path") } })
        }
    }

    @Test func isShortWithinTheDeadlineAndRecordsWhatComesLate() async throws {
        try await Scene.run { scene in
            scene.hang(["b", "c"])
            let late = Mutex<[LookupKey]>([])
            try await scene.withInquirer(answerTime: .seconds(60)) { inquirer in
                let clock = ContinuousClock()
                let start = clock.now
                let result = await inquirer.ask(Paths.repro) { options in
                    options.deadline = .seconds(2)
                    options.onLate = { keys in late.withLock { $0 += keys } }
                }
                #expect(clock.now - start < .seconds(15))
                #expect(result.finding.words == ["short"])
                #expect(
                    result.finding.reports.map(\.answer)[1]
                        == .trouble("\(scene.addresses[1]): no answer before the deadline"))
                scene.hang([])
                for _ in 0..<200 where late.withLock({ $0.isEmpty }) { try await Task.sleep(for: .milliseconds(10)) }
                #expect(late.withLock { $0 } == [Paths.key(Paths.repro)])
                scene.hang(["a", "b", "c"])
                #expect(await inquirer.ask(Paths.repro).finding.words == ["quorate"])
            }
        }
    }

    @Test func hangingCachesDelayTheOthersNoLongerThanTheirAnswerTime() async throws {
        try await Scene.run { scene in
            scene.hang(["c"])
            try await scene.withInquirer(answerTime: .seconds(2)) { inquirer in
                let finding = await inquirer.ask(Paths.repro).finding
                #expect(finding.words == ["quorate"])
                #expect(finding.verdicts.first?.silentParties == ["c"])
            }
        }
    }

    @Test func losesNoVerdictToLedgerTrouble() async throws {
        try await Scene.run { scene in
            for failure in BrokenLedger.Failure.allCases {
                let ledger = BrokenLedger(try scene.ledger(), failing: failure)
                try await scene.withInquirer(ledger: ledger) { inquirer in
                    let result = await inquirer.ask(Paths.repro, maximumAge: 0)
                    #expect(result.finding.words == ["quorate"])
                    #expect(result.trouble == (failure == .evidence ? nil : "the disk is full"))
                }
            }
        }
    }

    @Test func makesADistantFutureAnswerNoExcuse() async throws {
        try await Scene.run { scene in
            try await scene.withInquirer { _ = await $0.ask(Paths.repro) }
            let before = scene.requests
            scene.advance(-50_000)
            try await scene.withInquirer { #expect(await $0.ask(Paths.repro).finding.words == ["quorate"]) }
            #expect(scene.requests == before + 3)
        }
    }

    @Test func leavesACacheAloneThatFailed() async throws {
        // The first pause is a second long, which a busy machine may take between two questions: then once more.
        var isDone = false
        while !isDone {
            isDone = try await Scene.run { scene in
                scene.override("a", "/\(Paths.repro).narinfo", UpstreamAnswer(500))
                return try await scene.withInquirer(pauses: true) { inquirer in
                    let start = ContinuousClock.now
                    #expect(await inquirer.ask(Paths.repro, maximumAge: 0).finding.words == ["quorate"])
                    let before = scene.requests
                    let finding = await inquirer.ask(Paths.cores, maximumAge: 0).finding
                    guard ContinuousClock.now - start < .seconds(1) else { return false }
                    #expect(scene.requests == before + 2)
                    #expect(finding.words == ["split"], "without a, b and c differ")
                    guard case .trouble(let why) = finding.reports[0].answer else {
                        Issue.record("a is not asked")
                        return true
                    }
                    #expect(why.hasSuffix("(asked again after a pause)"))
                    #expect(why.contains("HTTP status 500"))
                    return true
                }
            }
        }
    }

    @Test func givesSubjectsThatNobodyKnowsAVerdict() async throws {
        try await Scene.run { scene in
            let path = "/nix/store/0c0l0v6h4h0n5ynmp0rq3h8dkmzy8dzb-nothing"
            try await scene.withInquirer { inquirer in
                let key = LookupKey(.storePath(path))
                let result = await inquirer.inquire([key], subjects: [key: [.storePath(path)]])
                #expect(result.findings[0].words == ["unclaimed"])
                #expect(result.findings[0].reports.map(\.answer) == [.absent, .absent, .absent])
                #expect(await inquirer.ask("0c0l0v6h4h0n5ynmp0rq3h8dkmzy8dzb").finding.verdicts.isEmpty)
            }
        }
    }
}
