import Foundation
import Glibc
import LocalStore
import LocalStoreSQLite
import StoreFormats
import TestSupport
import Testing

struct GarbageTests {
    /// 0 <- 1 <- 2, 3 alone, 4 made by 5.drv which refers to 6.
    private func sample() async throws -> StoreSample {
        let sample = try await StoreSample()
        try await sample.build(0)
        try await sample.build(1, references: [0])
        try await sample.build(2, references: [1])
        try await sample.build(3)
        let source = try await sample.store.add(sample.folder.path + "/store/db.sqlite", name: "six", method: .flat)
        let drv = try await sample.store.addText(
            name: "five.drv", contents: Array("Derive".utf8), references: [source.path])
        try await sample.build(4, deriver: drv.path)
        // What these calls protected is protected as long as their store is open.
        return StoreSample(folder: sample.folder, store: try await StoreSample.open(sample.folder))
    }

    private func paths(_ numbers: Int...) throws -> [StorePath] { try numbers.map { try StoreSample.path($0) } }

    @Test func keepsWhatRootsNeed() async throws {
        let sample = try await sample()
        try sample.store.addRoot(StoreSample.path(1), name: "mine")
        let dry = try await sample.store.collectGarbage(GCOptions(isDryRun: true))
        #expect(try await sample.store.allPaths().count == 7)
        let result = try await sample.store.collectGarbage()
        #expect(result == dry)
        #expect(try await sample.store.allPaths() == paths(0, 1).sorted())
        #expect(result.removed.count == 5 && result.kept == 2 && result.narBytes > 0)
        #expect(try await sample.store.verify().isEmpty)
        #expect(!FileManager.default.fileExists(atPath: sample.store.physicalPath(of: try StoreSample.path(2))))
        try sample.store.removeRoot(name: "mine")
        #expect(try await sample.store.collectGarbage().kept == 0)
        for name in ["nix/store", "trash"] {
            #expect(try FileManager.default.contentsOfDirectory(atPath: sample.folder.file("store/" + name)).isEmpty)
        }
    }

    @Test func keepsDerivationsAndOutputs() async throws {
        let sample = try await sample()
        try sample.store.addRoot(StoreSample.path(4), name: "four")
        #expect(try await sample.store.collectGarbage(GCOptions(isDryRun: true)).kept == 3)
        let without = GCOptions(keepsDerivations: false, isDryRun: true)
        #expect(try await sample.store.collectGarbage(without).kept == 1)
        let drv = try #require(try await sample.store.allPaths().first { $0.isDerivation })
        try sample.store.addRoot(drv, name: "four")
        #expect(try await sample.store.collectGarbage(GCOptions(isDryRun: true)).kept == 2)
        #expect(try await sample.store.collectGarbage(GCOptions(keepsOutputs: true, isDryRun: true)).kept == 3)
    }

    @Test func followsLinksOfOthers() async throws {
        let sample = try await sample()
        let (logical, physical) = (sample.folder.file("result"), sample.folder.file("result-2"))
        let (first, second) = (try StoreSample.path(1), try StoreSample.path(3))
        #expect(symlink(first.path + "/bin", logical) == 0)
        #expect(symlink(sample.store.physicalPath(of: second), physical) == 0)
        for link in [logical, physical] { try sample.store.addIndirectRoot(link: link) }
        #expect(try await sample.store.roots().map(\.path) == [first, second])
        #expect(try await sample.store.collectGarbage().kept == 3)
        #expect(unlink(logical) == 0)
        #expect(try await sample.store.collectGarbage().kept == 1)
        #expect(try await sample.store.roots().map(\.link) == [physical])
        #expect(try FileManager.default.contentsOfDirectory(atPath: sample.folder.file("store/roots/auto")).count == 1)
    }

    @Test func keepsWhatAnotherProcessNeeds() async throws {
        let sample = try await sample()
        do {
            let other = try await StoreSample.open(sample.folder)
            try await other.protect(paths(2))
            #expect(try await sample.store.collectGarbage().kept == 3)
            #expect(try await sample.store.roots().map(\.kind) == [.temporary])
            withExtendedLifetime(other) {}
        }
        #expect(try await sample.store.collectGarbage().kept == 0)
    }

    @Test func takesLeftoversAndLeavesWhatIsBeingMade() async throws {
        let sample = try await sample()
        let store = sample.folder.file("store/nix/store/")
        try sample.folder.write("store/nix/store/\(StoreSample.path(20).baseName)/file", "left")
        try sample.folder.write("store/nix/store/\(StoreSample.path(21).baseName)/file", "being made")
        try sample.folder.write("store/nix/store/.nonsense", "x")
        let locks = try await sample.store.lock(paths(21))
        #expect(try await sample.store.collectGarbage().leftovers == 2)
        #expect(try FileManager.default.contentsOfDirectory(atPath: store) == [StoreSample.path(21).baseName])
        locks.unlock()
    }

    @Test func stopsWhenEnoughIsFree() async throws {
        let sample = try await sample()
        let result = try await sample.store.collectGarbage(GCOptions(maximumBytes: 1))
        #expect(result.removed.count == 1)
        // What is left refers to nothing that is gone.
        for path in try await sample.store.allPaths() { _ = try await sample.store.closure(of: [path]) }
    }

    @Test func deletesWhatIsNamed() async throws {
        let sample = try await sample()
        try sample.store.addRoot(StoreSample.path(3), name: "three")
        await StoreSample.expect(.alive) { _ = try await sample.store.delete(paths(3)) }
        await StoreSample.expect(.alive) { _ = try await sample.store.delete(paths(1)) }
        await StoreSample.expect(.notValid) { _ = try await sample.store.delete(paths(77)) }
        #expect(try await sample.store.delete(paths(1, 2)).removed == paths(1, 2).sorted())
        #expect(try await sample.store.allPaths().count == 5)
    }

    @Test func removesHostileTrees() async throws {
        let sample = try await StoreSample()
        let staging = try sample.store.makeStaging("hostile")
        var deep = staging.path
        for _ in 0..<600 {
            deep += "/d"
            #expect(mkdir(deep, 0o755) == 0)
        }
        #expect(chmod(deep, 0) == 0)
        #expect(chmod(staging.path + "/d/d", 0o555) == 0)
        #expect(symlink("/", staging.path + "/root") == 0)
        try staging.removeNow()
        #expect(!FileManager.default.fileExists(atPath: staging.path))
        #expect(FileManager.default.fileExists(atPath: "/tmp"))
    }
}

extension StoreSample {
    init(folder: TemporaryFolder, store: LocalStore) {
        self.folder = folder
        self.store = store
    }
}
