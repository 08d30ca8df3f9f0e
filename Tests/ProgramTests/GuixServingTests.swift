import Compression
import Foundation
import Glibc
import GuixFormats
import StoreFormats
import TestSupport
import Testing

/// The gateway as a Guix client sees it.
@Suite("What the gateway serves of Guix's store", .serialized)
struct GuixServingTests {
    @Test("What two servers agree on is signed again and offered in every compression that can be had")
    func signsAgain() async throws {
        let scene = try GuixScene()
        let (agreed, single, split) = (
            try Product(guix: "agreed", size: 5000), try Product(guix: "single"), try Product(guix: "split")
        )
        try scene.publish(agreed, [.gzip, .zstd])
        try scene.builders[0].publish(single)
        try scene.builders[0].publish(split)
        try scene.builders[1].publish(Product(split.storePath, nar: Nar.file([1])))
        try await scene.run { home in
            try await withGateway(home) { gateway async throws in
                let reply = try await gateway.get("/\(agreed.hashPart).narinfo")
                #expect(reply.status == 200)
                #expect(reply.headers["cache-control"] == "max-age=300")
                #expect(reply.headers["content-type"] == "application/x-nix-narinfo;charset=utf-8")
                #expect(reply.headers["content-length"] == "\(reply.body.count)")
                let narInfo = try GuixNarInfo(parsing: reply.body)
                #expect(narInfo.isSigned(by: try await gateway.guixKey()))
                #expect(try (narInfo.narHash, narInfo.narSize) == (agreed.narHash, UInt64(agreed.nar.count)))
                #expect(narInfo.downloads.map(\.compression) == [.zstd, .gzip])
                #expect(narInfo.downloads.first?.fileSize != nil)
                for download in narInfo.downloads {
                    let nar = try await gateway.get("/" + download.url)
                    #expect(nar.headers["content-length"] == "\(nar.body.count)")
                    if let size = download.fileSize { #expect(size == UInt64(nar.body.count)) }
                    let format = try #require(CompressionFormat(rawValue: download.compression.rawValue))
                    let isSame = try decompressed(nar.body, format) == agreed.nar
                    #expect(isSame)
                }
                for product in [single, split, try Product(guix: "nobody")] {
                    let reply = try await gateway.get("/\(product.hashPart).narinfo")
                    #expect(reply.status == 404 && reply.headers["cache-control"] == "max-age=30")
                    #expect(reply.headers["content-length"] == "\(reply.body.count)")
                }
            }
        }
    }

    @Test("A builder's signed part is passed on as it is, with addresses of ours")
    func filters() async throws {
        let scene = try GuixScene()
        let (free, signed) = (try Product(guix: "free"), try Product(guix: "signed"))
        try scene.publish(free, [.gzip, .xz])
        for builder in scene.builders {
            // As servers wrote it before 2022: the address stands above the signature.
            let text = String(decoding: try builder.narInfo(signed).signedPart, as: UTF8.self)
            let download = try GuixBuilder.download(signed, .gzip)
            let above = Array(text.utf8) + Array("URL: \(download.url)\nCompression: gzip\n".utf8)
            let signature = try builder.key.sign(above, host: builder.name)
            try builder.publish(signed, above + Array("Signature: \(signature)\n".utf8))
            builder.cache.set("/\(download.url)", try compressed(signed.nar, .gzip))
        }
        try await scene.run { home in
            try await withGateway(home, ["--mode", "enforce", "--signing", "filter"]) { gateway async throws in
                let narInfo = try #require(try await gateway.guixNarInfo(free))
                let builder = try #require(scene.builders.first { narInfo.isSigned(by: $0.key.publicKey) })
                let original = try builder.narInfo(free, [.gzip, .xz])
                #expect(Array(narInfo.signedPart) == Array(original.signedPart))
                #expect(narInfo.signature == original.signature)
                #expect(narInfo.downloads.map(\.compression) == [.gzip, .xz])
                #expect(narInfo.downloads.allSatisfy { $0.url.hasPrefix("nar/\(free.hashPart)-") })
                #expect(try await gateway.guixNarInfo(signed) == nil)
                let verdict = try await gateway.get("/api/v1/verdicts/\(signed.storePath.baseName)").text
                #expect(verdict.contains("signs its URLs"))
                #expect(try await gateway.get("/signing-key.pub").status == 404)
            }
        }
    }

    @Test("One gateway serves both stores; the first quorum's is at the root")
    func bothStores() async throws {
        let guix = try GuixScene()
        let nix = try Scene(2)
        let (grub, hello) = (try Product(guix: "grub"), try Product("hello"))
        try guix.publish(grub)
        try nix.publish(hello, at: 0, 1)
        try await serving(nix.caches) { addresses in
            try await guix.run(after: nix.policy(addresses, 2)) { home in
                try await withGateway(home) { gateway async throws in
                    #expect(try await gateway.get("/nix-cache-info").text.hasPrefix("StoreDir: /nix/store\n"))
                    #expect(try await gateway.get("/nix/nix-cache-info").text.hasPrefix("StoreDir: /nix/store\n"))
                    #expect(try await gateway.get("/guix/nix-cache-info").text.hasPrefix("StoreDir: /gnu/store\n"))
                    #expect(try await gateway.get("/signing-key.pub").status == 404)
                    for prefix in ["/", "/nix/"] {
                        let reply = try await gateway.get("\(prefix)\(hello.hashPart).narinfo")
                        let narInfo = try NarInfo(served: reply.body)
                        #expect(reply.headers["content-type"] == "text/x-nix-narinfo")
                        #expect(try await gateway.get(prefix + narInfo.url).body == hello.nar)
                        #expect(try await gateway.get("\(prefix)\(grub.hashPart).narinfo").status == 404)
                    }
                    let narInfo = try #require(try await gateway.guixNarInfo(grub, below: "/guix/"))
                    let url = try #require(narInfo.downloads.first).url
                    let nar = try await gateway.get("/guix/\(url)")
                    #expect(try decompressed(nar.body, .gzip) == grub.nar)
                    #expect(try await gateway.get("/\(url)").status == 404)
                    #expect(try await gateway.get("/guix/\(hello.hashPart).narinfo").status == 404)
                    #expect(
                        try await gateway.get("/api/v1/verdicts/\(grub.storePath.baseName)").text.contains("quorate"))
                }
            }
        }
    }

    @Test("A thousand narinfos asked for on one connection at once, cold and warm: one answer each, in their order")
    func pipelined() async throws {
        let scene = try GuixScene()
        let there = try (0..<40).map { try Product(guix: "there-\($0)") }
        for product in there { try scene.publish(product) }
        let absent = try (0..<40).map { try Product(guix: "absent-\($0)") }
        try await scene.run { home in
            try await withGateway(home, ["--mode", "enforce", "--deadline", "15"]) { gateway async throws in
                let key = try await gateway.guixKey()
                for _ in 0..<2 {
                    var requests = ""
                    var expected: [Product?] = []
                    for index in 0..<1000 {
                        let product = index % 3 == 0 ? absent[index % 40] : there[index % 40]
                        expected.append(index % 3 == 0 ? nil : product)
                        requests += product.narInfoRequest
                        // Something else in between: it goes the ordinary way.
                        if index % 250 == 249 {
                            requests += "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
                            expected.append(nil)
                        }
                    }
                    let (port, sent, count) = (gateway.port, requests, expected.count)
                    let answers = try await offPool {
                        let connection = try TestConnection(port)
                        try connection.send(sent)
                        return try connection.readAnswers(count, time: 30)
                    }
                    #expect(answers.count == expected.count)
                    for (answer, product) in zip(answers, expected) {
                        guard let product else {
                            #expect(answer.status == 404 || answer.body == Array("ok\n".utf8))
                            continue
                        }
                        #expect(answer.status == 200)
                        let narInfo = try GuixNarInfo(parsing: answer.body)
                        #expect(narInfo.storePath == product.storePath)
                        #expect(narInfo.signature?.publicKey == key)
                    }
                }
            }
        }
    }

    @Test("A thousand agreed narinfos asked for at once by a client that has none of them: all are there")
    func coldBatch() async throws {
        let scene = try GuixScene()
        let products = try (0..<1000).map { try Product(guix: "cold-\($0)") }
        for product in products { try scene.publish(product, [.zstd]) }
        try await scene.run { home in
            try await withGateway(home, ["--mode", "enforce", "--deadline", "15"]) { gateway async throws in
                let answers = try await gateway.narInfos(askedAtOnce: products)
                for (answer, product) in zip(answers, products) where answer.status != 200 {
                    let verdict = try await gateway.get("/api/v1/verdicts/\(product.storePath.baseName)").text
                    Issue.record("\(product.storePath): \(answer.status): \(verdict)\n\(gateway.process.err)")
                }
            }
        }
    }

    @Test("Servers that need more than the deadline for many answers, and keep answering, are waited for")
    func slowBatch() async throws {
        let scene = try GuixScene()
        let products = try (0..<160).map { try Product(guix: "slow-\($0)") }
        for builder in scene.builders {
            for product in products {
                try builder.publish(product)
                let answer = UpstreamAnswer(body: try builder.narInfo(product).serialized)
                // One after the other on each of a few connections: more than two deadlines in all.
                builder.cache.set("/\(product.hashPart).narinfo", .late(.milliseconds(60), answer))
            }
        }
        try await scene.run { home in
            try await withGateway(home, ["--mode", "enforce", "--deadline", "1"]) { gateway async throws in
                let answers = try await gateway.narInfos(askedAtOnce: products)
                #expect(answers.count { $0.status == 200 } == products.count)
            }
        }
    }

    /// A Guix daemon to which a NAR was offered that it cannot have gives up, so none is offered.
    @Test("No narinfo is answered whose NAR was found to be wrong; what one server has right is served")
    func wrongNars() async throws {
        let scene = try GuixScene()
        let (wrong, half, absent) = (
            try Product(guix: "wrong"), try Product(guix: "half"), try Product(guix: "absent")
        )
        for product in [wrong, half, absent] { try scene.publish(product, [.gzip, .zstd]) }
        for builder in scene.builders {
            for compression in [CompressionFormat.gzip, .zstd] {
                let path = "/" + (try GuixBuilder.download(wrong, compression).url)
                builder.cache.set(path, try compressed(Nar.file([1]), compression))
                builder.cache.set(
                    "/" + (try GuixBuilder.download(absent, compression).url), .answer(UpstreamAnswer(404)))
            }
            builder.cache.set("/" + (try GuixBuilder.download(half, .zstd).url), [1, 2, 3])
        }
        scene.builders[0].cache.set("/" + (try GuixBuilder.download(half, .gzip).url), .dropped)
        try await scene.run { home in
            try await withGateway(home) { gateway async throws in
                #expect(try await gateway.guixNarInfo(wrong) == nil)
                #expect(try await gateway.guixNarInfo(absent) == nil)
                let narInfo = try #require(try await gateway.guixNarInfo(half))
                let first = try #require(narInfo.downloads.first)
                let nar = try await gateway.get("/" + first.url)
                let format = try #require(CompressionFormat(rawValue: first.compression.rawValue))
                #expect(try decompressed(nar.body, format) == half.nar)
            }
        }
    }

    @Test("An uncompressed NAR of a server that announces no length and never hangs up ends with its size")
    func openEnd() async throws {
        let scene = try GuixScene()
        let product = try Product(guix: "open", size: 70_000)
        try scene.publish(product, [.none])
        for builder in scene.builders {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/x-nix-archive\r\n\r\n"
            builder.cache.set(
                "/" + (try GuixBuilder.download(product, .none).url), .hang(Array(head.utf8) + product.nar))
        }
        try await scene.run { home in
            try await withGateway(home) { gateway async throws in
                let narInfo = try #require(try await gateway.guixNarInfo(product))
                #expect(narInfo.downloads.map(\.compression) == [.gzip, .none])
                for download in narInfo.downloads {
                    let nar = try await gateway.get("/" + download.url)
                    let format = try #require(CompressionFormat(rawValue: download.compression.rawValue))
                    #expect(try decompressed(nar.body, format) == product.nar)
                }
            }
        }
    }

    @Test("A builder's key is refused as the gateway's: all that is agreed on would count as that builder's word")
    func builderKey() async throws {
        let scene = try GuixScene()
        try await scene.run { home in
            for (options, status) in [([], Int32(78)), (["--signing", "filter", "--listen", "no"], 64)] {
                try home.folder.write("key", String(decoding: scene.builders[0].key.fileContents(), as: UTF8.self))
                chmod(home.folder.file("key"), 0o600)
                let result = try await Program.run(
                    ["serve", "--listen", "127.0.0.1:0", "--guix-key", home.folder.file("key")] + options, home: home)
                #expect(result.status == status)
                #expect(status == 64 || result.err.contains("is that of 'gina' in the policy"))
            }
        }
    }

    @Test("Key, sources and logs are served as Guix's own server does; a source only when it has its hash")
    func besides() async throws {
        let scene = try GuixScene()
        let source = Array("a source\n".utf8)
        let hash = Nix32.encode(ContentHash(of: source, algorithm: .sha256).digest)
        let log = try compressed(Array("the log\n".utf8), .gzip)
        let item = try Product(guix: "built").storePath.baseName
        scene.builders[1].cache.set("/file/a-1.0.tar/sha256/\(hash)", source)
        scene.builders[0].cache.set("/file/a-1.0.tar/sha256/\(hash)", Array("another\n".utf8))
        scene.builders[0].cache.set("/file/bad/sha256/\(hash)", Array("another\n".utf8))
        scene.builders[1].cache.set("/log/\(item)", log)
        try await scene.run { home in
            try await withGateway(home) { gateway async throws in
                let key = try await gateway.get("/signing-key.pub")
                #expect(key.status == 200 && key.body.count == 118)
                let file = try await gateway.get("/file/a-1.0.tar/sha256/\(hash)")
                #expect(file.status == 200 && file.body == source)
                #expect(file.headers["content-length"] == "\(source.count)")
                for path in ["bad/sha256/\(hash)", "a/sha1/\(hash)", "a/sha256/\(hash)x", "../sha256/\(hash)", "a"] {
                    #expect(try await gateway.get("/file/\(path)").status == 404, "\(path)")
                }
                let reply = try await gateway.get("/log/\(item)")
                #expect(reply.status == 200 && reply.body == log)
                #expect(reply.headers["content-encoding"] == "gzip")
                for page in ["/", "/guix", "/guix/", "/index.html"] {
                    #expect(try await gateway.get(page).text.contains("For Guix"), "\(page)")
                }
                let head = try await gateway.get("/nix-cache-info", method: "HEAD")
                #expect(head.status == 200 && head.body.isEmpty && head.headers["content-length"] == "51")
                #expect(try FileManager.default.contentsOfDirectory(atPath: home.spool).isEmpty)
            }
        }
    }

    @Test("A revoked key's narinfos count no more, whatever a client remembers")
    func revocation() async throws {
        let scene = try GuixScene()
        let product = try Product(guix: "revoked")
        try scene.publish(product)
        try await scene.run { home in
            try await withGateway(home) { gateway async throws in
                let url = try #require(try await gateway.guixNarInfo(product)?.downloads.first?.url)
                #expect(try await gateway.get("/\(url)").status == 200)
                let key = scene.builders[0].key.publicKey.hexadecimal
                let result = try await Program.run(["revoke", "key", "guix", key], home: home)
                #expect(result.status == 0, "\(result)")
                #expect(try await eventually { try await gateway.get("/\(url)").status == 404 })
                #expect(try await gateway.guixNarInfo(product) == nil)
            }
        }
    }
}
