import Compression
import Foundation
import Glibc
import StoreFormats
import TestSupport
import Testing

@Suite("The spool, through the running gateway")
struct SpoolTests {
    @Test("Above its limit the least recently used NARs go; they are fetched again when asked for")
    func limit() async throws {
        let scene = try Scene(2)
        let products = try (0..<4).map { try Product("evicted", contents: "\($0)", size: 300_000) }
        for product in products { try scene.publish(product, at: 0, 1) }
        try await scene.run { home in
            try await withGateway(home, ["--mode", "enforce", "--spool-limit", "700K"]) { gateway async throws in
                for product in products {
                    #expect(try await gateway.nar(product)?.body == product.nar)
                    #expect(home.spooled.count <= 2)
                }
                #expect(try await gateway.nar(products[0])?.body == products[0].nar)
                #expect(home.spooled.count <= 2)
                let large = try Product("large", size: 800_000)
                try scene.publish(large, at: 0, 1)
                #expect(try await gateway.nar(large)?.status == 404)
                #expect(scene.caches[0].count("/nar/\(large.hashPart).nar") == 0)
            }
        }
    }

    @Test("A cache whose NAR is another one is not asked for it with every request, and that is told")
    func wrongNars() async throws {
        let scene = try Scene()
        let product = try Product("wrong", size: 5000)
        let repaired = try Product("repaired", size: 5000)
        for index in 0..<2 {
            for wrong in [product, repaired] {
                try scene.caches[index].publish(
                    wrong, narInfo: wrong.narInfo([scene.builders[index]]), file: Nar.file([1]))
            }
        }
        // Gone for now, which says nothing about its bytes: it is asked again.
        try scene.publish(repaired, at: 2)
        scene.caches[2].set("/nar/\(repaired.hashPart).nar", .answer(UpstreamAnswer(500)))
        try await scene.run { home in
            try await withGateway(home) { gateway async throws in
                for _ in 0..<5 {
                    #expect(try await gateway.nar(product)?.status == 404)
                    #expect(try await gateway.nar(repaired)?.status == 404)
                }
                scene.caches[2].set("/nar/\(repaired.hashPart).nar", repaired.nar)
                #expect(
                    try await eventually { try await gateway.nar(repaired)?.body == repaired.nar },
                    "\(gateway.process.err)")
                for index in 0..<2 {
                    for wrong in [product, repaired] {
                        #expect(scene.caches[index].count("/nar/\(wrong.hashPart).nar") == 1)
                    }
                }
                #expect(try await gateway.get("/metrics").text.contains("quorate_wrong_nars_total 4"))
                #expect(try await gateway.get("/api/v1/status").text.contains("\"wrongNars\" : 4"))
                let lines = gateway.process.err.split(separator: "\n").filter { $0.contains("NAR refused") }
                #expect(lines.filter { $0.contains("again=\"in 30 s\"") }.count == 4, "\(gateway.process.err)")
            }
        }
    }

    @Test("Compressions that are only read: served as they are, or as another cache has it")
    func readOnlyCompressions() async throws {
        let scene = try Scene(2)
        let alone = try Product("alone", size: 5000)
        let beside = try Product("beside", size: 5000)
        for (product, format) in [(alone, NarInfo.Compression.lz4), (beside, .zstd)] {
            try scene.caches[0].publish(
                product, narInfo: product.narInfo([scene.builders[0]], compression: .lz4), file: lz4(product.nar))
            // The second cache agrees, and its file is broken.
            try scene.caches[1].publish(
                product, narInfo: product.narInfo([scene.builders[1]], compression: format), file: [1])
        }
        try await scene.run { home in
            try await withGateway(home) { gateway async throws in
                #expect(try await gateway.nar(alone)?.body == lz4(alone.nar))
                let narInfo = try NarInfo(served: try await gateway.narInfo(beside).body)
                #expect(narInfo.compression == .zstd)
                let reply = try await gateway.nar(beside)
                var nar: [UInt8] = []
                let decompressor = try Decompressor(.zstd, limits: DecompressionLimits(outputBytes: 1 << 20))
                try decompressor.push(try #require(reply).body) { nar += $0 }
                try decompressor.finish { nar += $0 }
                #expect(nar == beside.nar)
            }
        }
    }

    /// An LZ4 frame whose one block is stored as it is.
    private func lz4(_ bytes: [UInt8]) -> [UInt8] {
        let size = UInt32(bytes.count) | 1 << 31
        return [0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82] + withUnsafeBytes(of: size.littleEndian) { Array($0) } + bytes
            + [0, 0, 0, 0]
    }

    @Test("Files damaged on disk are fetched again and never served", arguments: [false, true])
    func damaged(whileRunning: Bool) async throws {
        let scene = try Scene(2)
        let products = try (0..<5).map { try Product("damaged", contents: "\($0)", size: 50_000) }
        for product in products { try scene.publish(product, at: 0, 1) }
        try await scene.run { home in
            let damage = { @Sendable in
                for (index, product) in products.enumerated() {
                    let file = try home.spool + "/\(product.narHash.nix32).nar"
                    switch index {
                    case 0: truncate(file, 100)
                    case 1:
                        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
                        bytes[20_000] ^= 1
                        try Data(bytes).write(to: URL(fileURLWithPath: file))
                    case 2: unlink(file)
                    case 3:
                        unlink(file)
                        symlink("/etc/passwd", file)
                    default:
                        unlink(file)
                        mkdir(file, 0o700)
                    }
                }
            }
            if whileRunning {
                try await withGateway(home) { gateway async throws in
                    for product in products { #expect(try await gateway.nar(product)?.body == product.nar) }
                    try damage()
                    try await check(gateway)
                }
            } else {
                try await withGateway(home) { gateway async throws in
                    for product in products { #expect(try await gateway.nar(product)?.body == product.nar) }
                }
                try damage()
                try await withGateway(home) { gateway async throws in try await check(gateway) }
            }
            @Sendable func check(_ gateway: GatewayProcess) async throws {
                for (index, product) in products.enumerated() {
                    let reply = try await gateway.nar(product)
                    // A folder in the way cannot be replaced; it is not served either.
                    if index == 4 {
                        #expect([200, 404].contains(reply?.status ?? 0))
                    } else {
                        #expect(reply?.body == product.nar, "\(index)")
                    }
                }
            }
        }
    }

    @Test("A path that commits to a file's contents needs no votes, and its bytes are checked before a word is said")
    func contents() async throws {
        let good = Array("the text\n".utf8)
        let addresses = try [
            ContentAddress(method: .flat, hash: ContentHash(of: good, algorithm: .sha256)),
            ContentAddress(method: .text, hash: ContentHash(of: good, algorithm: .sha256)),
            ContentAddress(method: .recursive, hash: ContentHash(of: Nar.file(good), algorithm: .sha512)),
        ]
        let lies = [
            Nar.file(Array("evil\n".utf8)), Nar.file(good, executable: true), Nar.folder([("a", "the text\n")]),
            Nar.words("nix-archive-1", "(", "type", "symlink", "target", "/etc/passwd", ")"),
        ]
        // Nobody of the policy signs anything.
        let scene = try Scene()
        var alone: [Product] = []
        var beside: [Product] = []
        for address in addresses {
            for (number, lie) in lies.enumerated() {
                for isAlone in [true, false] {
                    let honest = Product(
                        try address.storePath(name: "file-\(number)-\(isAlone)"), nar: Nar.file(good),
                        contentAddress: address)
                    let liar = Product(honest.storePath, nar: lie, contentAddress: address)
                    try scene.caches[0].publish(liar, narInfo: liar.narInfo([]))
                    if isAlone {
                        alone.append(honest)
                    } else {
                        try scene.caches[1].publish(honest, narInfo: honest.narInfo([]))
                        beside.append(honest)
                    }
                }
            }
        }
        let (refused, served) = (alone, beside)
        try await scene.run { home in
            try await withGateway(home) { gateway async throws in
                for product in refused {
                    #expect(try await gateway.nar(product)?.status == nil, "\(product.storePath)")
                }
                for product in served {
                    #expect(try await gateway.nar(product)?.body == product.nar, "\(product.storePath)")
                }
            }
        }
    }

    private static func check(_ scene: Scene, _ product: Product, isServed: Bool, _ words: String) async throws {
        try await scene.run { home in
            try await withGateway(home) { gateway async throws in
                let reply = try await gateway.nar(product)
                #expect(isServed ? reply?.body == product.nar : reply == nil, "\(words)")
            }
        }
    }

    @Test("A cache cannot use another's content address to slip its own bytes in")
    func borrowedAddress() async throws {
        let good = Array("the text\n".utf8)
        let address = try ContentAddress(method: .flat, hash: ContentHash(of: good, algorithm: .sha256))
        let honest = Product(try address.storePath(name: "file"), nar: Nar.file(good), contentAddress: address)
        let evil = Product(honest.storePath, nar: Nar.file(Array("evil\n".utf8)))
        let scene = try Scene()
        // First in the policy, without the field; the honest one makes the path self-verifying.
        try scene.caches[0].publish(evil, narInfo: evil.narInfo([]))
        try scene.caches[1].publish(honest, narInfo: honest.narInfo([]))
        try await Self.check(scene, honest, isServed: true, "borrowed")
    }

    @Test("Bytes that were verified for one path are not proof for another with a content address")
    func sharedBytes() async throws {
        let address = try ContentAddress(
            method: .flat, hash: ContentHash(of: Array("good".utf8), algorithm: .sha256))
        let evil = Nar.file(Array("evil".utf8))
        let lie = Product(try address.storePath(name: "file"), nar: evil, contentAddress: address)
        let harmless = try Product("harmless", contents: "evil")
        #expect(harmless.nar == evil)
        let scene = try Scene()
        try scene.publish(harmless, at: 0, 1)
        try scene.caches[0].publish(lie, narInfo: lie.narInfo([]))
        try await scene.run { home in
            try await withGateway(home) { gateway async throws in
                #expect(try await gateway.nar(harmless)?.body == evil)
                #expect(try await gateway.narInfo(lie).status == 404)
                #expect(try await gateway.nar(harmless)?.body == evil)
            }
        }
    }

    @Test("A source is served although the first cache lies about its size")
    func sizeOfSource() async throws {
        let nar = Nar.folder([("a", "1"), ("b", "2")])
        let address = try ContentAddress(method: .recursive, hash: ContentHash(of: nar, algorithm: .sha256))
        let product = Product(try address.storePath(name: "source"), nar: nar, contentAddress: address)
        let scene = try Scene()
        try scene.caches[0].publish(product, narInfo: product.narInfo([scene.builders[0]], narSize: 17))
        try scene.caches[1].publish(product, narInfo: product.narInfo([]))
        try await Self.check(scene, product, isServed: true, "size")
    }
}
