import Glibc
import TransparencyLog

/// Figure 8: entries that a log makes durable in a second, when it is small and when it is large.
struct FigureSequence {
    let bench: Bench

    private static let submitters = 64
    private static let inFlightEach = 64
    private static let entryByteCount = 2000
    private static let smallSize: UInt64 = 10_000
    private static let largeSize: UInt64 = 10_000_000
    private static let seconds = 6.0

    func run() async throws {
        let signer = try NoteSigner(name: "bench.example/log", kind: .ed25519, seed: Array(1...32))
        let large = try await grown("sequence/large", to: Self.largeSize, signer)
        var rates = (small: Samples(), large: Samples())
        var latencies = (small: Samples(), large: Samples())
        var memory = (small: Samples(), large: Samples())
        for _ in 0..<max(1, min(bench.runs, 5)) {
            bench.work.remove("sequence/small")
            let small = try await grown("sequence/small", to: Self.smallSize, signer)
            let fresh = try await measure(small, signer)
            rates.small.add(fresh.rate)
            latencies.small.add(fresh.slowest)
            memory.small.add(fresh.memory)
            let filled = try await measure(large, signer)
            rates.large.add(filled.rate)
            latencies.large.add(filled.slowest)
            memory.large.add(filled.memory)
        }
        bench.work.remove("sequence/small")
        // Measuring makes the large one longer; one that has become much longer is grown anew the next time.
        let head = try large.head(key: signer.key)
        if let head, head.size > Self.largeSize + Self.largeSize / 5 { bench.work.remove("sequence/large") }
        let who = "\(Self.submitters) submitters, \(Self.inFlightEach) in flight each, 2 kB"
        bench.report.single("8 entries made durable, log of 10^4", rates.small, .perSecond, .atLeast(3000), note: who)
        bench.report.compare(
            "8 entries made durable, log of 10^7", rates.large, "log of 10^4", rates.small, .perSecond,
            ratio: rates.large.median / rates.small.median, .atLeast(0.8))
        bench.report.single(
            "8 until durable, 99 of 100 are faster, log of 10^4", latencies.small, .milliseconds, .atMost(1))
        bench.report.single(
            "8 until durable, 99 of 100 are faster, log of 10^7", latencies.large, .milliseconds, .atMost(1))
        bench.report.compare(
            "8 memory after it, log of 10^7", memory.large, "log of 10^4", memory.small, .mebibytes,
            ratio: memory.large.median / memory.small.median, nil)
    }

    /// A log of at least so many entries, of which those that are only there to fill it are short.
    private func grown(_ name: String, to size: UInt64, _ signer: NoteSigner) async throws -> LogDirectory {
        let log = LogDirectory(bench.work.path(name))
        if !bench.work.exists("\(name)/.state/head") {
            try bench.work.make("sequence")
            _ = try LogDirectory.create(log.root, signer: signer)
        }
        let sequencer = try await Sequencer.open(log, signer: signer)
        let from = sequencer.status.durableSize
        if from < size {
            if size - from > 1_000_000 { Report.say("growing a log to \(size) entries …") }
            try await Self.submit(to: sequencer) { lane, lanes in
                var number = from + UInt64(lane)
                return {
                    guard number < size else { return nil }
                    defer { number += UInt64(lanes) }
                    return Array("filling \(number)".utf8)
                }
            }
            try await sequencer.published(size - 1)
        }
        await sequencer.close()
        return log
    }

    private struct Measured {
        let rate: Double
        let slowest: Double
        let memory: Double
    }

    private func measure(_ log: LogDirectory, _ signer: NoteSigner) async throws -> Measured {
        let sequencer = try await Sequencer.open(log, signer: signer)
        let from = sequencer.status.durableSize
        let begin = Stopwatch()
        let latencies = try await Self.submit(to: sequencer) { lane, lanes in
            // No two runs add the same entries.
            var entry = Array("measured behind \(from), lane \(lane), number ".utf8)
            let digits = entry.count
            entry += Array(repeating: UInt8(ascii: "-"), count: Self.entryByteCount - digits)
            var number: UInt64 = 0
            return {
                guard begin.seconds < Self.seconds else { return nil }
                number += 1
                var rest = number
                for place in 0..<12 {
                    entry[digits + 11 - place] = UInt8(ascii: "0") + UInt8(rest % 10)
                    rest /= 10
                }
                return entry
            }
        }
        let seconds = begin.seconds
        let size = sequencer.status.durableSize
        let memory = Machine.residentMemory
        try demand(size - from == UInt64(latencies.count), "\(latencies.count) answers, \(size - from) entries")
        try await sequencer.published(size - 1)
        for step in 0..<100 {
            let index = from + (size - from - 1) * UInt64(step) / 99
            let entry = try await sequencer.entry(index) ?? []
            let proof = try await sequencer.inclusionProof(of: index)
            _ = try proof.verify(leaf: MerkleHash.leaf(entry), logKey: signer.key, cosigners: [])
        }
        await sequencer.close()
        let sorted = latencies.sorted()
        return Measured(
            rate: Double(latencies.count) / seconds, slowest: sorted[sorted.count * 99 / 100], memory: memory)
    }

    /// Submits from all lanes until each has no more; how long every answer took, in seconds.
    @discardableResult
    private static func submit(
        to sequencer: Sequencer, _ entries: @escaping @Sendable (_ lane: Int, _ lanes: Int) -> () -> [UInt8]?
    ) async throws -> [Double] {
        let lanes = submitters * inFlightEach
        return try await withThrowingTaskGroup { group in
            for lane in 0..<lanes {
                group.addTask {
                    let next = entries(lane, lanes)
                    var latencies: [Double] = []
                    while let entry = next() {
                        let begin = Stopwatch()
                        let sequenced = try await sequencer.add(entry)
                        latencies.append(begin.seconds)
                        try demand(!sequenced.isDuplicate, "a new entry is no duplicate")
                    }
                    return latencies
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }
}
