import Compression
import Foundation
import GuixFormats
import StoreFormats
import TestSupport
import Testing

/// A Guix daemon to which a NAR was offered that it cannot have gives up instead of building: so none is offered.
@Suite("What the gateway promises to Guix clients", .serialized)
struct GuixPromiseTests {
    @Sendable private static func path(_ product: Product, _ format: CompressionFormat = .gzip) throws -> String {
        "/" + (try GuixBuilder.download(product, format).url)
    }

    /// What a server may do in the place of sending a NAR.
    enum Fault: CaseIterable {
        case down, silent, begun, dripping, cut, another, absent

        func reply(_ product: Product) throws -> FakeCache.Reply {
            let file = try compressed(product.nar, .gzip)
            let head = Array("HTTP/1.1 200 OK\r\nContent-Length: \(file.count)\r\n\r\n".utf8)
            return switch self {
            case .down: .dropped
            case .silent: .nothing
            case .begun: .hang(head + file.prefix(file.count / 2))
            case .dripping: .drip(head + file)
            case .cut: .raw(head + file.prefix(file.count / 2))
            case .another: .answer(UpstreamAnswer(body: try compressed(Nar.file([1]), .gzip)))
            case .absent: .answer(UpstreamAnswer(404))
            }
        }
    }

    @Test(
        "A NAR of which nothing can be had from any server is not promised, though its narinfos are known",
        arguments: Fault.allCases)
    func faults(_ fault: Fault) async throws {
        let scene = try GuixScene()
        let (bad, good) = (try Product(guix: "bad", size: 4000), try Product(guix: "good", size: 4000))
        for product in [bad, good] { try scene.publish(product) }
        for builder in scene.builders { builder.cache.set(try Self.path(bad), try fault.reply(bad)) }
        scene.builders[0].cache.set(try Self.path(good), try fault.reply(good))
        try await scene.run { home in
            // Asked twice: what the ledger remembers of narinfos says nothing about NARs.
            for _ in 0..<2 {
                try await withGateway(home, ["--mode", "enforce", "--deadline", "2.5"]) { gateway async throws in
                    #expect(try await gateway.guixNarInfo(bad) == nil)
                    let narInfo = try #require(try await gateway.guixNarInfo(good))
                    let nar = try await gateway.get("/" + (try #require(narInfo.downloads.first).url))
                    #expect(try decompressed(nar.body, .gzip) == good.nar)
                }
            }
        }
    }

    @Test("A NAR whose first byte takes longer than the deadline is fetched meanwhile, and promised when it is there")
    func late() async throws {
        let scene = try GuixScene()
        let product = try Product(guix: "late")
        try scene.publish(product)
        for builder in scene.builders {
            let answer = UpstreamAnswer(body: try compressed(product.nar, .gzip))
            builder.cache.set(try Self.path(product), .late(.milliseconds(2500), answer))
        }
        try await scene.run { home in
            try await withGateway(home, ["--mode", "enforce", "--deadline", "1.5"]) { gateway async throws in
                #expect(try await gateway.guixNarInfo(product) == nil)
                let comes = await eventually(within: .seconds(30)) {
                    (try? await gateway.guixNarInfo(product)) != nil
                }
                #expect(comes)
            }
        }
    }

    @Test("A server that was silent for one NAR is asked last for the next ones")
    func silentServer() async throws {
        let scene = try GuixScene()
        let products = try (0..<8).map { try Product(guix: "item-\($0)") }
        for product in products {
            try scene.publish(product)
            scene.builders[0].cache.set(try Self.path(product), .nothing)
        }
        try await scene.run { home in
            try await withGateway(home, ["--mode", "enforce", "--deadline", "4"]) { gateway async throws in
                for product in products { #expect(try await gateway.guixNarInfo(product) != nil) }
                let asked = try products.reduce(0) { $0 + scene.builders[0].cache.count(try Self.path($1)) }
                #expect(asked <= 1)
            }
        }
    }

    @Test(
        "Where too much is under way to fetch a NAR beforehand, servers are asked what they have, and only that is promised",
        arguments: [
            nil, FakeCache.Reply.answer(UpstreamAnswer(404)), .answer(UpstreamAnswer(501, body: "no")), .dropped,
        ])
    func promisesOfMany(_ heads: FakeCache.Reply?) async throws {
        let scene = try GuixScene()
        let large = try (0..<8).map { try Product(guix: "large-\($0)", size: 5000) }
        let (there, half, absent) = (
            try Product(guix: "there"), try Product(guix: "half"), try Product(guix: "absent")
        )
        for product in [there, half, absent] { try scene.publish(product) }
        for builder in scene.builders {
            builder.cache.setHeads(heads)
            for product in large {
                try builder.publish(product, builder.narInfo(product, narSize: 64 << 20).serialized)
                let file = try compressed(product.nar, .gzip)
                let head = Array("HTTP/1.1 200 OK\r\nContent-Length: \(file.count)\r\n\r\n".utf8)
                builder.cache.set(try Self.path(product), .drip(head + file))
            }
            builder.cache.set(try Self.path(absent), .answer(UpstreamAnswer(404)))
        }
        scene.builders[0].cache.set(try Self.path(half), .answer(UpstreamAnswer(404)))
        try await scene.run { home in
            try await withGateway(home, ["--mode", "enforce", "--deadline", "4"]) { gateway async throws in
                let connection = try TestConnection(gateway.port)
                try connection.send(large.map(\.narInfoRequest).joined())
                var underWay = 0
                for _ in 0..<100 where underWay < large.count {
                    try await Task.sleep(for: .milliseconds(20))
                    let reply = try await gateway.get("/api/v1/status")
                    let status = try JSONSerialization.jsonObject(with: Data(reply.body))
                    underWay = (status as? [String: Any])?["narsUnderWay"] as? Int ?? 0
                }
                #expect(underWay == large.count)
                #expect(try await gateway.guixNarInfo(there) != nil)
                #expect(try await gateway.guixNarInfo(half) != nil)
                #expect(try await gateway.guixNarInfo(absent) == nil)
                let asked = try scene.builders.map { $0.cache.count("HEAD " + (try Self.path(there))) }
                #expect(asked.max() == 1)
                extendLifetime(connection)
            }
        }
    }
}
