import Gateway
import Glibc
import Logging
import Observability
import Synchronization
import TransparencyLog

/// `create LOG`, `add LOG FIRST COUNT [SECONDS]`, `check LOG`, which reads what `add` said, and `serve LOG PORT`.
struct Driver {
    private let words: [String]

    init(_ words: some Sequence<String>) {
        self.words = Array(words)
    }

    private static let submitters = 8

    /// The same key each time: nobody relies on this log.
    private func signer() throws -> NoteSigner {
        try NoteSigner(name: "driver.example/log", kind: .ed25519, seed: Array(1...32))
    }

    func run() async throws -> Int32 {
        guard words.count >= 2 else { throw Usage() }
        switch (words[0], words.count) {
        case ("create", 2): _ = try LogDirectory.create(words[1], signer: signer())
        case ("add", 4...5):
            guard let first = Int(words[2]), let count = Int(words[3]) else { throw Usage() }
            try await add(first, count, seconds: words.count == 5 ? Int(words[4]) ?? 0 : 0)
        case ("check", 2): return try check()
        case ("serve", 3):
            guard let port = Int(words[2]), (0...65535).contains(port) else { throw Usage() }
            try await serve(at: port)
        default: throw Usage()
        }
        return 0
    }

    /// Adds entries, each until it is taken or time is up, and says each that is durable or published.
    private func add(_ first: Int, _ count: Int, seconds: Int) async throws {
        var settings = SequencerSettings()
        settings.publishEvery = .milliseconds(20)
        let sequencer = try await Sequencer.open(LogDirectory(words[1]), signer: signer(), settings: settings) {
            event in
            switch event {
            case .published(let checkpoint): Self.say("checkpoint \(checkpoint.size) \(checkpoint.root.hex)")
            default: Self.say("event \(event)")
            }
        }
        Self.say("open \(sequencer.status.durableSize)")
        let end = ContinuousClock.now + .seconds(seconds)
        let next = Numbers(first)
        await withTaskGroup { group in
            for _ in 0..<Self.submitters {
                group.addTask {
                    while true {
                        let number = next.take()
                        guard number < first + count else { return }
                        await Self.add(number, to: sequencer, until: end)
                    }
                }
            }
        }
        let last = sequencer.status.durableSize
        if last > 0 {
            await withTaskGroup { group in
                group.addTask { try? await sequencer.published(last - 1) }
                group.addTask { try? await Task.sleep(until: max(end, .now + .seconds(1))) }
                await group.next()
                group.cancelAll()
            }
        }
        await sequencer.close()
        Self.say("closed \(last)")
    }

    private static func add(_ number: Int, to sequencer: Sequencer, until end: ContinuousClock.Instant) async {
        while true {
            do throws(TransparencyLogError) {
                let sequenced = try await sequencer.add(Self.entry(number))
                say("durable \(number) \(sequenced.index) \(sequenced.isDuplicate)")
                return
            } catch {
                say("refused \(number) \(error.code)")
                guard ContinuousClock.now < end else { return }
                try? await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    /// Serves the log on this machine, and takes whatever comes: for load generators of others, which send no
    /// attestations. Says the log's key first. Ends when it is told to.
    private func serve(at port: Int) async throws {
        let directory = LogDirectory(words[1])
        let sequencer = try await Sequencer.open(directory, signer: signer())
        var parts = LogServer.Parts()
        parts.log = LogPart(directory: directory, sequencer: sequencer, keysOf: nil) { _ in .admitted }
        var limits = LogServerLimits()
        limits.connections = 8192
        Self.say("key \(try signer().key)")
        var logger = Logger(label: "driver") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        try await LogServer(
            host: "127.0.0.1", port: port, parts: parts, limits: limits,
            metrics: PrometheusRegistry(processMetrics: false), logger: logger
        ) { Self.say("listening \($0)") }.run()
        await sequencer.close()
    }

    /// Checks the log, and holds it against what `add` said, which comes on the standard input: entries are where they
    /// were acknowledged, and every checkpoint that was published is of this very log.
    private func check() throws -> Int32 {
        let log = LogDirectory(words[1])
        let report = try log.check(key: signer().key)
        for finding in report.findings { Self.say("finding \(finding)") }
        Self.say("sizes \(report.publishedSize) \(report.signedSize) \(report.durableSize)")
        var wrong = 0
        while let line = readLine() {
            let words = line.split(separator: " ")
            switch words.first {
            case "durable" where words.count == 4:
                guard let number = Int(words[1]), let index = UInt64(words[2]), index < report.signedSize,
                    try log.entry(index, inTreeOf: report.signedSize) == Self.entry(number)
                else {
                    Self.say("lost \(line)")
                    wrong += 1
                    continue
                }
            case "checkpoint" where words.count == 3:
                guard let size = UInt64(words[1]), size <= report.signedSize,
                    try size == 0 || log.root(of: size, inTreeOf: report.signedSize).hex == words[2]
                else {
                    Self.say("contradicted \(line)")
                    wrong += 1
                    continue
                }
            default: continue
            }
        }
        return report.isSound && wrong == 0 ? 0 : 3
    }

    /// An entry of 1 to about 3,000 bytes that its number decides.
    static func entry(_ number: Int) -> [UInt8] {
        Array("entry \(number) ".utf8) + Array(repeating: UInt8(truncatingIfNeeded: number), count: number * 37 % 3000)
    }

    static func say(_ text: String) {
        var line = text + "\n"
        line.withUTF8 { bytes in
            var part = iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
            _ = writev(STDOUT_FILENO, &part, 1)
        }
    }

    private final class Numbers: Sendable {
        private let next: Atomic<Int>

        init(_ first: Int) { next = Atomic(first) }

        func take() -> Int { next.wrappingAdd(1, ordering: .relaxed).oldValue }
    }

    private struct Usage: Error, CustomStringConvertible {
        let description = "create LOG | add LOG FIRST COUNT [SECONDS] | check LOG | serve LOG PORT"
    }
}
