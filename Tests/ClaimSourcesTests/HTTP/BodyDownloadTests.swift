import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import ClaimSources

struct BodyDownloadTests {
    private func limits(_ change: (inout BodyDownload.Limits) -> Void = { _ in }) -> BodyDownload.Limits {
        var limits = BodyDownload.Limits()
        limits.headTime = .seconds(8)
        change(&limits)
        return limits
    }

    /// The body that a download brings.
    private func get(
        _ url: String, limit: UInt64 = 1 << 20, _ limits: BodyDownload.Limits? = nil, silence: TimeAmount = .seconds(10)
    ) async throws -> [UInt8] {
        let resources = HTTPResources(silence: silence)
        let body = Mutex<[UInt8]>([])
        let result: Result<UInt64, any Error>
        do {
            result = .success(
                try await BodyDownload(client: resources.client, limits: limits ?? self.limits())
                    .get(url, limit: limit) { part in body.withLock { $0 += part.readableBytesView } })
        } catch {
            result = .failure(error)
        }
        await resources.shutdown()
        let bytes = body.withLock { $0 }
        #expect(try result.get() == UInt64(bytes.count))
        return bytes
    }

    private func expect(
        _ kind: SourceTrouble.Kind, _ body: () async throws -> [UInt8],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        do {
            _ = try await body()
            Issue.record("nothing was refused", sourceLocation: sourceLocation)
        } catch let error as SourceTrouble {
            #expect(error.kind == kind, "\(error)", sourceLocation: sourceLocation)
        } catch {
            Issue.record(error, sourceLocation: sourceLocation)
        }
    }

    private let large = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }

    @Test func streamsABody() async throws {
        let large = large
        try await Upstream.serving({ _ in UpstreamAnswer(body: large) }) { upstream in
            let body = try await get(upstream.address + "nar/x", limit: UInt64(large.count))
            #expect(body == large)
        }
    }

    @Test func refusesMoreThanTheLimit() async throws {
        let large = large
        for hasLength in [true, false] {
            try await Upstream.run({ connection in
                _ = try await connection.nextRequest()
                var answer = UpstreamAnswer(body: large)
                answer.hasLength = hasLength
                try await connection.answer(answer)
            }) { upstream in
                await expect(.tooLarge) { try await get(upstream.address, limit: UInt64(large.count) - 1) }
            }
        }
    }

    @Test func followsRedirectsToAnotherHost() async throws {
        try await Upstream.serving({ UpstreamAnswer(body: "other \($0)") }) { other in
            try await Upstream.serving({ path in
                path == "/nar/x"
                    ? UpstreamAnswer(302, headers: ["Location: /moved"])
                    : UpstreamAnswer(307, headers: ["Location: \(other.address)store"])
            }) { upstream in
                let body = try await get(upstream.address + "nar/x")
                #expect(body == Array("other /store".utf8))
            }
        }
    }

    @Test func endsRedirectsInCircles() async throws {
        try await Upstream.serving({ path in
            UpstreamAnswer(301, headers: ["Location: " + (path == "/a" ? "/b" : "/a")])
        }) { upstream in
            await expect(.redirect) { try await get(upstream.address + "a") }
        }
        try await Upstream.serving({ UpstreamAnswer(301, headers: ["Location: \($0)x"]) }) { upstream in
            await expect(.redirect) { try await get(upstream.address + "a") }
        }
    }

    @Test func refusesARedirectToNowhere() async throws {
        try await Upstream.serving({ _ in UpstreamAnswer(301) }) { upstream in
            await expect(.redirect) { try await get(upstream.address + "a") }
        }
    }

    @Test(arguments: [
        ("https://a/x", "https://b/y", "https://b/y"), ("http://a/x", "https://b/y", "https://b/y"),
        ("http://a/x", "http://b/y", "http://b/y"), ("https://a:8443/x/y", "/z", "https://a:8443/z"),
    ])
    func readsALocation(_ from: String, _ location: String, _ to: String) throws {
        #expect(try BodyDownload.redirected(from: from, to: location) == to)
    }

    @Test(arguments: [
        ("https://a/x", "http://a/x"), ("https://a/x", "//b/x"), ("http://a/x", "file:///etc/passwd"),
        ("http://a/x", "y"), ("http://a/x", ""), ("http://a/x", "ftp://b/y"), ("http://a/x", "../y"),
    ])
    func refusesALocation(_ from: String, _ location: String) {
        let error = #expect(throws: SourceTrouble.self) { try BodyDownload.redirected(from: from, to: location) }
        #expect(error?.kind == .redirect)
    }

    @Test(arguments: [403, 404, 410, 500, 503, 204, 206])
    func takesEveryOtherStatusAsTrouble(_ status: Int) async throws {
        try await Upstream.run({ connection in
            _ = try await connection.nextRequest()
            try await connection.send("HTTP/1.1 \(status) No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        }) { upstream in
            await expect(.status) { try await get(upstream.address) }
        }
    }

    @Test func noticesAnEndWithinTheBody() async throws {
        let large = large
        try await Upstream.run({ connection in
            _ = try await connection.nextRequest()
            try await connection.send(Array(UpstreamAnswer(body: large).bytes.dropLast(10)))
        }) { upstream in
            await expect(.closedEarly) { try await get(upstream.address) }
        }
        try await Upstream.run({ connection in
            _ = try await connection.nextRequest()
            try await connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n")
        }) { upstream in
            await expect(.closedEarly) { try await get(upstream.address) }
        }
    }

    @Test func doesNotWaitForSilence() async throws {
        try await Upstream.run({ try await $0.hang() }) { upstream in
            await expect(.timeout) { try await get(upstream.address, limits { $0.headTime = .milliseconds(200) }) }
        }
        try await Upstream.run({ connection in
            _ = try await connection.nextRequest()
            try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")
            try await connection.hang()
        }) { upstream in
            await expect(.timeout) { try await get(upstream.address, silence: .milliseconds(200)) }
        }
    }

    @Test func drippingGainsNothing() async throws {
        try await Upstream.run({ connection in
            _ = try await connection.nextRequest()
            try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n")
            while true {
                try await connection.send("x")
                try await Task.sleep(for: .milliseconds(10))
            }
        }) { upstream in
            let limits = limits {
                $0.graceTime = .milliseconds(300)
                $0.leastBytesPerSecond = 10 << 20
            }
            let time = await ContinuousClock().measure {
                await expect(.timeout) { try await get(upstream.address, limits) }
            }
            #expect(time < .seconds(8))
        }
    }

    /// The time for the head is not the time for the body.
    @Test func waitsForASteadyBody() async throws {
        try await Upstream.run({ connection in
            _ = try await connection.nextRequest()
            try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n")
            for _ in 0..<30 {
                try await connection.send("x")
                try await Task.sleep(for: .milliseconds(20))
            }
        }) { upstream in
            let body = try await get(upstream.address, limits { $0.headTime = .milliseconds(500) })
            #expect(body.count == 30)
        }
    }

    @Test func passesTheSinksErrorOn() async throws {
        struct Full: Error {}
        let large = large
        try await Upstream.serving({ _ in UpstreamAnswer(body: large) }) { upstream in
            let resources = HTTPResources()
            await #expect(throws: Full.self) {
                try await BodyDownload(client: resources.client)
                    .get(upstream.address, limit: 1 << 20) { _ in throw Full() }
            }
            await resources.shutdown()
        }
    }

    @Test func refusesWhatIsNotHTTP() async throws {
        try await Upstream.run({ connection in
            _ = try await connection.nextRequest()
            try await connection.send("SSH-2.0-OpenSSH_9.2\r\n")
            try await connection.hang()
        }) { upstream in
            await expect(.malformed) { try await get(upstream.address) }
        }
    }

    @Test func saysThatNobodyListens() async throws {
        let address = try await Upstream.run({ _ in }) { $0.address }
        do {
            _ = try await get(address, limits { $0.headTime = .milliseconds(300) })
            Issue.record("somebody listened")
        } catch let error as SourceTrouble {
            #expect(error.kind == .unreachable || error.kind == .timeout)
        }
    }
}
