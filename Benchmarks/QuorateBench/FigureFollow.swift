import ClaimSources
import Glibc
import Ledger
import LedgerSQLite
import Quorum
import Verification

/// Figure 9: a log of claims read for the first time, from its files to the ledger, and looked at again.
struct FigureFollow {
    let bench: Bench

    private static let size: UInt64 = 1_000_192

    func run() async throws {
        let log = try await AttestedLog(bench.work.path("follow/log"), size: Self.size)
        var (whole, wall, again, memory) = (Samples(), Samples(), Samples(), Samples())
        for _ in 0..<max(1, min(bench.runs, 3)) {
            let state = try bench.work.empty("follow/state")
            let first = try await Self.follow(log, state)
            try demand(first.claims == Int(Self.size), "\(first.claims) claims of \(Self.size)")
            whole.add(Double(first.claims) / first.processorSeconds)
            wall.add(Double(first.claims) / first.seconds)
            memory.add(Machine.residentMemory)
            let second = try await Self.follow(log, state)
            try demand(second.claims == 0, "\(second.claims) claims a second time")
            again.add(second.seconds)
        }
        bench.work.remove("follow/state")
        bench.report.single(
            "9 claims followed into the ledger, a core's second", whole, .perSecond, .atLeast(15_000),
            note: "\(Self.size) claims, user and system time")
        bench.report.single("9 the same by the clock", wall, .perSecond, nil)
        bench.report.single("9 memory after it", memory, .mebibytes, nil)
        bench.report.single("9 looked at again by a new start", again, .milliseconds, nil)
    }

    struct Measured {
        let claims: Int
        let seconds: Double
        let processorSeconds: Double
    }

    /// Follows as a program does that has just been started.
    static func follow(_ log: AttestedLog, _ state: String) async throws -> Measured {
        let begin = Stopwatch()
        let before = processorSeconds
        let seal = ClaimSeal(key: [UInt8](repeating: 3, count: 32))
        let ledger = try SQLiteLedger(path: state + "/ledger.sqlite", seal: seal)
        let resources = HTTPResources()
        let logs = LogSet(
            policy: try log.policy, memory: LogMemory(directory: state), ledger: ledger, resources: resources,
            now: { Timestamp(secondsSince1970: 1_800_000_000) })
        let statuses = await logs.follow()
        await resources.shutdown()
        try demand(statuses.map(\.standing) == [.current], statuses.first?.message ?? "no log")
        let measured = Measured(
            claims: statuses.reduce(0) { $0 + $1.newClaims }, seconds: begin.seconds,
            processorSeconds: processorSeconds - before)
        await ledger.close()
        return measured
    }

    /// User and system time of this process and its threads.
    private static var processorSeconds: Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
}
