import Foundation
import Glibc
import TestSupport
import Testing

/// A log whose writer is killed, or refused by the system, anywhere: what was acknowledged stays where it was, and no
/// two checkpoints contradict each other.
///
/// `QUORATE_LOG_FAULTS` says at how many calls of each kind it is tried; a few are enough for every day.
@Suite("A log under faults", .enabled(if: Strace.isUsable, "strace cannot be used here"))
struct LogFaultTests {
    /// Every system call with which the sequencer changes something, or makes it durable.
    static let calls = [
        "close", "fallocate", "fdatasync", "fsync", "ftruncate", "link", "mkdir", "openat", "pwrite64", "rename",
        "unlink", "write",
    ]
    private static let depth = ProcessInfo.processInfo.environment["QUORATE_LOG_FAULTS"].flatMap(Int.init) ?? 1
    private static let driver = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appendingPathComponent("LogDriver").path

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private struct Outcome {
        let status: Int32
        let lines: [Substring]
    }

    private func run(
        _ words: [String], input: String = "", through wrapper: [String] = [], killedAfter delay: Duration? = nil
    ) async throws -> Outcome {
        let place = try TemporaryFolder()
        try place.write("in", input)
        await Slots.programs.acquire()
        let process = try RunningProcess(
            wrapper + [Self.driver] + words, environment: ["PATH": "/usr/bin:/bin"], folder: place, slots: .programs)
        if let delay {
            try await Task.sleep(for: delay)
            process.signal(SIGKILL)
        }
        guard let status = await process.wait(.seconds(60)) else {
            process.signal(SIGKILL)
            throw TestFailure("\(words): hangs; \(process.out.suffix(500))")
        }
        return Outcome(status: status, lines: process.out.split(separator: "\n"))
    }

    /// The log recovers by itself, is sound, and has all that was ever said of it.
    private func expectNothingLost(_ log: String, _ said: [Substring], _ what: String) async throws {
        let recovered = try await run(["add", log, "0", "0"])
        #expect(recovered.status == 0, "\(what): \(recovered.lines.suffix(3))")
        let input = (said + recovered.lines).joined(separator: "\n") + "\n"
        let checked = try await run(["check", log], input: input)
        #expect(checked.status == 0, "\(what): \(checked.lines.suffix(5))")
    }

    @Test("A system call that fails, fails for a while, or is the last", arguments: calls)
    func refused(_ call: String) async throws {
        for number in 1...Self.depth {
            for (fault, place) in [
                ("error=EIO", "\(number)"), ("error=ENOSPC", "\(number)..\(number + 15)"), ("signal=KILL", "\(number)"),
            ] {
                let log = folder.file("\(fault)-\(number)")
                #expect(try await run(["create", log]).status == 0)
                let before = try await run(["add", log, "0", "260"])
                #expect(before.status == 0)
                let during = try await run(
                    ["add", log, "260", "300", "2"],
                    through: [
                        "strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(call)", "-e",
                        "inject=\(call):\(fault):when=\(place)",
                    ])
                try await expectNothingLost(log, before.lines + during.lines, "\(call) \(fault) \(place)")
            }
        }
    }

    @Test("Killed at any moment, again and again")
    func killed() async throws {
        let log = folder.file("log")
        #expect(try await run(["create", log]).status == 0)
        var said: [Substring] = []
        for round in 0..<(4 * Self.depth) {
            let acknowledged = said.count { $0.hasPrefix("durable") }
            // Some were added before, and keep their places.
            let outcome = try await run(
                ["add", log, "\(max(0, acknowledged - 20))", "1000000"],
                killedAfter: .milliseconds(100 + 61 * (round % 7)))
            said += outcome.lines
        }
        #expect(said.contains { $0.hasPrefix("durable") })
        try await expectNothingLost(log, said, "killed")
    }

    @Test("A disk that takes nothing: entries are refused, and the log goes on where it was when it takes some again")
    func full() async throws {
        let log = folder.file("log")
        #expect(try await run(["create", log]).status == 0)
        let before = try await run(["add", log, "0", "300"])
        let full = try await run(
            ["add", log, "300", "10", "1"],
            through: [
                "strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=write", "-e",
                "inject=write:error=ENOSPC:when=1+",
            ])
        #expect(!full.lines.contains { $0.hasPrefix("durable") })
        #expect(full.lines.contains { $0.hasPrefix("refused") && $0.hasSuffix("unavailable") })
        let after = try await run(["add", log, "300", "10"])
        #expect(after.lines.count { $0.hasPrefix("durable") } == 10)
        try await expectNothingLost(log, before.lines + full.lines + after.lines, "full")
    }
}
