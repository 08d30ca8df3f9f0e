import Building
import LocalStore
import StoreFormats
import Testing

@testable import QuorateCommands

@Suite("What is shown while things are built")
struct BuildDisplayTests {
    private func derivation(_ name: String) throws -> StorePath {
        try StorePath("/nix/store/0c5ksl9qdnq1z7ab0v4rmvllqkmlb2n5-\(name).drv")
    }

    @Test func aPipeSeesOneLineForEach() throws {
        let test = TestTerminal()
        let display = BuildDisplay(test.terminal, printsLogs: false)
        let (good, bad) = (try derivation("good"), try derivation("bad"))
        display.take(.started(derivation: good))
        display.take(.line(derivation: good, Array("checking".utf8)))
        display.take(.finished(derivation: good, .built(BuildResult(outputs: [:], measures: BuildMeasures()))))
        display.take(.started(derivation: bad))
        let failure = BuildFailure(.exited(status: 2), logTail: ["last words"])
        display.take(.finished(derivation: bad, .failed(failure, nil)))
        display.take(.fetchFailed(good, message: "no route \u{1b}[2J"))
        display.take(.fetchFailed(good, message: "\(good): no cache gave it"))
        display.finish()
        #expect(
            test.errors.text == """
                building \(good)
                building \(bad)
                error: builder for '\(bad)' failed with exit code 2
                       the end of its log:
                       > last words
                       the whole log: quorate log show \(bad)
                not fetched: \(good): no route \\u{1b}[2J
                not fetched: \(good): no cache gave it

                """)
        #expect(test.output.text.isEmpty)
        #expect(display.counts.built == 1)
        #expect(display.counts.failed == 1)
    }

    @Test func logsHaveTheNameInFront() throws {
        let test = TestTerminal()
        let display = BuildDisplay(test.terminal, printsLogs: true)
        let path = try derivation("thing-1.0")
        display.take(.started(derivation: path))
        display.take(.line(derivation: path, Array("one\u{7}".utf8) + [0xFF]))
        let failure = BuildFailure(.exited(status: 1), logTail: ["one"])
        display.take(.finished(derivation: path, .failed(failure, nil)))
        display.finish()
        #expect(test.errors.text.contains("thing-1.0> one\\u{7}\u{FFFD}\n"))
        #expect(!test.errors.text.contains("the end of its log"))
    }

    @Test func aTerminalSeesWhatRuns() throws {
        let test = TestTerminal(columns: 80)
        let display = BuildDisplay(test.terminal, printsLogs: false)
        let path = try derivation("thing-1.0")
        display.expect(builds: 1)
        display.take(.started(derivation: path))
        display.take(.line(derivation: path, Array("compiling".utf8)))
        test.pass(.seconds(3))
        #expect(test.errors.screen == ["building 1, 0 to go, 0 done (3 s)", "  thing-1.0 3 s  compiling"])
        display.take(.finished(derivation: path, .built(BuildResult(outputs: [:], measures: BuildMeasures()))))
        display.finish()
        #expect(test.errors.screen.filter { !$0.isEmpty } == [])
    }
}
