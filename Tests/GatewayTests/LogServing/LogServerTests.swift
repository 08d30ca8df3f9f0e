import Foundation
import TestSupport
import Testing
import TransparencyLog

@testable import Gateway

@Suite("The server of log, witness and mirror")
struct LogServerTests {
    private func entry(_ number: Int) -> [UInt8] { Array("entry \(number)".utf8) }

    @Test("Takes entries, serves them as a tiled log, and proves them")
    func log() async throws {
        let server = try await LogServerFixture(name: "a.example")
        let client = server.client
        for number in 0..<5 {
            let answer = try await client.post("/log/add", entry(number))
            #expect(answer.status == 200)
            #expect(answer.text == "\(number)\n")
        }
        #expect(try await client.post("/log/add?wait=0", entry(2)).text == "2\n")
        let served = try await client.get("/log/checkpoint")
        #expect(served.headers["content-type"] == "text/plain; charset=utf-8")
        #expect(served.headers["cache-control"] == "no-cache")
        let checkpoint = try VerifiedCheckpoint(SignedNote(parsing: served.body), logKey: server.logSigner.key)
        #expect(checkpoint.size == 5)
        let bundle = try await client.get("/log/tile/entries/000.p/5")
        #expect(bundle.status == 200)
        #expect(bundle.headers["content-type"] == "application/octet-stream")
        #expect(bundle.headers["cache-control"]?.contains("immutable") == true)
        let isSame = try EntryBundle.decode(bundle.body, count: 5) == (0..<5).map(entry)
        #expect(isSame)
        let head = try await client.get("/log/tile/entries/000.p/5", method: "HEAD")
        #expect(head.headers["content-length"] == "\(bundle.body.count)")
        #expect(try await client.get("/log/tile/0/000.p/5").body.count == 5 * 32)
        for path in [
            "/log/tile/0/000", "/log/tile/0/000.p/6", "/log/tile/0/001", "/log/tile/0/0", "/log/tile/entries/000.p/05",
            "/log/tile/00/000.p/5", "/log/tile//0/000.p/5", "/log//tile/0/000.p/5", "/log/tile/0/../0/000.p/5",
            "/log/tile/0/%30%30%30.p/5", "/log/.state/lock", "/log/../log/checkpoint", "/log/checkpoint/", "/log",
            "/log/",
            "/log/references/..", "/log/references/" + String(repeating: "0", count: 64), "/log/proof/5",
            "/log/proof/-1",
            "/log/proof/05", "/log/proof/", "/nothing", "/log/add",
        ] {
            #expect(try await client.get(path).status == 404, "\(path)")
        }
        let file = try await client.get("/log/proof/3")
        #expect(file.status == 200)
        let (proven, verified) = try TlogProof(parsing: file.body)
            .verifyExtra(logKey: server.logSigner.key, cosigners: [])
        #expect(proven == entry(3) && verified.size == 5)
        #expect(try await client.get("/builder").text == "the card\n")
        #expect(try await client.get("/healthz").text == "ok\n")
        let metrics = try await client.get("/metrics").text
        #expect(metrics.contains("quorate_log_requests_total"))
        #expect(metrics.contains("quorate_log_published_entries 5"))
        #expect(try await client.get("/log/checkpoint", method: "DELETE").status == 405)
        await server.stop()
    }

    @Test("Refuses what it does not admit, and bodies that are too long, in words")
    func refusals() async throws {
        let server = try await LogServerFixture(name: "a.example")
        let client = server.client
        #expect(try await client.post("/log/add", Array("!".utf8)).status == 400)
        #expect(try await client.post("/log/add", Array("?".utf8)).status == 403)
        let tooMany = try await client.post("/log/add", Array("~".utf8))
        #expect(tooMany.status == 429 && tooMany.headers["retry-after"] == "9")
        #expect(try await client.post("/log/add", [UInt8](repeating: 1, count: 32_768)).status == 200)
        #expect(try await client.post("/log/add", [UInt8](repeating: 1, count: 32_769)).status == 413)
        #expect(try await client.post("/log/add", []).status == 413)
        #expect(try await client.post("/log/add?wait=2", entry(1)).status == 400)
        #expect(try await client.post("/log/nothing", entry(1)).status == 404)
        #expect(try await client.post("/witness/add-checkpoint", Array("old 0\n".utf8)).status == 400)
        #expect(try await client.post("/witness/add-checkpoint", [UInt8](repeating: 65, count: 200_000)).status == 413)
        #expect(try await client.post("/mirror/add-entries", [1, 2, 3]).status == 400)
        #expect(try await client.post("/mirror/add-entries", [1], headers: "content-encoding: br\r\n").status == 415)
        await server.stop()
    }

    @Test("A full pool and a retired log are told as such")
    func unavailable() async throws {
        var settings = SequencerSettings()
        settings.poolEntries = 0
        let full = try await LogServerFixture(name: "a.example", settings: settings)
        let answer = try await full.client.post("/log/add", entry(1))
        #expect(answer.status == 503)
        #expect(answer.headers["retry-after"] == "1")
        await full.stop()
        let retired = try await LogServerFixture(name: "b.example")
        #expect(try await retired.client.post("/log/add", entry(1)).status == 200)
        try await retired.sequencer.retire()
        #expect(try await retired.client.post("/log/add", entry(2)).status == 410)
        #expect(try await retired.client.get("/log/proof/0").status == 200)
        await retired.stop()
    }

    @Test("Without enough witnesses nobody waits for ever, and the entry keeps its place")
    func patience() async throws {
        var limits = LogServerLimits()
        limits.publishPatience = .milliseconds(200)
        let server = try await LogServerFixture(name: "a.example", needed: 1, limits: limits)
        let answer = try await server.client.post("/log/add", entry(1))
        #expect(answer.status == 503)
        #expect(answer.headers["retry-after"] == "5")
        #expect(try await server.client.post("/log/add?wait=0", entry(1)).text == "0\n")
        await server.stop()
    }

    @Test("Lists are taken only when an entry names them, found by key, and served as they are")
    func lists() async throws {
        let server = try await LogServerFixture(name: "a.example")
        let client = server.client
        let list = Array("/nix/store/a\n/nix/store/b\n".utf8)
        let digest = try server.directory.keepList(.inputs, list).hex
        #expect(try await client.get("/log/inputs/\(digest)").body == list)
        #expect(try await client.post("/log/references/\(digest)", list).status == 403)
        #expect(try await client.get("/log/by-key/\(digest)").status == 404)
        #expect(try await client.post("/log/add", Array("one key=\(digest) end".utf8)).text == "0\n")
        #expect(try await client.post("/log/add", Array("two".utf8)).text == "1\n")
        #expect(try await client.post("/log/add", Array("key=\(digest)".utf8)).text == "2\n")
        #expect(try await client.get("/log/by-key/\(digest)").text == "0\n2\n")
        #expect(try await client.get("/log/by-subject/\(digest)").text == "0\n2\n")
        #expect(try await client.post("/log/references/\(digest)", list + [10]).status == 400)
        #expect(try await client.get("/log/references/\(digest)").status == 404)
        #expect(try await client.post("/log/references/\(digest)", list).status == 200)
        #expect(try await client.get("/log/references/\(digest)").body == list)
        await server.stop()
    }

    @Test("A file longer than one piece arrives whole")
    func longFile() async throws {
        let server = try await LogServerFixture(name: "a.example")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<256 {
                group.addTask {
                    _ = try await server.sequencer.add([UInt8](repeating: UInt8(number), count: 30_000))
                }
            }
            try await group.waitForAll()
        }
        try await server.sequencer.published(255)
        let bundle = try await server.client.get("/log/tile/entries/000")
        let isWhole = try EntryBundle.decode(bundle.body, count: 256).allSatisfy { $0.count == 30_000 }
        #expect(isWhole)
        await server.stop()
    }
}

@Suite("Hostile connections to the log's server")
struct HostileLogConnectionTests {
    private func server(_ change: (inout LogServerLimits) -> Void = { _ in }) async throws -> LogServerFixture {
        var limits = LogServerLimits()
        change(&limits)
        return try await LogServerFixture(name: "a.example", limits: limits)
    }

    @Test("A body that drips is cut off, and others are served meanwhile")
    func slow() async throws {
        let server = try await server { $0.bodyGrace = .milliseconds(500) }
        let port = server.port
        let slow = Task {
            try await LogThread.run {
                let connection = try RawConnection(port: port)
                connection.send("POST /log/add HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n")
                let start = ContinuousClock.now
                while connection.send([65]), ContinuousClock.now - start < .seconds(15) { usleep(50_000) }
                return ContinuousClock.now - start
            }
        }
        #expect(try await server.client.post("/log/add", [66]).status == 200)
        #expect(try await slow.value < .seconds(10))
        await server.stop()
    }

    @Test("A body without end is answered early, and its connection closed")
    func endless() async throws {
        let server = try await server()
        let port = server.port
        let (status, sent) = try await LogThread.run { () throws -> (Int?, Int) in
            let connection = try RawConnection(port: port)
            connection.send("POST /log/add HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
            let chunk = Array("10000\r\n".utf8) + [UInt8](repeating: 65, count: 65_536) + Array("\r\n".utf8)
            var count = 0
            let start = ContinuousClock.now
            while ContinuousClock.now - start < .seconds(15), connection.send(chunk) {
                count += 1
                usleep(1000)
            }
            return (connection.answer()?.status, count)
        }
        // The answer may be lost with the connection, which is what such a client has coming.
        #expect(status == 413 || status == nil)
        #expect(sent > 0)
        #expect(try await server.client.get("/healthz").status == 200)
        await server.stop()
    }

    @Test("An announced length above the limit is refused before a byte of it has come")
    func announced() async throws {
        let server = try await server()
        let port = server.port
        let answer = try await LogThread.run {
            let connection = try RawConnection(port: port)
            connection.send("POST /log/add HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999\r\n\r\n")
            return connection.answer()
        }
        #expect(answer?.status == 413)
        await server.stop()
    }

    @Test(
        "What is no HTTP ends the connection, and a body that ends early adds nothing",
        arguments: [
            "\r\n\r\n\r\n\r\n", "GET\r\n\r\n", "GET /healthz HTTP/9.9\r\n\r\n", "GET /a b HTTP/1.1\r\n\r\n",
            "POST /log/add HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
            "POST /log/add HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nabcdef",
            "POST /log/add HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc",
            "POST /log/add HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabc",
            "GET /" + String(repeating: "a", count: 100_000) + " HTTP/1.1\r\nhost: x\r\n\r\n",
            "GET / HTTP/1.1\r\nx: " + String(repeating: "a", count: 100_000) + "\r\n\r\n",
        ])
    func malformed(_ text: String) async throws {
        let server = try await server()
        let port = server.port
        let status = try await LogThread.run {
            let connection = try RawConnection(port: port)
            connection.send(text)
            connection.finishSending()
            return connection.answer()?.status
        }
        #expect(status != 200, "\(text.prefix(80))")
        #expect(try await server.client.get("/healthz").status == 200)
        #expect(server.sequencer.status.durableSize == 0)
        await server.stop()
    }

    @Test("Several requests on one connection are answered in their order, refusals among them")
    func keepAlive() async throws {
        let server = try await server()
        let port = server.port
        let statuses = try await LogThread.run {
            let connection = try RawConnection(port: port)
            func add(_ body: String) -> String {
                "POST /log/add HTTP/1.1\r\nhost: x\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)"
            }
            connection.send(
                add("a") + add("?") + add("b") + "GET /log/proof/1 HTTP/1.1\r\nhost: x\r\n\r\n" + add("!") + add("a"))
            return (0..<6).map { _ in connection.answer()?.status }
        }
        #expect(statuses == [200, 403, 200, 200, 400, 200])
        await server.stop()
    }
}
