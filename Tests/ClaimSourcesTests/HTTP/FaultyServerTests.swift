import ClaimSources
import NIOCore
import TestSupport
import Testing

/// Servers that do not keep to the protocol, or to any time.
struct FaultyServerTests {
    @Test func saysThatNobodyListens() async throws {
        let address = try await Upstream.run({ _ in }) { $0.address }
        let asked = try await PipelinedClient.quick(address).ask(100)
        #expect(asked.wasEachAnsweredOnce)
        #expect(asked.troubles == Array(repeating: .unreachable, count: 100))
        #expect(asked.firstMessage?.hasPrefix(address) == true)
    }

    @Test func saysThatAHostIsUnknown() async throws {
        let asked = try await PipelinedClient.quick("http://no-such-host.invalid").ask(1)
        #expect(asked.troubles == [.unreachable])
    }

    @Test func doesNotWaitForSilence() async throws {
        try await Upstream.run({ try await $0.hang() }) { upstream in
            let asked = try await PipelinedClient.quick(upstream.address, answerTime: .milliseconds(100)).ask(200)
            #expect(asked.wasEachAnsweredOnce)
            #expect(asked.troubles.allSatisfy { $0 == .timeout })
            #expect(asked.time < .seconds(8), "three connections are waited for, not 200 answers")
        }
    }

    @Test(arguments: [
        "", "HTTP/1.1 20", "HTTP/1.1 200 OK\r\nContent-", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
    ])
    func doesNotWaitWithinAnAnswer(_ start: String) async throws {
        try await Upstream.run({ connection in
            _ = try await connection.nextRequest()
            try await connection.send(start)
            try await connection.hang()
        }) { upstream in
            let asked = try await PipelinedClient.quick(upstream.address, answerTime: .milliseconds(100)).ask(1)
            #expect(asked.troubles == [.timeout])
            #expect(asked.time < .seconds(8))
        }
    }

    /// Each byte in time, but never the whole answer.
    @Test func drippingGainsNothing() async throws {
        try await Upstream.run({ connection in
            _ = try await connection.nextRequest()
            for byte in UpstreamAnswer(body: String(repeating: "x", count: 1000)).bytes {
                try await connection.send([byte])
                try await Task.sleep(for: .milliseconds(10))
            }
        }) { upstream in
            let asked = try await PipelinedClient.quick(upstream.address, answerTime: .milliseconds(200)).ask(1)
            #expect(asked.troubles == [.timeout])
            #expect(asked.time > .milliseconds(150) && asked.time < .seconds(8))
        }
    }

    /// One hanging answer fails its own question; the others are asked again.
    @Test func oneBadAnswerIsOne() async throws {
        try await Upstream.run({ connection in
            while let path = try await connection.nextRequest() {
                if path == "/p5" { try await connection.hang() }
                try await connection.answer(UpstreamAnswer(body: path))
            }
        }) { upstream in
            let asked = try await PipelinedClient.quick(upstream.address, answerTime: .seconds(1)).ask(100)
            #expect(asked.wasEachAnsweredOnce)
            #expect(asked.troubles.enumerated().allSatisfy { $1 == ($0 == 5 ? .timeout : nil) })
        }
    }

    @Test(arguments: [true, false]) func refusesABodyThatIsTooLong(_ isAnnounced: Bool) async throws {
        try await Upstream.run({ connection in
            while let path = try await connection.nextRequest() {
                var answer = UpstreamAnswer(body: path)
                if path == "/p5" {
                    answer.body = [UInt8](repeating: 0x78, count: 200_000)
                    answer.hasLength = isAnnounced
                }
                try await connection.answer(answer)
                guard answer.hasLength else { return }
            }
        }) { upstream in
            let client = try PipelinedClient.quick(upstream.address) { $0.bodyBytes = 1000 }
            let asked = await client.ask(100)
            #expect(asked.wasEachAnsweredOnce)
            #expect(asked.troubles.enumerated().allSatisfy { $1 == ($0 == 5 ? .tooLarge : nil) })
            #expect(asked.bodies[99] == "/p99")
        }
    }

    @Test func takesABodyOfExactlyTheLimit() async throws {
        try await Upstream.serving({ _ in UpstreamAnswer(body: [UInt8](repeating: 1, count: 1000)) }) { upstream in
            let client = try PipelinedClient.quick(upstream.address) { $0.bodyBytes = 1000 }
            #expect(await client.ask(3).bodies.allSatisfy { $0?.utf8.count == 1000 })
        }
    }

    @Test(arguments: [
        "garbage without any sense\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "\u{16}\u{3}\u{1}\u{2}\0",
        "HTTP/1.1 abc\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "HTTP/1.1 200 OK\r\nA b: c\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n",
    ])
    func refusesWhatIsNotHTTP(_ text: String) async throws {
        try await Upstream.run({ connection in
            _ = try await connection.nextRequest()
            try await connection.send(text)
            try await connection.hang()
        }) { upstream in
            let asked = try await PipelinedClient.quick(upstream.address).ask(1)
            #expect(asked.troubles == [.malformed], "\(asked.firstMessage ?? "")")
        }
    }

    @Test func refusesHugeHeaders() async throws {
        try await Upstream.run({ connection in
            _ = try await connection.nextRequest()
            try await connection.send("HTTP/1.1 200 OK\r\nX: \(String(repeating: "x", count: 500_000))\r\n\r\n")
            try await connection.hang()
        }) { upstream in
            let asked = try await PipelinedClient.quick(upstream.address).ask(1)
            #expect(asked.troubles == [.malformed])
        }
    }

    @Test func refusesAnEncodingThatNobodyAskedFor() async throws {
        try await Upstream.serving({ _ in UpstreamAnswer(headers: ["Content-Encoding: gzip"], body: "x") }) {
            upstream in
            let asked = try await PipelinedClient.quick(upstream.address).ask(3)
            #expect(asked.troubles == [.malformed, .malformed, .malformed])
            #expect(asked.firstMessage?.contains("Content-Encoding 'gzip'") == true)
        }
    }

    /// The second answer to one question is never taken for the answer to the next.
    @Test func dropsASecondAnswer() async throws {
        try await Upstream.run({ connection in
            while let path = try await connection.nextRequest() {
                let answer = UpstreamAnswer(body: path).bytes
                try await connection.send(
                    connection.number == 0 ? answer + UpstreamAnswer(body: "forged").bytes : answer)
            }
        }) { upstream in
            let client = try PipelinedClient.quick(upstream.address)
            #expect(await client.ask(["first"]).bodies == ["/first"])
            try await Task.sleep(for: .milliseconds(50))
            #expect(await client.ask(["second"]).bodies == ["/second"])
            #expect(upstream.connections == 2)
        }
    }

    @Test func answersOnceWhateverIsAnswered() async throws {
        try await Upstream.run({ connection in
            while let path = try await connection.nextRequest() {
                for _ in 0..<3 { try await connection.answer(UpstreamAnswer(body: path)) }
            }
        }) { upstream in
            let asked = try await PipelinedClient.quick(upstream.address).ask(100)
            #expect(asked.wasEachAnsweredOnce)
        }
    }

    @Test func givesUpOnAServerThatHangsUp() async throws {
        try await Upstream.run({ _ in }) { upstream in
            let asked = try await PipelinedClient.quick(upstream.address).ask(500)
            #expect(asked.wasEachAnsweredOnce)
            #expect(asked.troubles.allSatisfy { $0 == .closedEarly })
            #expect(upstream.connections <= 12)
        }
    }

    /// Failures of long ago do not make the next one worse.
    @Test func forgetsFailuresWhenTheWorkIsDone() async throws {
        try await Upstream.run({ connection in
            while let path = try await connection.nextRequest() {
                if path.hasPrefix("/bad") { return }
                try await connection.answer(UpstreamAnswer(body: path))
            }
        }) { upstream in
            let client = try PipelinedClient.quick(upstream.address) { $0.connections = 1 }
            for round in 0..<6 {
                let asked = await client.ask(["bad\(round)", "a", "b", "c"])
                #expect(asked.troubles == [.closedEarly, nil, nil, nil])
            }
        }
    }

    @Test func namesAnEndlessLocationInShort() async throws {
        let location = String(repeating: "x", count: 50_000)
        try await Upstream.serving({ _ in UpstreamAnswer(301, headers: ["Location: /\(location)"]) }) { upstream in
            let asked = try await PipelinedClient.quick(upstream.address).ask(1)
            #expect((asked.firstMessage?.utf8.count ?? 0) < 400)
        }
    }
}
