import Glibc
import Synchronization
import Testing

@testable import QuorateCommands

@Suite struct TerminalTests {
    @Test(arguments: [
        (ColorChoice.auto, true, ["TERM": "xterm"], true),
        (.auto, false, ["TERM": "xterm"], false),
        (.auto, true, ["TERM": "dumb"], false),
        (.auto, true, [:], false),
        (.auto, true, ["TERM": "xterm", "NO_COLOR": "1"], false),
        (.auto, true, ["TERM": "xterm", "NO_COLOR": ""], true),
        (.auto, false, ["CLICOLOR_FORCE": "1"], true),
        (.auto, false, ["CLICOLOR_FORCE": "0"], false),
        (.auto, false, ["CLICOLOR_FORCE": "1", "NO_COLOR": "1"], false),
        (.auto, true, ["TERM": "xterm", "CLICOLOR": "0"], false),
        (.always, false, ["NO_COLOR": "1"], true),
        (.never, true, ["TERM": "xterm", "CLICOLOR_FORCE": "1"], false),
    ])
    func colours(choice: ColorChoice, isTerminal: Bool, environment: [String: String], wanted: Bool) {
        #expect(choice.wantsColor(isTerminal: isTerminal, environment: environment) == wanted)
    }

    @Test func aPipeGetsNoEscapeCodes() {
        let test = TestTerminal(color: .auto)
        test.terminal.output.line("\("split", .red)")
        let bar = ProgressBar(test.terminal, "x", total: 5)
        test.pass(.seconds(20))
        bar.finish()
        #expect(test.output.text == "split\n")
        #expect(test.errors.text.isEmpty)
        #expect(test.terminal.output.width == nil)
    }

    @Test func aTerminalGetsColour() {
        let test = TestTerminal(columns: 80, color: .auto)
        test.terminal.output.line("\("split", .red)")
        #expect(test.output.text == "\u{1b}[31msplit\u{1b}[0m\n")
    }

    @Test(arguments: [
        (nil, [:], nil), (100, [:], 100), (100, ["COLUMNS": "60"], 60), (100, ["COLUMNS": "x"], 100),
        (100, ["COLUMNS": "-4"], 100), (3, [:], 20),
    ])
    func widths(columns: Int?, environment: [String: String], width: Int?) {
        #expect(TestTerminal(columns: columns, environment: environment).terminal.output.width == width)
    }

    @Test func aTerminalWithoutAWidthHasEighty() {
        let terminal = Terminal(
            environment: [:], output: MemorySink(isTerminal: true), errors: MemorySink(), pacing: .manual)
        #expect(terminal.output.width == 80)
    }

    @Test func manyLinesAreOneWrite() {
        let test = TestTerminal()
        test.terminal.output.lines(["a", "b", "\("c\n", .bold)"])
        #expect(test.output.text == "a\nb\nc\\u{a}\n")
        #expect(test.output.writes == 1)
    }

    @Test func dataIsExactForProgramsAndHarmlessForPeople() {
        let data = "{\"a\":\"\u{1b}]0;x\u{7}\u{202e}\"}\n"
        let pipe = TestTerminal()
        pipe.terminal.output.data(data)
        pipe.terminal.output.data([0xff, 0x00])
        #expect(pipe.output.text == data + "\u{fffd}\u{0}")
        let screen = TestTerminal(columns: 80)
        screen.terminal.output.data(data)
        screen.terminal.output.data([0x1b, 0x0a])
        #expect(screen.output.text == "{\"a\":\"\\u{1b}]0;x\\u{7}\\u{202e}\"}\n\\u{1b}\n")
    }

    @Test func aFullDiskIsToldAtTheEnd() throws {
        let sink = MemorySink(answer: .failed(ENOSPC))
        let terminal = Terminal(environment: [:], output: sink, errors: MemorySink(), pacing: .manual)
        try terminal.checkOutput()
        terminal.output.line("a")
        terminal.output.line("b")
        #expect(sink.writes == 1)
        let error = #expect(throws: TerminalError.self) { try terminal.checkOutput() }
        #expect(error?.description == "cannot write to standard output: No space left on device")
    }

    @Test func aReaderWhoLeavesEndsTheProgramOnce() {
        let calls = Atomic<Int>(0)
        let sink = MemorySink(answer: .closed)
        let errors = MemorySink(answer: .closed)
        let terminal = Terminal(
            environment: [:], output: sink, errors: errors, pacing: .manual,
            onBrokenPipe: { calls.add(1, ordering: .relaxed) })
        terminal.errors.line("a")
        #expect(calls.load(ordering: .relaxed) == 0)
        terminal.output.line("a")
        terminal.output.line("b")
        #expect(calls.load(ordering: .relaxed) == 1)
        #expect(sink.writes == 1)
    }

    @Test func brokenPipesEndTheProcessLikeTheSignal() async {
        await #expect(processExitsWith: .signal(SIGPIPE)) {
            signal(SIGPIPE, SIG_IGN)
            var ends: [Int32] = [0, 0]
            guard pipe(&ends) == 0 else { return }
            close(ends[0])
            let terminal = Terminal(
                environment: [:], output: DescriptorSink(descriptor: ends[1]), errors: MemorySink())
            terminal.output.line("x")
        }
    }

    @Test func slowReadersGetEverything() async throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
        let (input, output) = (ends[0], ends[1])
        let size = 1 << 20
        let reader = Task.detached {
            var total = 0
            var buffer = [UInt8](repeating: 0, count: 10_000)
            while total < size {
                let count = read(input, &buffer, buffer.count)
                if count > 0 { total += count } else { usleep(100) }
            }
            return total
        }
        #expect(DescriptorSink(descriptor: output).write([UInt8](repeating: 65, count: size)) == .written)
        #expect(await reader.value == size)
        close(input)
        close(output)
    }

    @Test func descriptorsKnowWhetherTheyAreTerminals() throws {
        var main: Int32 = 0
        var other: Int32 = 0
        var size = winsize(ws_row: 30, ws_col: 123, ws_xpixel: 0, ws_ypixel: 0)
        try #require(openpty(&main, &other, nil, nil, &size) == 0)
        let sink = DescriptorSink(descriptor: other)
        #expect(sink.isTerminal)
        #expect(sink.columns == 123)
        close(main)
        close(other)
        #expect(sink.write([65]) == .failed(EBADF))
    }
}
