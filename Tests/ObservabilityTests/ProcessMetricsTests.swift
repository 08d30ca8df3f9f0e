import Testing

@testable import Observability

@Suite struct ProcessMetricsTests {
    @Test func readsThisProcess() throws {
        let reading = ProcessMetrics().read()
        #expect(try #require(reading.residentBytes) > 1_000_000)
        #expect(try #require(reading.virtualBytes) > 1_000_000)
        #expect(try #require(reading.openDescriptors) >= 1)
        #expect(try #require(reading.maximumDescriptors) >= 16)
        #expect(try #require(reading.cpuSeconds) >= 0)
        // After 2020 and not in the future.
        let start = try #require(reading.startSeconds)
        #expect(start > 1_577_836_800 && start <= Double(LogTime.now().seconds) + 2)
    }

    @Test func appearsInTheText() {
        let text = PrometheusRegistry().text()
        for name in ["resident_memory_bytes", "open_fds", "start_time_seconds", "cpu_seconds_total"] {
            #expect(text.contains("\nprocess_\(name) "))
        }
    }

    @Test func programNamesMayHoldAnything() throws {
        let fields = (3...24).map { "\($0)" }.joined(separator: " ")
        let times = try #require(ProcessMetrics.times("77 (a) R (b) \(fields)\n", ticksPerSecond: 2))
        #expect(times.cpu == (14.0 + 15) / 2)
        #expect(times.start == 22.0 / 2)
    }

    @Test(arguments: ["", "77", "77 (x", "77 (x) R 1 2", "77 (x) " + String(repeating: "y ", count: 30)])
    func refusesOtherStat(text: String) {
        #expect(ProcessMetrics.times(text, ticksPerSecond: 100) == nil)
    }

    @Test func readsMemoryAndBootTime() throws {
        let memory = try #require(ProcessMetrics.memory("100 20 5 1 0 9 0\n", pageSize: 4096))
        #expect(memory.virtual == 409_600)
        #expect(memory.resident == 81_920)
        #expect(ProcessMetrics.memory("", pageSize: 4096) == nil)
        #expect(ProcessMetrics.bootTime("cpu 1 2\nbtime 1700000000\nprocesses 5\n") == 1_700_000_000)
        #expect(ProcessMetrics.bootTime("cpu 1 2\n") == nil)
    }
}
