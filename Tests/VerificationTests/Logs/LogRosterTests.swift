import Quorum
import TestSupport
import Testing
import TransparencyLog

@testable import Verification

/// Which logs a policy leads to.
struct LogRosterTests {
    private let log: NoteKey
    private let builder: NoteKey

    init() throws {
        log = try NoteSigner.generate(name: "alice.example/log", kind: .ed25519).key
        builder = try NoteSigner.generate(name: "alice.example", kind: .ed25519).key
    }

    private func roster(_ lines: String...) throws -> LogRoster {
        let text = lines.map { line in
            line.replacing("LOG", with: log.text).replacing("BUILDER", with: builder.text) + "\n"
        }.joined()
        return LogRoster(policy: try Policy.parse(text + "quorum none\nquorum nix desk\n"))
    }

    @Test func byOriginAndByAddress() throws {
        let byOrigin = try roster("log LOG", "builder desk BUILDER https://alice.example/log")
        #expect(byOrigin.logs.map(\.addresses) == [["https://alice.example/log"]])
        #expect(byOrigin.logs.first?.builders.map(\.name) == ["desk"])
        #expect(byOrigin.notes == [])
        let byAddress = try roster("log LOG https://files.example/a", "builder desk BUILDER https://files.example/a/")
        #expect(byAddress.logs.map(\.addresses) == [["https://files.example/a"]])
        let both = try roster("log LOG https://files.example/a", "builder desk BUILDER http://alice.example/log")
        #expect(both.logs.map(\.addresses) == [["https://files.example/a", "http://alice.example/log"]])
        let named = try roster("log LOG https://files.example/a", "builder desk BUILDER alice.example/log")
        #expect(named.logs.map(\.addresses) == [["https://files.example/a"]])
        let any = try roster("log LOG https://files.example/a", "builder desk BUILDER")
        #expect(any.logs.map(\.origin) == ["alice.example/log"])
    }

    @Test func saysWhatLeadsNowhere() throws {
        let noKey = try roster("builder desk BUILDER https://alice.example/log")
        #expect(noKey.logs.isEmpty)
        #expect(noKey.notes.count == 1 && noKey.notes[0].contains("log VKEY https://alice.example/log"))
        let other = try roster("log LOG", "builder desk BUILDER https://bob.example/log")
        #expect(other.logs.isEmpty && other.notes.count == 1)
        let noAddress = try roster("log LOG", "builder desk BUILDER alice.example/log")
        #expect(noAddress.logs.isEmpty)
        #expect(noAddress.notes.count == 1 && noAddress.notes[0].contains("no address"))
        let noBuilder = try roster("log LOG", "builder desk BUILDER https://bob.example/log")
        #expect(noBuilder.logs.isEmpty)
    }

    @Test func aMonitorsKeysAreReadFromEveryLog() throws {
        let policy = try Policy.parse("log \(log) https://files.example/a\nquorum none\n")
        #expect(LogRoster(policy: policy).logs.isEmpty)
        let key = TestLog.identity(builder)
        let roster = LogRoster(policy: policy, others: [key])
        #expect(roster.logs.map(\.wanted) == [[key]])
    }
}
