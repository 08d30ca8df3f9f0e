import Compression
import Foundation
import StoreFormats
import TestSupport
import Testing

@Suite("What the gateway serves")
struct ServingTests {
    @Test("nix-cache-info, narinfo and NAR, signed by this host's key over the agreed outcome")
    func reSign() async throws {
        let scene = try Scene()
        var product = try Product("served", size: 2000)
        product.references = [product.storePath, try Product("other").storePath]
        try scene.publish(product, at: 0, 1)
        let served = product
        try await scene.run { home in
            try await withGateway(home) { gateway async throws in
                let info = try await gateway.get("/nix-cache-info")
                #expect(info.status == 200)
                let cacheInfo = try NixCacheInfo(parsing: info.body)
                #expect(cacheInfo.storeDirectory == .nix && cacheInfo.wantMassQuery == true)

                let reply = try await gateway.narInfo(served)
                #expect(reply.status == 200)
                #expect(reply.headers["content-type"] == "text/x-nix-narinfo")
                #expect(reply.isComplete)
                let narInfo = try NarInfo(served: reply.body)
                #expect(narInfo.serialized == reply.body)
                #expect(narInfo.storePath == served.storePath)
                #expect(narInfo.references == served.references.sorted())
                #expect(narInfo.deriver == nil && narInfo.contentAddress == nil && narInfo.fileHash == nil)
                let key = try NixPublicKey(parsing: gateway.publicKey)
                #expect(key.name.hasPrefix("quorate-gateway-"))
                #expect(narInfo.signatures.map(\.keyName) == [key.name])
                #expect(narInfo.validSignature(by: key) != nil)

                let nar = try await gateway.get("/" + narInfo.url)
                #expect(nar.status == 200 && nar.isComplete)
                #expect(nar.headers["content-length"] == "\(served.nar.count)")
                #expect(nar.headers["accept-ranges"] == "bytes")
                #expect(nar.body == served.nar)
            }
        }
    }

    @Test("HEAD has the length and no body; ranges are parts; what cannot be satisfied is 416")
    func ranges() async throws {
        let scene = try Scene(2)
        let product = try Product("ranges", size: 1_500_000)
        try scene.publish(product, at: 0, 1)
        let size = product.nar.count
        try await scene.run { home in
            try await withGateway(home) { gateway async throws in
                let reply = try await gateway.narInfo(product)
                let path = "/" + (try NarInfo(served: reply.body).url)
                let headInfo = try await gateway.get("/\(product.hashPart).narinfo", method: "HEAD")
                #expect(headInfo.status == 200 && headInfo.body == [])
                #expect(headInfo.headers["content-length"] == "\(reply.body.count)")
                let head = try await gateway.get(path, method: "HEAD")
                #expect(head.status == 200 && head.body == [] && head.headers["content-length"] == "\(size)")
                for (range, part) in [
                    ("bytes=0-9", 0..<10), ("bytes=\(size - 5)-", size - 5..<size), ("bytes=-7", size - 7..<size),
                    ("bytes=100000-900000", 100_000..<900_001), ("bytes=5-99999999", 5..<size),
                ] {
                    let reply = try await gateway.get(path, headers: ["Range": range])
                    #expect(reply.status == 206 && reply.body == Array(product.nar[part]), "\(range)")
                    #expect(reply.headers["content-range"] == "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(size)")
                    #expect(reply.headers["content-length"] == "\(part.count)")
                }
                for range in ["bytes=\(size)-", "bytes=-0"] {
                    let reply = try await gateway.get(path, headers: ["Range": range])
                    #expect(reply.status == 416 && reply.headers["content-range"] == "bytes */\(size)", "\(range)")
                }
                for range in ["bytes=5-1", "lines=1-2", "bytes=0-1,4-5", "bytes=x"] {
                    let reply = try await gateway.get(path, headers: ["Range": range])
                    #expect(reply.status == 200 && reply.body.count == size, "\(range)")
                }
                let missing = try await gateway.get(
                    "/" + String(repeating: "0", count: 32) + ".narinfo", method: "HEAD")
                #expect(missing.status == 404 && missing.body == [])
                let health = try await gateway.get("/healthz", method: "HEAD")
                #expect(health.status == 200 && health.body == [])
            }
        }
    }

    @Test("Enforce serves what is agreed on; observe and warn pass on the rest, and warn says so")
    func modes() async throws {
        let scene = try Scene()
        let agreed = try Product("agreed")
        let single = try Product("single")
        let nobody = try Product("nobody")
        let stranger = try Builder("stranger")
        try scene.publish(agreed, at: 0, 1)
        try scene.publish(single, at: 1)
        try scene.caches[0].publish(nobody, by: stranger)
        try await scene.run { home in
            for (mode, status) in [("enforce", 404), ("observe", 200), ("warn", 200)] as [(String, Int)] {
                try await withGateway(home, ["--mode", mode]) { gateway async throws in
                    #expect(try await gateway.nar(agreed)?.body == agreed.nar)
                    #expect(try await gateway.narInfo(single).status == status, "\(mode)")
                    if status == 200 { #expect(try await gateway.nar(single)?.body == single.nar) }
                    #expect(try await gateway.narInfo(nobody).status == 404, "\(mode)")
                    let warns = gateway.process.err.contains("not quorate")
                    #expect(warns == (mode == "warn"), "\(mode): \(gateway.process.err)")
                    #expect(gateway.process.out.contains("(\(mode), re-sign)"))
                    let status = try await gateway.get("/api/v1/status").text
                    #expect(status.contains("\"mode\" : \"\(mode)\""))
                }
            }
        }
    }

    @Test("Listings and logs are passed on; what is no derivation's name is not asked for")
    func passThrough() async throws {
        let scene = try Scene()
        let product = try Product("listed")
        let refused = try Product("refused")
        try scene.publish(product, at: 0, 1)
        try scene.publish(refused, at: 0)
        let listing = Array(#"{"version":1,"root":{"type":"regular","size":8}}"#.utf8)
        for hashPart in [product.hashPart, refused.hashPart] { scene.caches[1].set("/\(hashPart).ls", listing) }
        let name = "00000000000000000000000000000000-hello-2.10.drv"
        scene.caches[2].set("/log/\(name)", Array("built\n".utf8))
        try await scene.run { home in
            try await withGateway(home) { gateway async throws in
                let reply = try await gateway.get("/\(product.hashPart).ls")
                #expect(reply.status == 200 && reply.body == listing)
                #expect(try await gateway.get("/\(refused.hashPart).ls").status == 404)
                let log = try await gateway.get("/log/\(name)")
                #expect(log.status == 200 && log.text == "built\n")
                for other in ["x", "../\(name)", "%2e%2e/\(name)", "a/\(name)", "", "\(name)?x=y", "a%20b.drv"] {
                    #expect([404, 200].contains(try await gateway.get("/log/\(other)").status), "\(other)")
                }
                #expect(scene.caches[2].count("/log/../\(name)") == 0)
            }
        }
    }

    @Test("A log for programs: one JSON object on each line")
    func jsonLog() async throws {
        let scene = try Scene(2)
        let product = try Product("wrong")
        for index in 0..<2 {
            try scene.caches[index].publish(product, narInfo: product.narInfo([scene.builders[index]]), file: [1])
        }
        try await scene.run { home in
            try await withGateway(home, ["--mode", "enforce", "--log-format", "json"]) { gateway async throws in
                #expect(try await gateway.nar(product)?.status == 404)
                let lines = gateway.process.err.split(separator: "\n")
                let objects = try lines.map { line in
                    try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
                }
                let refusal = try #require(objects.first { $0["message"] as? String == "NAR refused" })
                #expect(refusal["level"] as? String == "warning")
                #expect((refusal["metadata"] as? [String: Any])?["path"] as? String == product.storePath.path)
            }
        }
    }

    @Test("Verdicts, status, metrics, health and the front page")
    func people() async throws {
        let scene = try Scene()
        let product = try Product("asked")
        try scene.publish(product, at: 0, 1)
        try await scene.run { home in
            try await withGateway(home) { gateway async throws in
                for name in [product.hashPart, product.storePath.baseName] {
                    let reply = try await gateway.get("/api/v1/verdicts/\(name)")
                    #expect(reply.status == 200)
                    #expect(reply.headers["content-type"]?.hasPrefix("application/json") == true)
                    let object = try JSONSerialization.jsonObject(with: Data(reply.body)) as? [String: Any]
                    #expect(object?["version"] as? Int == 1)
                    #expect(object?["served"] as? Bool == true)
                    let verdicts = object?["verdicts"] as? [[String: Any]]
                    #expect(verdicts?.first?["verdict"] as? String == "quorate")
                    #expect(verdicts?.first?["path"] as? String == product.storePath.path)
                    let history = object?["history"] as? [[String: Any]]
                    #expect(history?.map { $0["verdict"] as? String } == ["quorate"])
                    #expect(history?.first?["narHash"] as? String == "sha256:\(try product.narHash.hex)")
                }
                for name in ["x", "00000000000000000000000000000000x", "..", "%00", "%zz"] {
                    #expect([400, 404].contains(try await gateway.get("/api/v1/verdicts/\(name)").status), "\(name)")
                }
                _ = try await gateway.nar(product)
                _ = try await gateway.narInfo(try Product("nothing"))
                let status = try await gateway.get("/api/v1/status").text
                #expect(status.contains("\"spooledFiles\" : 1") && status.contains(gateway.publicKey))
                #expect(status.contains("\"claims\" : 2"))
                let metrics = try await gateway.get("/metrics").text
                for line in [
                    "quorate_narinfos_served_total 1", "quorate_narinfos_refused_total 1",
                    "quorate_nars_served_total 1",
                    "quorate_nar_bytes_sent_total \(product.nar.count)",
                ] {
                    #expect(metrics.contains(line + "\n"), "\(line)")
                }
                #expect(try await gateway.get("/healthz").text == "ok\n")
                #expect(try await gateway.get("/").text.contains(gateway.publicKey))
                #expect(try await gateway.get("/nothing").status == 404)
            }
        }
    }

    @Test("A NAR's address goes on working when another compression is offered meanwhile")
    func variants() async throws {
        let scene = try Scene()
        let product = try Product("variant", size: 500)
        for (index, compression) in [(1, NarInfo.Compression.zstd), (2, .xz)] {
            try scene.caches[index].publish(
                product, narInfo: product.narInfo([scene.builders[index]], compression: compression),
                file: compressed(product.nar, compression == .xz ? .xz : .zstd))
        }
        try await scene.run { home in
            let old = try await withGateway(home) { gateway async throws in
                try NarInfo(served: try await gateway.narInfo(product).body).url
            }
            #expect(old.hasSuffix(".nar.zst"))
            try scene.publish(product, at: 0)
            _ = try await Program.run(["verify", "--refresh", product.storePath.path], home: home)
            try await withGateway(home) { gateway async throws in
                let reply = try await gateway.get("/" + old)
                #expect(reply.status == 200)
                let wrong = old.replacingOccurrences(of: ".zst", with: ".br")
                #expect(try await gateway.get("/" + wrong).status == 404)
                let hash = try product.narHash.nix32
                let forged = old.replacingOccurrences(of: hash, with: String(repeating: "0", count: 52))
                #expect(try await gateway.get("/" + forged).status == 404)
            }
        }
    }

    @Test("Whatever is sent, the gateway answers 4xx or closes, and goes on")
    func garbage() async throws {
        let scene = try Scene(2)
        let product = try Product("after")
        try scene.publish(product, at: 0, 1)
        let hash = product.hashPart
        let long = String(repeating: "a", count: 100_000)
        let requests: [String] = [
            "", "\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\u{0}\u{1}\u{2}\r\n\r\n",
            "GET /\(long) HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nX: \(long)\r\n\r\n", "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /%.narinfo HTTP/1.1\r\nHost: x\r\n\r\n", "GET /%00.narinfo HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /nar/../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /nar/\(hash)-../../x HTTP/1.1\r\nHost: x\r\n\r\n", "GET /nar/ HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /nar/- HTTP/1.1\r\nHost: x\r\n\r\n", "GET /nar/\(hash)- HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /.narinfo HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /\(hash.uppercased()).narinfo HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee.narinfo HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /\(hash)x.narinfo HTTP/1.1\r\nHost: x\r\n\r\n", "GET /é.narinfo HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /.ls HTTP/1.1\r\nHost: x\r\n\r\n",
            "PUT /\(hash).narinfo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
            "DELETE / HTTP/1.1\r\nHost: x\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
            "POST /api/v1/status HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "GET http://evil.example/\(hash).narinfo?x HTTP/1.1\r\nHost: evil.example\r\n\r\n",
            "CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "GET / HTTP/1.1\r\n" + (0..<2000).map { "X\($0): y\r\n" }.joined() + "\r\n",
        ]
        try await scene.run { home in
            try await withGateway(home) { gateway async throws in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for request in requests {
                        group.addTask {
                            let reply = try await gateway.raw(Array(request.utf8), time: 2)
                            let isMine = request.contains("http://evil.example/\(hash)")
                            #expect(
                                reply.status < 500 && (reply.status == 0 || reply.status >= 400 || isMine)
                                    || request.hasPrefix("OPTIONS") || request.hasPrefix("GET / "),
                                "\(reply.status) \(request.prefix(60))")
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(try await gateway.nar(product)?.body == product.nar)
            }
        }
    }

    @Test("Several requests at once on one connection are answered in order")
    func pipelined() async throws {
        let scene = try Scene(2)
        let product = try Product("piped")
        try scene.publish(product, at: 0, 1)
        try await scene.run { home in
            try await withGateway(home) { gateway async throws in
                let one = product.narInfoRequest
                let missing = "GET /00000000000000000000000000000000.narinfo HTTP/1.1\r\nHost: x\r\n\r\n"
                let port = gateway.port
                let text = try await offPool {
                    let connection = try TestConnection(port)
                    try connection.send((0..<50).map { _ in one + missing }.joined())
                    var text = ""
                    while let part = try connection.read(1.5), !part.isEmpty {
                        text += String(decoding: part, as: UTF8.self)
                    }
                    return text
                }
                let statuses = text.split(separator: "\r\n").filter { $0.contains("HTTP/1.1 ") }
                    .map { $0.hasSuffix("200 OK") ? 200 : 404 }
                #expect(statuses == (0..<50).flatMap { _ in [200, 404] })
            }
        }
    }

    @Test("Small and large NARs asked for at once on one connection come in order; changed files are fetched again")
    func pipelinedNars() async throws {
        let scene = try Scene(2)
        let products = [try Product("slight", size: 3000), try Product("stout", size: 300_000)]
        for product in products { try scene.publish(product, at: 0, 1) }
        try await scene.run { home in
            try await withGateway(home) { gateway async throws in
                var paths: [String] = []
                for product in products {
                    let path = "/" + (try NarInfo(served: try await gateway.narInfo(product).body).url)
                    #expect(try await gateway.get(path).body == product.nar)
                    paths.append(path)
                }
                let port = gateway.port
                let order = [0, 0, 1, 0, 1, 1, 0, 0]
                let (requested, both, ending) = (order.map { paths[$0] }, [paths[1], paths[0]], "\r\n\r\n")
                let answers = try await offPool {
                    let connection = try TestConnection(port)
                    try connection.send(requested.map { "GET \($0) HTTP/1.1\r\nHost: x\r\n\r\n" }.joined())
                    var bytes: [UInt8] = []
                    while let part = try connection.read(1.5), !part.isEmpty { bytes += part }
                    return bytes
                }
                var rest = answers[...]
                for index in order {
                    let end = try #require(rest.firstRange(of: Array(ending.utf8)))
                    let head = String(decoding: rest[..<end.lowerBound], as: UTF8.self).lowercased()
                    let nar = products[index].nar
                    #expect(head.hasPrefix("http/1.1 200 ok") && head.contains("\r\ncontent-length: \(nar.count)"))
                    #expect(head.contains("\r\ncontent-type: application/x-nix-nar\r\n"))
                    let isEqual = Array(rest[end.upperBound...].prefix(nar.count)) == nar
                    #expect(isEqual)
                    rest = rest[end.upperBound...].dropFirst(nar.count)
                }
                #expect(rest.isEmpty)

                // A file that somebody changed behind the gateway's back is fetched again, not served.
                let spooled = "\(home.spool)/\(paths[0].split(separator: "-", maxSplits: 1)[1])"
                try Data(repeating: 7, count: 3000).write(to: URL(filePath: spooled))
                let again = try await offPool {
                    let connection = try TestConnection(port)
                    try connection.send(both.map { "GET \($0) HTTP/1.1\r\nHost: x\r\n\r\n" }.joined())
                    var bytes: [UInt8] = []
                    while let part = try connection.read(1.5), !part.isEmpty { bytes += part }
                    return bytes
                }
                let hasRightBytes = again.suffix(products[0].nar.count).elementsEqual(products[0].nar)
                #expect(hasRightBytes)
            }
        }
    }

    @Test("serve refuses what it cannot use, with one clear line")
    func options() async throws {
        let home = try Home(policy: "")
        for (options, status) in [
            (["--listen", "nonsense"], 64), (["--deadline", "0"], 64), (["--spool-limit", "x"], 64),
            (["--log-level", "x"], 64), (["--log-format", "x"], 64), (["--mode", "x"], 64),
            (["--listen", "192.0.2.1:1"], 69),
            (["--policy", "/no/such"], 78),
        ] as [([String], Int32)] {
            let output = try await Program.run(["serve"] + options, home: home)
            #expect(output.status == status, "\(options)")
            #expect(output.out == "")
            #expect(status == 64 ? !output.err.isEmpty : output.errorLines.count == 1, "\(output.err)")
        }
    }
}
