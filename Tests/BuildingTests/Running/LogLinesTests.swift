import Testing

@testable import Building

@Suite struct LogLinesTests {
    private func lines(_ pieces: [String]) -> (lines: [String], tail: [String]) {
        var cutter = LogLines()
        var lines: [String] = []
        func take(_ line: [UInt8]) { lines.append(String(decoding: line, as: UTF8.self)) }
        for piece in pieces { Array(piece.utf8).withUnsafeBytes { cutter.push($0, take) } }
        cutter.finish(take)
        return (lines, cutter.tail)
    }

    @Test(
        arguments: [
            ([], []), (["a\nb\n"], ["a", "b"]), (["a", "b\nc"], ["ab", "c"]), (["\n\n"], ["", ""]),
            (["a\r\n"], ["a\r"]),
            (["", "\n", "x"], ["", "x"]),
        ] as [([String], [String])])
    func cuts(_ pieces: [String], _ expected: [String]) {
        #expect(lines(pieces).lines == expected)
    }

    @Test func keepsTheLastLines() {
        let all = (1...25).map { "line \($0)" }
        #expect(lines([all.joined(separator: "\n")]).tail == Array(all.suffix(10)))
        #expect(lines(["one\ntwo"]).tail == ["one", "two"])
    }

    @Test func cutsLongLines() {
        let long = String(repeating: "x", count: LogLines.maximumLength * 2 + 5)
        let cut = lines([long, "\ny\n"]).lines
        #expect(cut.map(\.utf8.count) == [LogLines.maximumLength, LogLines.maximumLength, 5, 1])
        let exact = String(repeating: "x", count: LogLines.maximumLength)
        #expect(lines([exact, "\n"]).lines.map(\.utf8.count) == [LogLines.maximumLength])
    }

    @Test(arguments: [
        ("plain", "plain"), ("\u{1b}[31mred\u{1b}[0m", "red"), ("a\tb", "a\tb"), ("a\u{7}b\u{8}c", "abc"),
        ("\u{1b}]0;title\u{7}x", "0;titlex"), ("\u{9b}31m", "31m"), ("\u{1b}[", ""), ("é", "é"),
    ])
    func sanitises(_ line: String, _ expected: String) {
        #expect(LogLines.plain(Array(line.utf8)) == expected)
    }

    @Test func keepsBytesThatAreNoText() {
        #expect(LogLines.plain([0xff, 0x61]) == "\u{fffd}a")
    }
}
