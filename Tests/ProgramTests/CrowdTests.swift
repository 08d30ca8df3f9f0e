import Foundation
import Glibc
import StoreFormats
import TestSupport
import Testing

@Suite("Many clients, and slow ones")
struct CrowdTests {
    @Test("Many clients that ask the same make one question to each cache, and one download")
    func oneQuestion() async throws {
        let scene = try Scene()
        let product = try Product("wanted", size: 100_000)
        try scene.publish(product, at: 0, 1, 2)
        let narInfo = try product.narInfo([scene.builders[2]]).serialized
        scene.caches[2].set(
            "/\(product.hashPart).narinfo", .late(.milliseconds(400), UpstreamAnswer(body: narInfo)))
        try await scene.run { home in
            try await withGateway(home) { gateway async throws in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<60 {
                        group.addTask { () async throws in #expect(try await gateway.nar(product)?.body == product.nar)
                        }
                    }
                    try await group.waitForAll()
                }
                let counts = scene.caches.map { $0.count("/\(product.hashPart).narinfo") }
                #expect(counts == [1, 1, 1])
                let downloads = scene.caches.map { $0.count("/nar/\(product.hashPart).nar") }
                #expect(downloads.reduce(0, +) == 1)
            }
        }
    }

    @Test("2,000 clients at a time, each with its own connection")
    func crowd() async throws {
        let clients = 2000
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        guard limit.rlim_max >= 4096 else { return }
        let scene = try Scene(2)
        let product = try Product("crowded")
        try scene.publish(product, at: 0, 1)
        try await scene.run { home in
            // The default limit of open files of a service; the program raises it itself.
            try await withGateway(home, through: ["sh", "-c", "ulimit -S -n 1024; exec \"$0\" \"$@\""]) {
                gateway async throws in
                let port = gateway.port
                let statuses = try await offPool {
                    let connections = try (0..<clients).map { _ in try TestConnection(port) }
                    // All are open before the first asks.
                    for connection in connections {
                        try connection.send(product.narInfoRequest)
                    }
                    var good = 0
                    for connection in connections {
                        guard let part = try connection.read(20) else { continue }
                        if part.starts(with: Array("HTTP/1.1 200".utf8)) { good += 1 }
                    }
                    return good
                }
                #expect(statuses == clients)
                #expect(scene.caches[0].count("/\(product.hashPart).narinfo") == 1)
                #expect(try await gateway.get("/healthz").status == 200)
            }
        }
    }

    @Test("Above the limit of connections others wait their turn, and the gateway lives")
    func aboveLimit() async throws {
        let scene = try Scene(2)
        let product = try Product("full")
        try scene.publish(product, at: 0, 1)
        try await scene.run { home in
            // Room for few connections beside the gateway's own files.
            try await withGateway(home, through: ["sh", "-c", "ulimit -n 448; exec \"$0\" \"$@\""]) {
                gateway async throws in
                let port = gateway.port
                let held = try await offPool { try (0..<600).map { _ in try TestConnection(port) } }
                #expect(held.count == 600)
                try await Task.sleep(for: .milliseconds(300))
                withExtendedLifetime(held) {}
            }
            try await withGateway(home, through: ["sh", "-c", "ulimit -n 448; exec \"$0\" \"$@\""]) {
                gateway async throws in
                let port = gateway.port
                try await offPool {
                    let held = try (0..<600).map { _ in try TestConnection(port) }
                    withExtendedLifetime(held) {}
                }
                #expect(try await gateway.nar(product)?.body == product.nar)
            }
        }
    }

    @Test("Clients that send half a request, or read nothing, keep nobody waiting")
    func slowClients() async throws {
        let scene = try Scene(2)
        let product = try Product("patient", size: 8 << 20)
        try scene.publish(product, at: 0, 1)
        try await scene.run { home in
            try await withGateway(home) { gateway async throws in
                let url = try NarInfo(served: try await gateway.narInfo(product).body).url
                let port = gateway.port
                let held = try await offPool {
                    try (0..<200).map { number in
                        let connection = try TestConnection(port)
                        switch number % 3 {
                        case 0: try connection.send("GET /healthz HTT")
                        case 1: try connection.send("GET /\(url) HTTP/1.1\r\nHost: x\r\n\r\n")
                        default: break
                        }
                        return connection
                    }
                }
                let reply = try await gateway.get("/" + url)
                #expect(reply.body == product.nar)
                #expect(reply.duration < .seconds(4))
                #expect(try await gateway.get("/healthz").duration < .seconds(1))
                withExtendedLifetime(held) {}
            }
        }
    }
}
