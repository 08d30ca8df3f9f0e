import QuorateCommands
import Synchronization

/// A stream that ends in memory.
final class MemorySink: TerminalSink {
    let isTerminal: Bool
    private let width: Int?
    private let answer: TerminalWriteResult
    private let written = Mutex<[[UInt8]]>([])

    init(columns: Int? = nil, isTerminal: Bool? = nil, answer: TerminalWriteResult = .written) {
        width = columns
        self.isTerminal = isTerminal ?? (columns != nil)
        self.answer = answer
    }

    var columns: Int? { width }

    func write(_ bytes: [UInt8]) -> TerminalWriteResult {
        written.withLock { $0.append(bytes) }
        return answer
    }

    /// Everything that was written.
    var text: String { String(decoding: written.withLock { $0.flatMap { $0 } }, as: UTF8.self) }
    /// How many pieces it came in.
    var writes: Int { written.withLock { $0.count } }

    /// The lines that a person would see, after the few escape codes which live lines use.
    var screen: [String] {
        var lines = [""]
        var row = 0
        var rest = Substring(text)
        while let character = rest.unicodeScalars.first {
            if rest.hasPrefix("\u{1b}[2K") {
                lines[row] = ""
                rest = rest.dropFirst(4)
            } else if rest.hasPrefix("\u{1b}[1A") {
                row = max(0, row - 1)
                rest = rest.dropFirst(4)
            } else {
                rest = Substring(rest.unicodeScalars.dropFirst())
                if character == "\n" {
                    row += 1
                    if row == lines.count { lines.append("") }
                } else if character != "\r" {
                    lines[row].unicodeScalars.append(character)
                }
            }
        }
        return lines
    }
}

/// A terminal with a clock that stands still until it is told.
final class TestTerminal: Sendable {
    final class Clock: Sendable {
        private let time = Mutex(Duration.zero)
        var now: Duration { time.withLock { $0 } }
        func advance(_ duration: Duration) { time.withLock { $0 += duration } }
    }

    let clock = Clock()
    let output: MemorySink
    let errors: MemorySink
    let terminal: Terminal

    /// - Parameter columns: of both streams; nil makes them pipes.
    init(columns: Int? = nil, color: ColorChoice = .never, environment: [String: String] = ["TERM": "xterm"]) {
        output = MemorySink(columns: columns)
        errors = MemorySink(columns: columns)
        terminal = Terminal(
            color: color, environment: environment, output: output, errors: errors, pacing: .manual,
            now: { [clock] in clock.now })
    }

    func pass(_ duration: Duration) {
        clock.advance(duration)
        terminal.tick()
    }
}
