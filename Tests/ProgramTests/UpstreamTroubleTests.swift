import Foundation
import GRDB
import StoreFormats
import TestSupport
import Testing

@Suite("Caches in trouble, through the running gateway")
struct UpstreamTroubleTests {
    private static func narInfoHead(_ length: Int) -> [UInt8] {
        Array("HTTP/1.1 200 OK\r\nContent-Length: \(length)\r\n\r\n".utf8)
    }

    static let troubles: [(String, FakeCache.Reply)] = [
        ("hangs before the answer", .nothing), ("hangs within the head", .hang(Array("HTTP/1.1 200 O".utf8))),
        ("hangs within the body", .hang(narInfoHead(500) + Array("StorePath: ".utf8))),
        ("drips", .drip(narInfoHead(500) + [UInt8](repeating: 65, count: 500))), ("closes at once", .dropped),
        ("closes within the body", .raw(narInfoHead(500) + Array("StorePath: ".utf8))),
        ("says 500", .answer(UpstreamAnswer(500))), ("says 503", .answer(UpstreamAnswer(503))),
        ("says 403", .answer(UpstreamAnswer(403))), ("says 429", .answer(UpstreamAnswer(429))),
        ("redirects elsewhere", .answer(UpstreamAnswer(302, headers: ["Location: http://127.0.0.1:1/"]))),
        ("redirects in circles", .answer(UpstreamAnswer(302, headers: ["Location: /nix-cache-info"]))),
        ("speaks another protocol", .raw(Array("220 mail.example ESMTP\r\n".utf8))),
        ("sends zeros", .raw([UInt8](repeating: 0, count: 4096))),
    ]

    @Test("Two others still agree, alone nobody does, and no client waits longer than the deadline")
    func table() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            // Each has a gateway of its own, since a cache in trouble is left alone for a while; four at a time.
            for (index, (name, reply)) in Self.troubles.enumerated() {
                if index >= 4 { try await group.next() }
                group.addTask { try await Self.check(name, reply) }
            }
            try await group.waitForAll()
        }
    }

    private static func check(_ name: String, _ reply: FakeCache.Reply) async throws {
        let scene = try Scene()
        let alone = try Product("alone")
        let beside = try Product("beside")
        try scene.publish(alone, at: 0)
        try scene.publish(beside, at: 0, 2)
        scene.caches[1].setEverything(reply)
        try await scene.run { home in
            try await withGateway(home) { gateway async throws in
                let accepted = try await gateway.narInfo(beside)
                #expect(accepted.status == 200, "\(name)")
                // The deadline of these gateways is one second.
                #expect(accepted.duration < .seconds(3), "\(name)")
                #expect(try await gateway.nar(beside)?.body == beside.nar, "\(name)")
                let refused = try await gateway.narInfo(alone)
                #expect(refused.status == 404, "\(name)")
                #expect(refused.duration < .seconds(3), "\(name)")
            }
        }
    }

    @Test("While every cache is down, what was decided and spooled is served, also after a restart")
    func allDown() async throws {
        let scene = try Scene()
        let product = try Product("kept", size: 10_000)
        let unknown = try Product("unknown")
        try scene.publish(product, at: 0, 1, 2)
        let home = try await scene.run { home in
            try await withGateway(home) { gateway async throws in
                #expect(try await gateway.nar(product)?.body == product.nar)
                for cache in scene.caches { cache.setEverything(.dropped) }
                #expect(try await gateway.nar(product)?.body == product.nar)
            }
            for cache in scene.caches { cache.setEverything(.nothing) }
            // They hang: each question takes the deadline and no more.
            try await Self.age(home)
            try await withGateway(home) { gateway async throws in
                let reply = try await gateway.narInfo(product)
                #expect(reply.status == 200)
                #expect(reply.duration < .seconds(3))
                #expect(try await gateway.nar(product)?.body == product.nar)
                #expect(try await gateway.narInfo(unknown).status == 404)
            }
            return home
        }
        // Nobody listens there any more.
        try await withGateway(home) { gateway async throws in
            #expect(try await gateway.nar(product)?.body == product.nar)
            #expect(try await gateway.nar(product)?.headers["content-length"] == "\(product.nar.count)")
            #expect(try await gateway.narInfo(unknown).status == 404)
            #expect(try await gateway.get("/\(unknown.hashPart).ls").status == 404)
        }
    }

    /// Makes the ledger's answers older, so that the caches are asked again.
    private static func age(_ home: Home) async throws {
        try await DatabaseQueue(path: home.folder.file("state/ledger.sqlite")).write { database in
            try database.execute(
                sql: "UPDATE ask SET askedAt = askedAt - 900; UPDATE claim SET lastSeen = lastSeen - 900")
        }
    }

    @Test("A cache that changes its answer is remembered with both; a quorum that stood goes on")
    func changes() async throws {
        let scene = try Scene()
        let product = try Product("changing", contents: "first")
        let other = Product(product.storePath, nar: Nar.file(Array("second".utf8)))
        try scene.publish(product, at: 0, 1)
        try await scene.run { home in
            try await withGateway(home) { gateway async throws in
                #expect(try await gateway.nar(product)?.body == product.nar)
            }
            try scene.publish(other, at: 0)
            let output = try await Program.run(
                ["verify", "--json", "--refresh", product.storePath.path], home: home)
            #expect(output.status == 0)
            let document = try VerifyTests.Document(output.out)
            #expect(document.paths.map(\.verdict) == ["quorate"])
            #expect(output.out.contains(try other.narHash.hex))
            // With the second one changed as well both outcomes have two votes.
            try scene.publish(other, at: 1)
            let conflict = try await Program.run(
                ["verify", "--json", "--refresh", product.storePath.path], home: home)
            #expect(conflict.status == 2)
            try await withGateway(home) { gateway async throws in
                #expect(try await gateway.narInfo(product).status == 404)
            }
        }
    }

    @Test("An answer that comes after the deadline counts for the next question")
    func late() async throws {
        let scene = try Scene()
        let product = try Product("late")
        try scene.publish(product, at: 0, 1)
        let body = try product.narInfo([scene.builders[1]]).serialized
        // Below the connection's own patience, beyond the deadline, since the question came later.
        scene.caches[1].set("/\(product.hashPart).narinfo", .late(.milliseconds(900), UpstreamAnswer(body: body)))
        try await scene.run { home in
            try await withGateway(home, ["--mode", "enforce", "--deadline", "0.95"]) { gateway async throws in
                let found = try await eventually(within: .seconds(6)) {
                    try await gateway.narInfo(product).status == 200
                }
                #expect(found)
            }
        }
    }
}
