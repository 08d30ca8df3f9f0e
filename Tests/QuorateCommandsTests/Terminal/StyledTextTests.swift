import Testing

@testable import QuorateCommands

@Suite struct StyledTextTests {
    @Test(arguments: [
        ("plain ~!", "plain ~!"),
        ("\u{1b}[2J", "\\u{1b}[2J"),
        ("a\nb\tc\r", "a\\u{a}b\\u{9}c\\u{d}"),
        ("\u{9b}31m", "\\u{9b}31m"),
        ("abc\u{202e}def\u{2069}", "abc\\u{202e}def\\u{2069}"),
        ("\u{2028}\u{feff}\u{200b}", "\\u{2028}\\u{feff}\\u{200b}"),
        ("\u{0}\u{7f}\u{ad}", "\\u{0}\\u{7f}\\u{ad}"),
        ("größe 漢字 😀", "größe 漢字 😀"),
    ])
    func outsideTextIsSpelledOut(text: String, shown: String) {
        #expect(text.sanitized() == shown)
        #expect((StyledText("\(text)")).plain == shown)
        #expect(StyledText(text).plain == shown)
    }

    @Test func linesAndTabsMayStay() {
        #expect("a\n\tb\r\n\u{1b}c".sanitized(keepingLines: true) == "a\n\tb\\u{d}\n\\u{1b}c")
    }

    @Test func literalsAreOursAndValuesAreNot() {
        let path = "/nix/store/\u{1b}[31mx"
        let text: StyledText = "1\n\(path, .bold) is \("split", [.bold, .red])\(2 + 3)"
        #expect(text.plain == "1\n/nix/store/\\u{1b}[31mx is split5")
        #expect(
            text.rendered(color: true)
                == "1\n\u{1b}[1m/nix/store/\\u{1b}[31mx\u{1b}[0m is \u{1b}[1;31msplit\u{1b}[0m5")
        #expect(!text.rendered(color: false).contains("\u{1b}"))
    }

    @Test func stylesNestAndJoin() {
        let inner: StyledText = "\("a", .red)b"
        let text: StyledText = "\(inner, .bold)"
        #expect(text.rendered(color: true) == "\u{1b}[1;31ma\u{1b}[0m\u{1b}[1mb\u{1b}[0m")
        #expect([inner, "c"].joined(separator: ", ").plain == "ab, c")
    }

    @Test(arguments: [
        ("abc", 3), ("", 0), ("漢字", 4), ("e\u{301}", 1), ("😀", 2), ("👨‍👩‍👧", 2), ("🇩🇪", 2), ("한", 2), ("ﾊ", 1),
        ("❤️", 2), ("é", 1), ("\u{1112}\u{1161}", 2),
    ])
    func displayWidths(text: String, width: Int) {
        #expect(text.displayWidth == width)
    }

    @Test(arguments: [
        ("abcdef", 6, "abcdef"), ("abcdef", 5, "abcd…"), ("abcdef", 1, "…"), ("漢字漢字", 6, "漢字…"),
        ("漢字漢字", 4, "漢…"), ("a\nb", 9, "a b"),
    ])
    func truncates(text: String, width: Int, shown: String) {
        let result = StyledText(lines: text).truncated(to: width)
        #expect(result.plain == shown)
        #expect(result.width <= width)
    }

    @Test(arguments: [
        ("one two three", 7, ["one two", "three"]),
        ("one two three", 80, ["one two three"]),
        ("abcdefghij kl", 4, ["abcd", "efgh", "ij", "kl"]),
        ("漢字漢字", 5, ["漢字", "漢字"]),
        ("", 5, [""]),
        ("  a  ", 5, ["a"]),
    ])
    func wraps(text: String, width: Int, lines: [String]) {
        #expect(StyledText(text).wrapped(to: width).map(\.plain) == lines)
    }

    @Test func wrappingKeepsStyles() {
        let text: StyledText = "\("red words", .red) plain"
        #expect(
            text.wrapped(to: 9).map { $0.rendered(color: true) } == ["\u{1b}[31mred words\u{1b}[0m", "plain"])
    }
}
