import Testing

@testable import QuorateCommands

@Suite struct StepListTests {
    @Test func aPipeSeesBeginningAndEnd() async throws {
        let test = TestTerminal()
        let steps = StepList(test.terminal, total: 12)
        let name = "b\u{1b}"
        let value = await steps.step("Building with builder \(name)") { step in
            step.state("gcc")
            test.clock.advance(.milliseconds(4_200))
            step.note("a word")
            step.result("25 outputs")
            return 5
        }
        #expect(value == 5)
        #expect(
            test.output.text == """
                [ 1/12] Building with builder b\\u{1b} …
                      a word
                [ 1/12] Building with builder b\\u{1b}: 25 outputs (4.2 s)

                """)
        #expect(test.errors.text.isEmpty)
    }

    @Test func aTerminalSeesTheState() {
        let test = TestTerminal(columns: 80)
        let steps = StepList(test.terminal, total: 7)
        let first = steps.begin("One")
        let second = steps.begin("Two")
        second.state("gcc \("-O1", .bold)")
        test.pass(.seconds(3))
        #expect(test.errors.screen == ["[1/7] One … (3 s)", "[2/7] Two … gcc -O1 (3 s)"])
        #expect(test.output.text.isEmpty)
        second.finish()
        second.fail("late")
        first.fail("no memory")
        #expect(test.output.text == "[2/7] Two: done (3.0 s)\n[1/7] One: failed: no memory (3.0 s)\n")
        #expect(test.errors.screen.joined().isEmpty)
    }

    @Test func longStatesKeepTheTimeInSight() {
        let test = TestTerminal(columns: 40)
        let step = StepList(test.terminal, total: 1).begin("Building")
        step.state("\(String(repeating: "x", count: 300))")
        test.pass(.seconds(65))
        let line = test.errors.screen.last ?? ""
        #expect(line.hasSuffix("… (1 min 5 s)"))
        #expect(line.displayWidth == 39)
        step.finish()
    }

    @Test func errorsAreShownAndThrown() async {
        struct Trouble: Error, CustomStringConvertible { let description = "it\nbroke" }
        let test = TestTerminal()
        let steps = StepList(test.terminal, total: 1)
        await #expect(throws: Trouble.self) {
            try await steps.step("Work") { _ in throw Trouble() }
        }
        #expect(test.output.text.hasSuffix("[1/1] Work: failed: it\\u{a}broke (0 ns)\n"))
    }
}
