import Ledger
import Quorum
import TestSupport
import Testing
import Verification

/// What a cache says now, beside what it ever said.
struct NewestAnswerTests {
    private static let path = "/\(Paths.timestamp).narinfo"

    /// An answer that takes the place of c's narinfo.
    enum Later: CaseIterable, Sendable {
        case gone, failing, garbage, unsigned, other, same

        var answer: UpstreamAnswer {
            switch self {
            case .gone: UpstreamAnswer(404)
            case .failing: UpstreamAnswer(500)
            case .garbage: UpstreamAnswer(body: Array("<html>".utf8))
            case .unsigned:
                UpstreamAnswer(
                    body: Array(
                        CacheFixture.narInfo("c", Paths.timestamp).split(separator: "\n").filter {
                            !$0.hasPrefix("Sig:")
                        }.map { $0 + "\n" }.joined().utf8))
            // As a mirror of a would hand it out.
            case .other: UpstreamAnswer(body: Array(CacheFixture.narInfo("a", Paths.timestamp).utf8))
            case .same: UpstreamAnswer(body: Array(CacheFixture.narInfo("c", Paths.timestamp).utf8))
            }
        }

        func matches(_ answer: SourceReport.Answer) -> Bool {
            switch (self, answer) {
            case (.gone, .absent), (.failing, .trouble), (.garbage, .trouble), (.unsigned, .refused), (.other, .stated),
                (.same, .stated):
                true
            default: false
            }
        }
    }

    @Test(
        "What a cache does not say any more is told apart, now and from memory, and goes on counting in verdicts",
        arguments: Later.allCases)
    func withdrawn(later: Later) async throws {
        try await Scene.run { scene in
            let first = try await scene.withInquirer { await $0.ask(Paths.timestamp).finding }
            #expect(first.earlier.isEmpty)
            scene.advance(10)
            scene.override("c", Self.path, later.answer)
            let second = try await scene.withInquirer { await $0.ask(Paths.timestamp, maximumAge: 0).finding }
            scene.advance(10)
            let third = try await scene.withInquirer { await $0.ask(Paths.timestamp).finding }
            for finding in [second, third] {
                let report = finding.reports[2]
                #expect(later.matches(report.newest), "\(report)")
                #expect(report.answer != .absent || later == .gone)
                #expect(finding.earlier.map(\.source) == (later == .same ? [] : [scene.addresses[2]]))
                #expect(finding.words == first.words)
                #expect(finding.reports.prefix(2).allSatisfy { $0.newest == .stated && !$0.isUnclear })
            }
            // Trouble is not what a cache says: it has to be asked again.
            #expect(third.reports[2].isUnclear == [.failing, .garbage].contains(later))
            #expect(!second.reports[2].isUnclear)
            // It comes back.
            scene.advance(10)
            scene.override("c", Self.path, Later.same.answer)
            let back = try await scene.withInquirer { await $0.ask(Paths.timestamp, maximumAge: 0).finding }
            #expect(back.earlier.count == (later == .other ? 1 : 0))
        }
    }

    @Test("Nobody knows which of two answers of one second was the newer")
    func oneSecond() async throws {
        try await Scene.run { scene in
            _ = try await scene.withInquirer { await $0.ask(Paths.timestamp) }
            scene.override("c", Self.path, UpstreamAnswer(404))
            _ = try await scene.withInquirer { await $0.ask(Paths.timestamp, maximumAge: 0) }
            let remembered = try await scene.withInquirer { await $0.ask(Paths.timestamp).finding }
            #expect(remembered.reports.map(\.isUnclear) == [false, false, true])
            #expect(remembered.earlier.isEmpty)
        }
    }

    @Test("Who does not answer before the deadline says nothing now")
    func silent() async throws {
        try await Scene.run { scene in
            _ = try await scene.withInquirer { await $0.ask(Paths.timestamp) }
            scene.advance(4000)
            scene.hang(["c"])
            let finding = try await scene.withInquirer { inquirer in
                await inquirer.ask(Paths.timestamp) { $0.deadline = .milliseconds(300) }.finding
            }
            scene.hang([])
            guard case .trouble = finding.reports[2].newest else {
                Issue.record("\(finding.reports[2])")
                return
            }
            #expect(finding.reports[2].answer == .stated)
            #expect(finding.earlier.map(\.source) == [scene.addresses[2]])
        }
    }
}
