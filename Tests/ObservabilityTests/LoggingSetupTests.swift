import Logging
import Synchronization
import Testing

@testable import Observability

@Suite struct LoggingSetupTests {
    /// Collects lines.
    final class Lines: Sendable {
        private let text = Mutex("")
        var all: String { text.withLock { $0 } }
        func add(_ bytes: [UInt8]) { text.withLock { $0 += String(decoding: bytes, as: UTF8.self) } }
    }

    let lines = Lines()

    private func logger(
        _ format: LogFormat = .text, level: Logger.Level = .info, color: Bool = false, label: String = "gateway"
    ) -> Logger {
        let setup = LoggingSetup(level: level, format: format, color: color) {
            LogTime(seconds: 1_795_240_800, nanoseconds: 7_000_000)
        }
        return setup.makeLogger(label) { [lines] in lines.add($0) }
    }

    @Test func writesAPlainLine() {
        logger().warning("cache is slow", metadata: ["url": "https://cache.example", "after": "\(3)"])
        #expect(
            lines.all == "2026-11-21T06:00:00Z warning gateway: cache is slow after=3 url=https://cache.example\n")
    }

    @Test func writesJSON() {
        logger(.json).error(
            "no \"answer\"", metadata: ["a": ["x", .dictionary(["k": "v\u{1b}"])], "b": .stringConvertible(5)])
        #expect(
            lines.all == #"{"time":"2026-11-21T06:00:00.007Z","level":"error","logger":"gateway","#
                + #""message":"no \"answer\"","metadata":{"a":["x",{"k":"v\u001b"}],"b":"5"}}"# + "\n")
    }

    @Test func levelsBelowAreSilent() {
        let logger = logger(level: .warning)
        logger.info("no")
        logger.notice("no")
        logger.critical("yes")
        #expect(lines.all == "2026-11-21T06:00:00Z critical gateway: yes\n")
    }

    @Test func colourIsOnTheLevelOnly() {
        logger(color: true).error("x")
        #expect(lines.all == "2026-11-21T06:00:00Z \u{1b}[31merror\u{1b}[0m gateway: x\n")
    }

    @Test func nearerMetadataCountsMore() {
        var logger = logger()
        logger[metadataKey: "a"] = "logger"
        logger[metadataKey: "b"] = "logger"
        logger.info("x", metadata: ["a": "event"])
        #expect(lines.all.hasSuffix("x a=event b=logger\n"))
    }

    @Test(arguments: [
        ("plain/path-1.0", "plain/path-1.0"),
        ("", "\"\""),
        ("two words", "\"two words\""),
        ("a=b", "\"a=b\""),
        ("say \"x\" \\", #""say \"x\" \\""#),
        ("x\n2026-11-21T06:00:00Z info gateway: forged", #""x\n2026-11-21T06:00:00Z info gateway: forged""#),
        ("\r\t\u{0}\u{1b}[2J\u{7f}", #""\r\t\u{0}\u{1b}[2J\u{7f}""#),
        ("\u{9b}31m", #""\u{9b}31m""#),
        ("a\u{202e}b\u{2066}c", #""a\u{202e}b\u{2066}c""#),
        ("a\u{2028}b\u{85}c", #""a\u{2028}b\u{85}c""#),
        ("größe", "\"größe\""),
    ])
    func valuesCannotForgeLines(value: String, printed: String) {
        logger().info("m", metadata: ["k": .string(value)])
        #expect(lines.all == "2026-11-21T06:00:00Z info gateway: m k=\(printed)\n")
    }

    @Test(arguments: ["\n", "\r\n", "\u{2028}", "\u{85}", "\u{1b}", "\u{0}", "\u{202e}", "\u{e0041}"])
    func nothingLeavesUnescapedAnywhere(hostile: String) {
        let inside = "a" + hostile + "b"
        for format in LogFormat.allCases {
            logger(format, label: inside).info(
                "\(inside)",
                metadata: [
                    inside: .string(inside), "d": .dictionary([inside: .array([.string(inside)])]),
                ])
        }
        let text = lines.all
        #expect(text.unicodeScalars.filter { $0 == "\n" }.count == 2)
        #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || !LogEscaping.isUnsafe($0) })
    }

    @Test func longValuesAreCut() {
        logger().info("m", metadata: ["k": .string(String(repeating: "x", count: 1_000_000))])
        #expect(lines.all.utf8.count < LogEscaping.maximumLength + 200)
        #expect(lines.all.hasSuffix("x… (1000000 bytes)\"\n"))
    }

    @Test func levelsParse() {
        #expect(Logger.Level("warning") == .warning)
        #expect(Logger.Level("loud") == nil)
    }
}
