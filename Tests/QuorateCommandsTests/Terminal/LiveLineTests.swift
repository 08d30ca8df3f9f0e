import Testing

@testable import QuorateCommands

@Suite struct LiveLineTests {
    @Test func aBarShowsCountRateAndRest() {
        let test = TestTerminal(columns: 80)
        let bar = ProgressBar(test.terminal, "Fetching narinfos", total: 5_000)
        test.pass(.milliseconds(100))
        #expect(test.errors.screen == ["Fetching narinfos [>                       ] 0/5,000"])
        bar.advance(by: 1_000)
        test.pass(.milliseconds(900))
        bar.advance(by: 250)
        test.pass(.seconds(1))
        let line = test.errors.screen.last ?? ""
        #expect(line.hasPrefix("Fetching narinfos [======>                 ] 1,250/5,000  "))
        #expect(line.hasSuffix(" left"))
        #expect(line.displayWidth < 80)
        bar.finish()
        bar.finish()
        #expect(test.errors.screen == [""])
    }

    @Test(arguments: [20, 30, 40, 60, 200])
    func aBarStaysOnItsLine(columns: Int) {
        let test = TestTerminal(columns: columns)
        let bar = ProgressBar(test.terminal, "A label that is rather long", total: 1 << 40, unit: .bytes)
        for _ in 0..<5 {
            bar.advance(by: 123_456_789)
            test.pass(.seconds(1))
        }
        #expect(test.errors.screen.count == 1)
        #expect((test.errors.screen.last ?? "").displayWidth < columns)
    }

    @Test func strangeCountsDoNoHarm() {
        let test = TestTerminal(columns: 80)
        let bar = ProgressBar(test.terminal, "x")
        test.pass(.milliseconds(100))
        #expect(test.errors.screen.last == "x  0")
        bar.setTotal(0)
        bar.advance(by: 5)
        test.pass(.milliseconds(100))
        bar.setTotal(3)
        test.pass(.milliseconds(100))
        #expect(test.errors.screen.last?.contains("[========================] 5/3") == true)
        bar.advance(by: -100)
        test.pass(.milliseconds(100))
        bar.advance(by: .max)
        test.pass(.zero)
        bar.finish()
    }

    @Test func nothingIsDrawnBetweenTicks() {
        let test = TestTerminal(columns: 80)
        let bar = ProgressBar(test.terminal, "x", total: 1_000_000)
        for _ in 0..<100_000 { bar.advance() }
        #expect(test.errors.writes == 0)
        test.terminal.tick()
        #expect(test.errors.writes == 1)
        // Nothing changed, so nothing is written.
        test.terminal.tick()
        #expect(test.errors.writes == 1)
        bar.finish()
    }

    @Test func plainLinesComeEveryTenSeconds() {
        let test = TestTerminal()
        let bar = ProgressBar(test.terminal, "Copying", total: 100, plainLines: true)
        for _ in 0..<25 {
            bar.advance()
            test.pass(.seconds(1))
        }
        bar.finish()
        let lines = test.errors.text.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.first?.hasPrefix("Copying: 10/100") == true)
    }

    @Test func otherLinesGoAboveTheBar() {
        let test = TestTerminal(columns: 80)
        let bar = ProgressBar(test.terminal, "bar")
        test.pass(.milliseconds(100))
        test.terminal.errors.line("first")
        #expect(test.errors.screen == ["first", "bar  0"])
        test.terminal.errors.raw(Array("second ".utf8))
        #expect(test.errors.screen == ["first", "second "])
        // Half a line is not overwritten.
        test.pass(.milliseconds(100))
        #expect(test.errors.screen == ["first", "second "])
        test.terminal.errors.raw(Array("half\n".utf8))
        test.pass(.milliseconds(100))
        #expect(test.errors.screen == ["first", "second half", "bar  0"])
        test.terminal.output.line("result")
        #expect(test.output.text == "result\n")
        bar.finish()
        #expect(test.errors.screen.dropLast().allSatisfy { !$0.contains("bar") })
    }

    @Test func severalLinesAreRedrawnTogether() {
        let test = TestTerminal(columns: 80)
        let bars = ["a", "b", "c"].map { ProgressBar(test.terminal, "\($0)") }
        test.pass(.milliseconds(100))
        #expect(test.errors.screen == ["a  0", "b  0", "c  0"])
        bars[1].finish()
        #expect(test.errors.screen == ["a  0", "c  0", ""])
        bars[0].advance()
        test.pass(.milliseconds(20))
        #expect(test.errors.screen == ["a  1", "c  0", ""])
        test.terminal.clearLive()
        #expect(test.errors.screen == ["", "", ""])
        #expect(!test.terminal.tick())
    }

    @Test func dumbTerminalsGetNoLiveLines() {
        let test = TestTerminal(columns: 80, environment: ["TERM": "dumb"])
        let bar = ProgressBar(test.terminal, "x")
        test.pass(.seconds(1))
        bar.finish()
        #expect(test.errors.text.isEmpty)
    }

    @Test func runAlwaysFinishes() async {
        struct Trouble: Error {}
        let test = TestTerminal(columns: 80)
        await #expect(throws: Trouble.self) {
            try await ProgressBar.run(test.terminal, "x") { bar in
                bar.advance()
                test.pass(.milliseconds(100))
                throw Trouble()
            }
        }
        #expect(test.errors.screen == [""])
    }

    @Test func aThreadRedraws() async throws {
        let errors = MemorySink(columns: 80)
        let terminal = Terminal(
            color: .never, environment: ["TERM": "xterm"], output: MemorySink(), errors: errors, pacing: .thread)
        let bar = ProgressBar(terminal, "x")
        // One task advances while the thread draws.
        for _ in 0..<60 {
            bar.advance()
            try await Task.sleep(for: .milliseconds(10))
        }
        bar.finish()
        let writes = errors.writes
        #expect(writes >= 2 && writes <= 30)
        try await Task.sleep(for: .milliseconds(250))
        #expect(errors.writes == writes)
        #expect(errors.screen == [""])
    }
}
