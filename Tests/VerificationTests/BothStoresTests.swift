import ClaimSources
import GuixFormats
import Ledger
import LedgerSQLite
import Quorum
import StoreFormats
import Synchronization
import TestSupport
import Testing
import Verification

/// Caches of both kinds in one policy: each is asked about paths of its own store.
struct BothStoresTests {
    private static let hashPart = "zpqgjbic303ag3ps308ad3mi1rx4g6p2"
    private static let guixKey = LookupKey(hashPart, in: .gnu)

    @Test func keysAreOfStores() {
        #expect(LookupKey("/gnu/store/abc").isOfGuix)
        #expect(LookupKey("/gnu/store/abc").storeDirectory == .gnu)
        #expect(Paths.key(Paths.repro).storeDirectory == .nix)
        #expect(!Paths.key(Paths.repro).isOfGuix)
        #expect(LookupKey("/opt/nix/store/abc").storeDirectory?.path == "/opt/nix/store")
        #expect(LookupKey("hello_1.0_amd64.deb").storeDirectory == nil)
        #expect(Self.guixKey.hashPart == Self.hashPart)
        #expect(Self.guixKey == LookupKey(.storePath("/gnu/store/\(Self.hashPart)-repro-1.0")))
    }

    @Test func eachKindIsAskedAboutItsOwnStore() async throws {
        let keys = try (0..<2).map { _ in try GuixSecretKey.generate() }
        let path = try StorePath("/gnu/store/\(Self.hashPart)-repro-1.0", in: .gnu)
        let narHash = try #require(NarHash([UInt8](repeating: 7, count: 32)))
        let asked = Mutex<[String]>([])
        let script: @Sendable (GuixSecretKey) -> Upstream.Script = { key in
            { connection in
                while let request = try await connection.nextRequest() {
                    asked.withLock { $0.append(request) }
                    guard request == "/\(Self.hashPart).narinfo" else {
                        try await connection.answer(UpstreamAnswer(202))
                        continue
                    }
                    let narInfo = try GuixNarInfo(
                        storePath: path, narHash: narHash, narSize: 9, references: [], downloads: [], signedBy: key,
                        host: "h")
                    try await connection.answer(UpstreamAnswer(body: narInfo.serialized))
                }
            }
        }
        try await Scene.run { scene in
            try await Upstream.run(script(keys[0])) { one in
                try await Upstream.run(script(keys[1])) { two in
                    let lines = zip(["one", "two"], zip(keys, [one, two])).map { name, pair in
                        "cache \(name) guix \(pair.0.publicKey.hexadecimal) \(pair.1.address) builds\n"
                    }
                    let more = lines.joined() + "group guixes 2 one two\nquorum guix guixes\n"
                    try await scene.withInquirer(editing: { $0 + more }) { inquirer in
                        #expect(inquirer.caches.notes.isEmpty)
                        #expect(inquirer.caches.members(for: Self.guixKey).map(\.leaf) == ["one", "two"])
                        let questions = [Self.guixKey, Paths.key(Paths.repro), LookupKey(Self.absent, in: .gnu)]
                        let findings = await inquirer.inquire(questions).findings
                        #expect(findings[0].words == ["quorate"])
                        #expect(findings[0].reports.map(\.leaf) == ["one", "two"])
                        #expect(findings[1].words == ["quorate"])
                        #expect(findings[1].reports.map(\.leaf) == ["a", "b", "c"])
                        #expect(findings[2].words.isEmpty)
                        // 202: the server has begun to make it, and does not have it.
                        #expect(findings[2].reports.map(\.answer) == [.absent, .absent])
                        let names = Set([Self.hashPart, Self.absent].map { "/\($0).narinfo" })
                        #expect(Set(asked.withLock { $0 }) == names)
                    }
                    // From the ledger, under seal; and under another key, anew from the evidence.
                    let before = asked.withLock { $0.count }
                    for seal in [scene.seal, ClaimSeal(key: [UInt8](repeating: 3, count: 32))] {
                        try await scene.withInquirer(seal: seal, editing: { $0 + more }) { inquirer in
                            let findings = await inquirer.inquire([Self.guixKey]).findings
                            #expect(findings[0].words == ["quorate"])
                        }
                    }
                    #expect(asked.withLock { $0.count } == before)
                }
            }
        }
    }

    private static let absent = "0pqgjbic303ag3ps308ad3mi1rx4g6p2"
}
