import Compression
import Foundation
import GuixFormats
import StoreFormats
import TestSupport
import Testing

@Suite("quorate challenge and weather on Guix's servers")
struct ChallengeGuixTests {
    /// Narinfos of two real servers, which lie as files.
    private static let servers = URL(fileURLWithPath: CacheFixture.folder).deletingLastPathComponent()
        .appendingPathComponent("guix/servers").path

    private static func home() throws -> Home {
        var text = ""
        for name in ["vm", "vm2"] {
            let key = try GuixPublicKey(
                fileContents: Array(Data(contentsOf: URL(fileURLWithPath: "\(servers)/\(name)/signing-key.pub"))))
            text += "cache \(name) guix \(key.hexadecimal) file://\(servers)/\(name) builds\n"
        }
        return try Home(policy: text + "group farms 2 vm vm2\nquorum guix farms\n")
    }

    /// What `guix challenge` 1.5.0 said of the same servers when their items were made.
    private static let verdicts = [
        "2xadqfsn2hlaxf1bm10v690mnz8mp40c-fixed-1.0": "match",
        "h88fv1lrf3gg45lmkxv7mij4l6ywmlj0-ref-1.0": "match",
        "i614h3zjk3qnw12ikjk36g02vak4rjr8-randfile-1.0": "mismatch",
        "j35yc3jpgvnf5x7jk8yg9dc22578xsxw-multi-1.0-lib": "match",
        "pn3iaafgwik6zg51byc0gyhjz6p1a4ja-tarmtime-1.0": "mismatch",
        "pz7hv4fra8q6kmld639h5aadcjgxbj1l-randorder-1.0": "mismatch",
        "ra3zvhy7kz9mqngxjgql9d8sskbkz60b-timestamp-1.0": "mismatch",
        "s2pf81jjvnvzlz03w67yinbnhd4fys8s-multi-1.0": "match",
        "z5hrbzkaavvdqs6332jip86ssncqf7gn-static-userland": "match",
        "zpqgjbic303ag3ps308ad3mi1rx4g6p2-repro-1.0": "match",
    ]

    @Test("The verdicts are those of guix challenge, cold and from the ledger")
    func verdicts() async throws {
        let home = try Self.home()
        let paths = Self.verdicts.keys.sorted().map { "/gnu/store/\($0)" }
        for _ in 0..<2 {
            let output = try await Program.run(["challenge", "--json", "--diff", "none"] + paths, home: home)
            #expect(output.status == 2)
            let document = try ChallengeTests.Document(output.out)
            let found = Dictionary(
                uniqueKeysWithValues: document.paths.map { ($0.path.dropFirst("/gnu/store/".count), $0.result) })
            #expect(found == Dictionary(uniqueKeysWithValues: Self.verdicts.map { ($0.key[...], $0.value) }))
            #expect(document.paths.allSatisfy { $0.statements.prefix(2).allSatisfy { $0.standing == "signed" } })
        }
        let weather = try await Program.run(["weather", "--json"] + paths, home: home)
        #expect(weather.status == 0)
        let document = try WeatherTests.Document(weather.out)
        #expect(document.servers.map(\.counts) == [[10, 10, 0, 0], [10, 10, 0, 0]])
        #expect(document.servers.first?.compressions.keys.sorted() == ["gzip", "lzip", "zstd"])
        #expect(document.differing.count == 4)
    }

    @Test("NARs are compared too, and one policy has caches of both stores")
    func both() async throws {
        let path = try StorePath(baseName: "00000000000000000000000000000000-guixy", in: .gnu)
        let keys = try [GuixSecretKey.generate(), .generate()]
        let scene = try Scene(1)
        let product = try Product("nixy")
        try scene.publish(product, at: 0)
        let caches = [FakeCache(), FakeCache()]
        for (index, cache) in caches.enumerated() {
            let nar = Nar.folder([("same", "same"), ("stamp", "\(index)")])
            let narInfo = try GuixNarInfo(
                storePath: path, narHash: NarHash(ContentHash(of: nar, algorithm: .sha256)), narSize: UInt64(nar.count),
                references: [], deriver: nil,
                downloads: [.init(url: "nar/gzip/\(path.baseName)", compression: .gzip, fileSize: nil)],
                signedBy: keys[index], host: "test")
            cache.set("/\(path.hashPart).narinfo", narInfo.serialized)
            cache.set("/nar/gzip/\(path.baseName)", try compressed(nar, .gzip))
        }
        try await serving(scene.caches + caches) { addresses in
            var policy = scene.builders[0].line(addresses[0])
            for (index, key) in keys.enumerated() {
                policy += "cache g\(index) guix \(key.publicKey.hexadecimal) \(addresses[index + 1]) builds\n"
            }
            let home = try Home(policy: policy)
            let output = try await Program.run(
                ["challenge", "--json", path.path, product.storePath.path], home: home)
            #expect(output.status == 2)
            let document = try ChallengeTests.Document(output.out)
            #expect(document.paths.map(\.result) == ["mismatch", "inconclusive"])
            #expect(document.paths[0].comparison?.files.map(\.path) == ["/stamp"])
            #expect(document.paths[1].silent.isEmpty)
            // A key that the policy does not name is no voice, and is told.
            let stranger = try await Program.run(
                ["challenge", "--url", addresses[1], "--policy", "/dev/null", path.path], home: home)
            #expect(stranger.status == 1)
            let known = try await Program.run(
                ["challenge", "--json", "--url", addresses[1], "--key", keys[0].publicKey.hexadecimal, path.path],
                home: Home())
            #expect(try ChallengeTests.Document(known.out).paths[0].statements.map(\.standing) == ["signed"])
        }
    }

    /// What a server has at the address of one of its files.
    enum File: Sendable { case right, missing, other }

    @Test(
        "Of the files that a server has of a NAR, the first that is right is compared",
        arguments: [
            ([.right, .right], ["/stamp"], 0, 0), ([.missing, .right], ["/stamp"], 0, 0),
            ([.right, .missing], ["/stamp"], 0, 0), ([.other, .right], ["/stamp"], 0, 1),
            ([.missing, .missing], [], 1, 0), ([.missing, .other], [], 0, 1), ([.other, .other], [], 0, 1),
        ] as [([File], [String], Int, Int)])
    func compressions(files: [File], differing: [String], troubles: Int, disagreements: Int) async throws {
        let path = try StorePath(baseName: "00000000000000000000000000000000-several", in: .gnu)
        let keys = try [GuixSecretKey.generate(), .generate()]
        let caches = [FakeCache(), FakeCache()]
        let formats: [(CompressionFormat, NarInfo.Compression)] = [(.gzip, .gzip), (.zstd, .zstd)]
        for (index, cache) in caches.enumerated() {
            let nar = Nar.folder([("same", "same"), ("stamp", "\(index)")])
            var downloads: [GuixNarInfo.Download] = []
            for (place, (format, compression)) in formats.enumerated() {
                let url = "nar/\(compression.rawValue)/\(path.baseName)"
                downloads.append(.init(url: url, compression: compression, fileSize: UInt64(100 + place)))
                switch index == 0 ? .right : files[place] {
                case .right: cache.set("/\(url)", try compressed(nar, format))
                case .missing: cache.set("/\(url)", .answer(UpstreamAnswer(404)))
                case .other: cache.set("/\(url)", try compressed(Nar.folder([("stamp", "9")]), format))
                }
            }
            let narInfo = try GuixNarInfo(
                storePath: path, narHash: NarHash(ContentHash(of: nar, algorithm: .sha256)), narSize: UInt64(nar.count),
                references: [], deriver: nil, downloads: downloads, signedBy: keys[index], host: "test")
            cache.set("/\(path.hashPart).narinfo", narInfo.serialized)
        }
        try await serving(caches) { addresses in
            var policy = ""
            for (index, key) in keys.enumerated() {
                policy += "cache g\(index) guix \(key.publicKey.hexadecimal) \(addresses[index]) builds\n"
            }
            let output = try await Program.run(["challenge", "--json", path.path], home: Home(policy: policy))
            #expect(output.status == 2)
            let comparison = try #require(try ChallengeTests.Document(output.out).paths[0].comparison)
            #expect(comparison.files.map(\.path) == differing)
            #expect(comparison.troubles.count == troubles)
            #expect(comparison.disagreements.count == disagreements)
        }
    }
}
