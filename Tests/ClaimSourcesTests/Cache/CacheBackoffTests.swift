import NIOCore
import TestSupport
import Testing

@testable import ClaimSources

struct CacheBackoffTests {
    private let trouble = SourceTrouble(.timeout, "no answer")

    private func time(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(UInt64(seconds) * 1_000_000_000) }

    @Test func doublesItsPauseUpToAMinute() {
        var backoff = CacheBackoff()
        var now: Int64 = 1000
        for pause in [1, 2, 4, 8, 16, 32, 60, 60, 60] as [Int64] {
            #expect(backoff.pause(at: time(now)) == nil)
            backoff.failed(trouble, at: time(now))
            #expect(backoff.pause(at: time(now + pause) - .nanoseconds(1))?.kind == .backingOff)
            now += pause
        }
        backoff.answered()
        #expect(backoff.pause(at: time(now)) == nil)
        backoff.failed(trouble, at: time(now))
        #expect(backoff.pause(at: time(now + 1)) == nil)
    }

    /// A cache that is down fails all questions of a batch at once: that is one failure.
    @Test func takesABatchOfFailuresAsOne() {
        var backoff = CacheBackoff()
        for _ in 0..<1000 { backoff.failed(trouble, at: time(1000)) }
        #expect(backoff.pause(at: time(1000))?.message == "no answer (asked again after a pause)")
        #expect(backoff.pause(at: time(1001)) == nil)
    }

    @Test func leavesACacheAloneThatFailed() async throws {
        try await Upstream.serving({ UpstreamAnswer($0 == "/good" ? 404 : 500) }) { upstream in
            let resources = HTTPResources()
            let patient = try BinaryCache(url: upstream.address, pausesAfterTrouble: true, resources: resources)
            let eager = try BinaryCache(url: upstream.address, resources: resources)
            for cache in [patient, eager] {
                guard case .trouble(let first) = await cache.get("bad") else {
                    Issue.record("500 is trouble")
                    continue
                }
                #expect(first.kind == .status)
                switch await cache.get("good") {
                case .trouble(let second):
                    #expect(cache === patient)
                    #expect(second.kind == .backingOff)
                    #expect(second.message.contains("HTTP status 500"))
                case .absent: #expect(cache === eager)
                case .body: Issue.record("there is no body")
                }
            }
            await resources.shutdown()
        }
    }
}
