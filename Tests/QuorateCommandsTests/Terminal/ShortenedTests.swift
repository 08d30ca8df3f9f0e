import QuorateCommands
import Testing

@Suite("Long input in complaints")
struct ShortenedTests {
    @Test(
        "What fits is left alone",
        arguments: ["", "a word", "two\nlines", "/nix/store/" + String(repeating: "x", count: 211), "’äöü€"])
    func short(text: String) {
        #expect(text.shortened() == text)
    }

    @Test(
        "A long word keeps its beginning and its end, and what stands around it stays", arguments: ["x", "\u{0}", "€"])
    func longWord(unit: String) {
        let text = "'a" + String(repeating: unit, count: 100_000) + "b': not a path"
        let short = text.shortened()
        #expect(short.utf8.count < 400)
        #expect(short.hasPrefix("'a" + unit) && short.hasSuffix(unit + "b': not a path"))
        #expect(short.contains("bytes left out"))
        #expect(!short.unicodeScalars.contains("\u{FFFD}"))
    }

    @Test("A long line of short words is cut too, and each line for itself")
    func longLines() {
        let line = String(repeating: "word ", count: 1000)
        let short = "first\n\(line)\n\(line)end".shortened()
        let lines = short.split(separator: "\n")
        #expect(lines.count == 3 && lines[0] == "first")
        #expect(lines.allSatisfy { $0.utf8.count < 2100 } && short.hasSuffix("word end"))
    }
}
