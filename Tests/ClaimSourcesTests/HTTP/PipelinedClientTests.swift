import ClaimSources
import NIOCore
import TestSupport
import Testing

/// Servers that keep to the protocol, in every way that it allows.
struct PipelinedClientTests {
    private func echo(_ path: String) -> UpstreamAnswer { UpstreamAnswer(body: "you asked \(path)") }

    private func expectEchoes(_ asked: Asked) {
        #expect(asked.wasEachAnsweredOnce)
        #expect(asked.bodies == asked.answers.indices.map { "you asked /p\($0)" })
    }

    @Test func answersEachOfManyQuestionsOnce() async throws {
        try await Upstream.serving(echo) { upstream in
            let client = try PipelinedClient.quick(upstream.address, answerTime: .seconds(5))
            expectEchoes(await client.ask(2000))
            #expect(upstream.connections <= 4)
            expectEchoes(await client.ask(3))
            #expect(upstream.connections <= 4, "connections are kept")
            client.shutdown()
        }
    }

    @Test func keepsBatchesApartThatComeTogether() async throws {
        try await Upstream.serving(echo) { upstream in
            let client = try PipelinedClient.quick(upstream.address, answerTime: .seconds(5))
            await withTaskGroup(of: Asked.self) { group in
                for _ in 0..<20 { group.addTask { await client.ask(40) } }
                for await asked in group { expectEchoes(asked) }
            }
        }
    }

    @Test func asksNothingWhenNothingIsAsked() async throws {
        try await Upstream.serving(echo) { upstream in
            let asked = try await PipelinedClient.quick(upstream.address).ask([])
            #expect(asked.answers.isEmpty)
            #expect(upstream.connections == 0)
        }
    }

    @Test func sendsABaseAndAHost() async throws {
        try await Upstream.serving(echo) { upstream in
            let client = try PipelinedClient.quick(upstream.address + "some/cache")
            #expect(await client.ask(["x.narinfo"]).bodies == ["you asked /some/cache/x.narinfo"])
        }
    }

    @Test(arguments: [(200, nil), (403, nil), (404, nil), (410, nil)] as [(Int, SourceTrouble.Kind?)])
    func takesAbsence(_ status: Int, _ kind: SourceTrouble.Kind?) async throws {
        try await Upstream.serving({ _ in UpstreamAnswer(status) }) { upstream in
            let asked = try await PipelinedClient.quick(upstream.address).ask(5)
            #expect(asked.wasEachAnsweredOnce)
            #expect(asked.absences == (status == 200 ? 0 : 5))
        }
    }

    @Test(
        arguments: [
            (201, .status), (206, .status), (300, .redirect), (301, .redirect), (308, .redirect), (400, .status),
            (401, .status), (429, .status), (500, .status), (502, .status), (599, .status),
        ] as [(Int, SourceTrouble.Kind)])
    func takesEveryOtherStatusAsTrouble(_ status: Int, _ kind: SourceTrouble.Kind) async throws {
        try await Upstream.serving({ _ in UpstreamAnswer(status, body: "sorry") }) { upstream in
            let asked = try await PipelinedClient.quick(upstream.address).ask(5)
            #expect(asked.wasEachAnsweredOnce)
            #expect(asked.troubles == Array(repeating: kind, count: 5))
            #expect(upstream.connections == 1, "the connection is as good as before")
        }
    }

    /// A redirect of narinfos would let one cache speak as another.
    @Test func followsNoRedirect() async throws {
        try await Upstream.serving(echo) { other in
            try await Upstream.serving({
                UpstreamAnswer(302, headers: ["Location: \(other.address)\($0.dropFirst())"])
            }) { upstream in
                let asked = try await PipelinedClient.quick(upstream.address).ask(1)
                #expect(asked.troubles == [.redirect])
                #expect(asked.firstMessage?.contains("'\(other.address)p0'") == true)
                #expect(other.connections == 0)
            }
        }
    }

    @Test func takesABodyWithoutALength() async throws {
        try await Upstream.run({ connection in
            guard let path = try await connection.nextRequest() else { return }
            try await connection.send("HTTP/1.1 200 OK\r\n\r\nyou asked \(path)")
        }) { upstream in
            expectEchoes(try await PipelinedClient.quick(upstream.address).ask(30))
        }
    }

    @Test func takesChunks() async throws {
        try await Upstream.run({ connection in
            while let path = try await connection.nextRequest() {
                try await connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                for part in ["you ", "asked ", path] {
                    try await connection.send("\(String(part.utf8.count, radix: 16))\r\n\(part)\r\n")
                }
                try await connection.send("0\r\nTrailer: yes\r\n\r\n")
            }
        }) { upstream in
            expectEchoes(try await PipelinedClient.quick(upstream.address).ask(100))
        }
    }

    @Test func takesAnswersInAnyCut() async throws {
        try await Upstream.run({ connection in
            while let path = try await connection.nextRequest() {
                for byte in UpstreamAnswer(body: "you asked \(path)").bytes { try await connection.send([byte]) }
            }
        }) { upstream in
            expectEchoes(try await PipelinedClient.quick(upstream.address, answerTime: .seconds(5)).ask(10))
        }
    }

    @Test func passesOverInformation() async throws {
        try await Upstream.run({ connection in
            while let path = try await connection.nextRequest() {
                try await connection.send("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
                try await connection.answer(UpstreamAnswer(body: "you asked \(path)"))
            }
        }) { upstream in
            expectEchoes(try await PipelinedClient.quick(upstream.address).ask(20))
        }
    }

    @Test(arguments: ["HTTP/1.1 200 OK\r\nConnection: close", "HTTP/1.0 200 OK"])
    func asksAgainAServerThatClosesAfterEachAnswer(_ head: String) async throws {
        try await Upstream.run({ connection in
            guard let path = try await connection.nextRequest() else { return }
            let body = "you asked \(path)"
            try await connection.send("\(head)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        }) { upstream in
            expectEchoes(try await PipelinedClient.quick(upstream.address).ask(100))
        }
    }

    @Test func asksAgainAServerThatClosesWithoutAWord() async throws {
        try await Upstream.run({ connection in
            guard let path = try await connection.nextRequest() else { return }
            try await connection.answer(UpstreamAnswer(body: "you asked \(path)"))
        }) { upstream in
            expectEchoes(try await PipelinedClient.quick(upstream.address).ask(100))
        }
    }

    @Test func asksAgainWhatAPipelineLeftOpen() async throws {
        try await Upstream.run({ connection in
            for _ in 0..<7 {
                guard let path = try await connection.nextRequest() else { return }
                try await connection.answer(UpstreamAnswer(body: "you asked \(path)"))
            }
            // The eighth answer is cut in its head or its body.
            _ = try await connection.nextRequest()
            let bytes = UpstreamAnswer(body: "you asked what?").bytes
            try await connection.send(Array(bytes.prefix(connection.number % 2 == 0 ? 9 : bytes.count - 3)))
        }) { upstream in
            expectEchoes(try await PipelinedClient.quick(upstream.address).ask(200))
        }
    }

    @Test func asksAgainOnAConnectionThatEndedMeanwhile() async throws {
        try await Upstream.run({ connection in
            guard let path = try await connection.nextRequest() else { return }
            try await connection.answer(UpstreamAnswer(body: "you asked \(path)"))
            try await Task.sleep(for: .milliseconds(20))
        }) { upstream in
            let client = try PipelinedClient.quick(upstream.address)
            for _ in 0..<5 {
                expectEchoes(await client.ask(1))
                try await Task.sleep(for: .milliseconds(Int.random(in: 10...30)))
            }
        }
    }

    @Test func answersEverythingWhenItIsShutDown() async throws {
        try await Upstream.run({ connection in
            // Some answers, and then silence.
            for _ in 0..<3 {
                guard let path = try await connection.nextRequest() else { return }
                try await connection.answer(UpstreamAnswer(body: "you asked \(path)"))
            }
            try await connection.hang()
        }) { upstream in
            let client = try PipelinedClient.quick(upstream.address, answerTime: .seconds(30))
            async let asked = client.ask(100)
            try await Task.sleep(for: .milliseconds(50))
            client.shutdown()
            #expect(await asked.wasEachAnsweredOnce)
            #expect(await asked.troubles.contains(.closedEarly))
            #expect(await client.ask(10).troubles == Array(repeating: .closedEarly, count: 10))
            #expect(upstream.connections <= 4)
        }
    }
}
