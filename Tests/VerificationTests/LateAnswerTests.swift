import Ledger
import LedgerSQLite
import Quorum
import Synchronization
import TestSupport
import Testing
import Verification

/// What comes after the deadline counts as soon as it is there.
struct LateAnswerTests {
    @Test func aConflictThatALateAnswerCompletesIsRaisedAtOnce() async throws {
        try await Scene.run { scene in
            scene.hang(["c"])
            let contradictable = { (text: String) in
                text.replacing("group farms 1 a b c", with: "group farms 1 contradictable a b c")
            }
            let late = Mutex<[LookupKey]>([])
            try await scene.withInquirer(threshold: 1, answerTime: .seconds(60), editing: contradictable) { inquirer in
                let result = await inquirer.ask(Paths.cores) { options in
                    options.deadline = .seconds(2)
                    options.onLate = { keys in late.withLock { $0 += keys } }
                }
                #expect(result.finding.words == ["quorate"], "c, which differs, has not answered")
                scene.hang([])
                for _ in 0..<500 where late.withLock({ $0.isEmpty }) { try await Task.sleep(for: .milliseconds(10)) }
            }
            #expect(late.withLock { $0 } == [Paths.key(Paths.cores)])
            // Nobody has asked again.
            #expect(scene.requests == 3)
            let subject = try #require(try LocalState(directory: scene.folder.path).standingConflicts.first)
            let history = try await scene.ledger().history(of: subject, limit: 9)
            #expect(history.map(\.word) == ["quorate", "conflict"])
        }
    }
}
