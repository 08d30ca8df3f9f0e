import Compression
import StoreFormats
import TestSupport
import Testing

@Suite("Faulty NARs, through the running gateway")
struct NarFaultTests {
    struct Fault: Sendable {
        let name: String
        var compression = NarInfo.Compression.none
        let file: @Sendable (Product) throws -> [UInt8]
    }

    /// What a cache sends in the place of the NAR that was agreed on.
    static let faults: [Fault] = [
        Fault(name: "truncated") { Array($0.nar.dropLast(8)) },
        Fault(name: "empty") { _ in [] },
        Fault(name: "a byte behind it") { $0.nar + [0] },
        Fault(name: "twice") { $0.nar + $0.nar },
        Fault(name: "one bit other") { product in
            var nar = product.nar
            nar[nar.count / 2] ^= 1
            return nar
        },
        Fault(name: "another file") { _ in Nar.file(Array("evil".utf8)) },
        Fault(name: "unsorted names") { _ in Nar.folder([("b", "1"), ("a", "2")]) },
        Fault(name: "a name twice") { _ in Nar.folder([("a", "1"), ("a", "2")]) },
        Fault(name: "a name that leaves") { _ in Nar.folder([("..", "1")]) },
        Fault(name: "a name with a slash") { _ in Nar.folder([("a/../../b", "1")]) },
        Fault(name: "no NAR") { _ in Array("<html>".utf8) },
        Fault(name: "a bomb", compression: .xz) { _ in
            try compressed([UInt8](repeating: 0, count: 64 << 20), .xz)
        },
        Fault(name: "a bomb of many frames", compression: .zstd) { product in
            let frame = try compressed([UInt8](repeating: 0, count: 1 << 20), .zstd)
            return (0..<512).flatMap { _ in frame }
        },
        Fault(name: "not compressed as it says", compression: .xz) { $0.nar },
        Fault(name: "a compressed file cut short", compression: .zstd) {
            Array(try compressed($0.nar, .zstd).dropLast(3))
        },
        Fault(name: "rubbish behind a compressed file", compression: .xz) {
            try compressed($0.nar, .xz) + [1, 2, 3, 4]
        },
        Fault(name: "gzip with another file behind it", compression: .gzip) {
            try compressed($0.nar, .gzip) + compressed([1], .gzip)
        },
    ]

    @Test("None is served: the next builder is tried, and where none is right it is not here")
    func table() async throws {
        let scene = try Scene()
        let all = try scene.cases(
            Self.faults,
            products: { try (Product("alone", size: 4096), Product("beside", contents: $0.name, size: 4096)) },
            publish: { product, fault in
                for index in 0..<2 {
                    try scene.caches[index].publish(
                        product,
                        narInfo: product.narInfo([scene.builders[index]], compression: fault.compression),
                        file: fault.file(product))
                }
            })
        try await scene.run { home in
            try await withGateway(home) { gateway async throws in
                for one in all {
                    let (fault, beside) = (one.fault, one.beside)
                    let refused = try await gateway.nar(one.alone)
                    #expect(refused?.status == 404, "\(fault.name)")
                    let reply = try await gateway.narInfo(beside)
                    let narInfo = try NarInfo(served: reply.body)
                    let accepted = try await gateway.get("/" + narInfo.url)
                    #expect(accepted.status == 200, "\(fault.name)")
                    #expect(accepted.isComplete)
                    let format = try #require(CompressionFormat(rawValue: narInfo.compression.rawValue))
                    var nar: [UInt8] = []
                    let decompressor = try Decompressor(format, limits: DecompressionLimits(outputBytes: 1 << 20))
                    try decompressor.push(accepted.body) { nar += $0 }
                    try decompressor.finish { nar += $0 }
                    #expect(nar == beside.nar, "\(fault.name)")
                }
                let leftovers = home.spooled.filter { $0.hasPrefix(".part-") }
                #expect(leftovers == [])
                #expect(home.spooled.count == all.count)
                let metrics = try await gateway.get("/metrics").text
                #expect(metrics.contains("quorate_nars_refused_total \(all.count)"))
            }
        }
    }

    @Test("A URL that leaves the cache, or leads elsewhere, is not followed out of bounds")
    func urls() async throws {
        let scene = try Scene()
        let urls = [
            "../../etc/passwd", "/etc/passwd", "file:///etc/passwd", "ftp://127.0.0.1/x", "nar/../../x",
            "http://127.0.0.1:1/x", "//127.0.0.1:1/x", "gopher://x",
        ]
        var products: [Product] = []
        for url in urls {
            let product = try Product("elsewhere", contents: url)
            guard let narInfo = try? product.narInfo([scene.builders[0]], url: url) else { continue }
            scene.caches[0].set("/\(product.hashPart).narinfo", narInfo.serialized)
            try scene.publish(product, at: 1)
            products.append(product)
        }
        let all = products
        #expect(all.count >= 3)
        try await scene.run { home in
            try await withGateway(home) { gateway async throws in
                for product in all { #expect(try await gateway.nar(product)?.body == product.nar) }
            }
        }
    }

    @Test("A size that would overflow or fill the disk is refused before a byte is fetched")
    func sizes() async throws {
        let scene = try Scene(2)
        var products: [Product] = []
        for size in [UInt64.max, UInt64(Int64.max), 1 << 62, 1 << 40] {
            let product = try Product("huge", contents: "\(size)")
            for index in 0..<2 {
                guard let narInfo = try? product.narInfo([scene.builders[index]], narSize: size) else { continue }
                try scene.caches[index].publish(product, narInfo: narInfo)
            }
            products.append(product)
        }
        let all = products
        try await scene.run { home in
            try await withGateway(home) { gateway async throws in
                for product in all {
                    let reply = try await gateway.nar(product)
                    #expect(reply == nil || reply?.status == 404)
                    #expect(scene.caches[0].count("/nar/\(product.hashPart).nar") == 0)
                }
                #expect(try await gateway.get("/healthz").status == 200)
            }
        }
    }

    @Test("Redirects are followed within bounds, in circles they end")
    func redirects() async throws {
        let scene = try Scene(2)
        let moved = try Product("moved")
        let circling = try Product("circling")
        for index in 0..<2 {
            let cache = scene.caches[index]
            for product in [moved, circling] { try scene.publish(product, at: index) }
            cache.set(
                "/nar/\(moved.hashPart).nar", .answer(UpstreamAnswer(302, headers: ["Location: /elsewhere/\(index)"])))
            cache.set("/elsewhere/\(index)", moved.nar)
            cache.set(
                "/nar/\(circling.hashPart).nar", .answer(UpstreamAnswer(301, headers: ["Location: /round"])))
            cache.set("/round", .answer(UpstreamAnswer(307, headers: ["Location: /nar/\(circling.hashPart).nar"])))
        }
        try await scene.run { home in
            try await withGateway(home) { gateway async throws in
                #expect(try await gateway.nar(moved)?.body == moved.nar)
                #expect(try await gateway.nar(circling)?.status == 404)
            }
        }
    }

    @Test("Servers that hang or drip within a NAR are left for the next one, in good time")
    func slow() async throws {
        let scene = try Scene()
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 4600\r\n\r\n"
        var products: [Product] = []
        for (index, reply) in [
            FakeCache.Reply.nothing, .hang(Array(head.utf8)), .hang(Array((head + "nix").utf8)),
            .drip(Array(head.utf8) + [UInt8](repeating: 0, count: 4600)), .dropped,
            .raw(Array((head + "nix").utf8)), .answer(UpstreamAnswer(500)), .answer(UpstreamAnswer(403)),
        ].enumerated() {
            let product = try Product("slow", contents: "\(index)", size: 4096)
            try scene.publish(product, at: 0, 1)
            scene.caches[0].set("/nar/\(product.hashPart).nar", reply)
            products.append(product)
        }
        let all = products
        try await scene.run { home in
            try await withGateway(home) { gateway async throws in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for product in all {
                        group.addTask {
                            let reply = try await gateway.nar(product)
                            #expect(reply?.body == product.nar)
                            #expect(try #require(reply).duration < .seconds(5))
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }
}
