import Foundation
import GRDB
import Glibc
import LocalStore
import LocalStoreSQLite
import StoreFormats
import TestSupport
import Testing

struct RegisterTests {
    @Test func pathsAreThereAgainWhenOpenedAgain() async throws {
        let sample = try await StoreSample(isDurable: true)
        let first = try await sample.build(1)
        let second = try await sample.build(2, references: [1], deriver: StoreSample.path(9, "thing.drv"))
        try await sample.store.synchronize()
        let again = try await StoreSample.open(sample.folder)
        let known = try #require(try await again.info(of: second.path))
        #expect(known.narHash == second.narHash && known.narSize == second.narSize)
        #expect(known.references == [first.path])
        #expect(known.deriver == second.deriver && known.origin == .built && known.registeredAt > 1_000_000_000)
        #expect(try await again.outputs(ofDeriver: #require(second.deriver)).map(\.path) == [second.path])
        #expect(try await again.verify().isEmpty)
        #expect(try await again.path(hashPart: first.path.hashPart, in: .nix) == first.path)
        #expect(try await again.path(hashPart: first.path.hashPart, in: .gnu) == nil)
        #expect(try await again.allPaths() == [first.path, second.path].sorted())
    }

    @Test func everythingOfAnInfoIsKept() async throws {
        let sample = try await StoreSample()
        let (staging, tree) = try sample.tree("x")
        let digest = try NarHasher.hash(path: tree)
        let key = try NixSecretKey.generate(name: "test-1")
        let info = PathInfo(
            path: try StoreSample.path(1, in: .gnu), narHash: digest.hash, narSize: digest.size,
            references: [try StoreSample.path(1, in: .gnu)], deriver: try StoreSample.path(2, "a.drv", in: .gnu),
            contentAddress: try ContentAddress(method: .recursive, hash: digest.hash.contentHash), origin: .substituted,
            signatures: [try key.sign(Array("a".utf8)), try key.sign(Array("b".utf8))], registeredAt: 1234)
        try await sample.store.register([NewPath(info: info, from: tree)])
        #expect(try await sample.store.info(of: info.path) == info)
        #expect(FileManager.default.fileExists(atPath: sample.store.physicalPath(of: info.path) + "/file"))
        withExtendedLifetime(staging) {}
    }

    @Test func referencesMustBeThere() async throws {
        let sample = try await StoreSample()
        await StoreSample.expect(.invalidReference) { try await sample.build(2, references: [1]) }
        #expect(try await sample.store.allPaths().isEmpty)
        // What the refused one left in its place is replaced.
        try await sample.build(1)
        try await sample.build(2, references: [1], text: "another")
        #expect(try await sample.store.verify().isEmpty)
    }

    @Test func togetherOrNotAtAll() async throws {
        let sample = try await StoreSample()
        let (a, b) = (try sample.tree("a"), try sample.tree("b"))
        func info(_ number: Int, _ tree: String, _ references: [Int]) throws -> PathInfo {
            let digest = try NarHasher.hash(path: tree)
            return PathInfo(
                path: try StoreSample.path(number), narHash: digest.hash, narSize: digest.size,
                references: try references.map { try StoreSample.path($0) })
        }
        let infos = (try info(1, a.1, [1, 2]), try info(2, b.1, [1]))
        await StoreSample.expect(.cycle) {
            try await sample.store.register([NewPath(info: infos.0, from: a.1), NewPath(info: infos.1, from: b.1)])
        }
        let missing = try info(2, b.1, [7])
        await StoreSample.expect(.invalidReference) {
            try await sample.store.register([NewPath(info: infos.0, from: a.1), NewPath(info: missing, from: b.1)])
        }
        #expect(try await sample.store.allPaths().isEmpty)
    }

    @Test func laterOfACallMayComeFirst() async throws {
        let sample = try await StoreSample()
        let (a, b) = (try sample.tree("a"), try sample.tree("b"))
        let digest = try NarHasher.hash(path: a.1)
        let infos = [
            PathInfo(
                path: try StoreSample.path(1), narHash: digest.hash, narSize: digest.size,
                references: [try StoreSample.path(2)]),
            PathInfo(path: try StoreSample.path(2), narHash: digest.hash, narSize: digest.size, references: []),
        ]
        let new = try await sample.store.register([
            NewPath(info: infos[0], from: a.1), NewPath(info: infos[1], from: b.1),
        ])
        #expect(Set(new) == Set(infos.map(\.path)))
        #expect(try await sample.store.closure(of: [infos[0].path]) == [infos[1].path, infos[0].path])
    }

    @Test func whatIsValidStays() async throws {
        let sample = try await StoreSample()
        let first = try await sample.build(1, text: "first")
        let (staging, tree) = try sample.tree("second")
        let digest = try NarHasher.hash(path: tree)
        let other = PathInfo(path: first.path, narHash: digest.hash, narSize: digest.size, references: [])
        #expect(try await sample.store.register([NewPath(info: other, from: tree)]).isEmpty)
        #expect(try await sample.store.info(of: first.path)?.narHash == first.narHash)
        #expect(FileManager.default.fileExists(atPath: tree))
        #expect(try await sample.store.verify().isEmpty)
        withExtendedLifetime(staging) {}
    }

    /// Many at a time share syncs; each gets its own answer.
    @Test func manyAtOnce() async throws {
        let sample = try await StoreSample(isDurable: true)
        try await sample.build(0)
        let refused = try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 1...40 {
                group.addTask {
                    do {
                        try await sample.build(index, references: index % 10 == 0 ? [1000] : [0])
                        return false
                    } catch let error as LocalStoreError {
                        #expect(error.code == .invalidReference)
                        return true
                    }
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(refused == 4)
        #expect(try await sample.store.allPaths().count == 37)
        #expect(try await sample.store.verify().isEmpty)
    }

    @Test func twoProcessesAreAsTwoStores() async throws {
        let sample = try await StoreSample()
        let other = try await StoreSample.open(sample.folder)
        let path = try StoreSample.path(1)
        let locks = try await sample.store.lock([path])
        #expect(try other.tryLock([path]) == nil)
        async let waiting = other.lock([path, StoreSample.path(2)])
        try await sample.build(1)
        locks.unlock()
        let got = try await waiting
        #expect(try await other.isValid(path))
        #expect(try sample.store.tryLock([path]) == nil)
        got.unlock()
        #expect(try sample.store.tryLock([path]) != nil)
    }

    @Test func waitingForALockCanBeCancelled() async throws {
        let sample = try await StoreSample()
        let path = try StoreSample.path(1)
        let locks = try await sample.store.lock([path])
        let task = Task { try await sample.store.lock([path]) }
        try await Task.sleep(for: .milliseconds(20))
        task.cancel()
        await StoreSample.expect(.cancelled) { _ = try await task.value }
        locks.unlock()
        // The thread that waited gives back what it got.
        let again = try await sample.store.lock([path])
        again.unlock()
    }

    @Test func manyLocksInAnyOrder() async throws {
        let sample = try await StoreSample()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<60 {
                group.addTask {
                    let paths = try (0..<3).map { try StoreSample.path((index * 7 + $0 * 5) % 9) }
                    let locks = try await sample.store.lock(paths)
                    locks.unlock()
                }
            }
            try await group.waitForAll()
        }
        #expect(try sample.store.tryLock((0..<9).map { try StoreSample.path($0) }) != nil)
    }

    @Test func hostPathsAreRecordedOnly() async throws {
        let sample = try await StoreSample()
        let host = PathInfo(
            path: try StoreSample.path(1), narHash: try #require(NarHash([UInt8](repeating: 1, count: 32))),
            narSize: 10, references: []
        ).asHost
        try await sample.store.register([NewPath(info: host, from: nil)])
        try await sample.build(2, references: [1])
        #expect(sample.store.location(of: host) == host.path.path)
        #expect(try await sample.store.closureInfos(of: [StoreSample.path(2)]).map(\.origin) == [.host, .built])
        // One that should stand here has to.
        let other = PathInfo(
            path: try StoreSample.path(3), narHash: host.narHash, narSize: host.narSize, references: [])
        await StoreSample.expect(.notValid) { try await sample.store.register([NewPath(info: other, from: nil)]) }
    }

    // MARK: Files that are no store

    @Test func refusesWhatIsNoDatabase() async throws {
        let folder = try TemporaryFolder()
        try folder.write("store/db.sqlite", String(repeating: "not a database ", count: 1000))
        await StoreSample.expect(.corrupt) { _ = try await StoreSample.open(folder) }
        try folder.write("file", "x")
        await StoreSample.expect(.cannotOpen) { _ = try await LocalStore.open(folder: folder.file("file/store")) }
    }

    @Test func refusesANewerDatabase() async throws {
        let folder = try TemporaryFolder()
        _ = try await StoreSample.open(folder)
        try await DatabaseQueue(path: folder.file("store/db.sqlite")).write {
            try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('9 of the future')")
        }
        await StoreSample.expect(.newerSchema) { _ = try await StoreSample.open(folder) }
    }

    @Test func saysThatAnotherKeepsItBusy() async throws {
        let folder = try TemporaryFolder()
        _ = try await StoreSample.open(folder)
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: folder.file("store/db.sqlite"), configuration: configuration)
        try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN EXCLUSIVE; CREATE TABLE other (x)") }
        await StoreSample.expect(.busy) {
            _ = try await LocalStore.open(folder: folder.file("store"), options: LocalStoreOptions(patience: 0.1))
        }
        try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        _ = try await StoreSample.open(folder)
    }

    /// Two commands that are the first on a machine.
    @Test(arguments: 0..<10) func isMadeByFourAtATime(_ round: Int) async throws {
        let folder = try TemporaryFolder()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 { group.addTask { _ = try await StoreSample.open(folder).allPaths() } }
            try await group.waitForAll()
        }
    }

    /// The next process would have to read the log before it could answer anything.
    @Test func leavesNoLogBehind() async throws {
        let folder = try TemporaryFolder()
        try await Self.buildAll(in: folder.path)
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.file("store"))
        #expect(left.filter { $0.hasPrefix("db.sqlite") } == ["db.sqlite"])
        #expect(try await StoreSample.open(folder).allPaths().count == 30)
    }

    @Test func diskFullIsSaid() {
        #expect(LocalStoreError.system("/x", "cannot be written", code: ENOSPC).code == .full)
        #expect(LocalStoreError.system("/x", "cannot be written", code: ENOSPC).message.contains("free space"))
    }

    // MARK: Killed

    /// A process that is killed while it builds leaves nothing valid that is not whole, and what it left goes.
    @Test func killedProcessLeavesNothingHalf() async throws {
        let folder = try TemporaryFolder()
        setenv("QUORATE_TEST_STORE", folder.path, 1)
        await #expect(processExitsWith: .signal(SIGKILL)) {
            let folder = try #require(ProcessInfo.processInfo.environment["QUORATE_TEST_STORE"])
            let store = try await LocalStore.open(folder: folder + "/store")
            let killer = Thread {
                usleep(60_000)
                kill(getpid(), SIGKILL)
            }
            killer.start()
            for index in 0... {
                let path = try StoreSample.path(index)
                try await store.protect([path])
                let locks = try await store.lock([path])
                let staging = try store.makeStaging("out")
                let tree = staging.path + "/out"
                try FileManager.default.createDirectory(atPath: tree, withIntermediateDirectories: false)
                for file in 0..<20 { try Data("\(file)".utf8).write(to: URL(fileURLWithPath: "\(tree)/\(file)")) }
                let scan = try await store.scan(output: tree, candidates: [])
                let references = index == 0 ? [] : [try StoreSample.path(index - 1)]
                let info = PathInfo(
                    path: path, narHash: scan.narHash, narSize: scan.narSize, references: references)
                try await store.register([NewPath(info: info, from: tree)])
                try await staging.remove()
                locks.unlock()
            }
        }
        let store = try await StoreSample.open(folder)
        let paths = try await store.allPaths()
        #expect(try await store.verify().isEmpty)
        if let last = paths.indices.last {
            #expect(try await store.closure(of: [StoreSample.path(last)]).count == paths.count)
        }
        // Only this process has staging and protection now; nothing holds the locks.
        for name in ["staging", "temporary-roots"] {
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("store/" + name)).count == 1)
        }
        for index in 0..<paths.count + 2 { try await store.lock([StoreSample.path(index)]).unlock() }
        let result = try await store.collectGarbage()
        #expect(result.removed.count == paths.count && result.kept == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("store/nix/store")).isEmpty)
    }

    /// Two real processes at the same work: each path is there once and whole.
    @Test func twoProcessesBuildTogether() async throws {
        let folder = try TemporaryFolder()
        setenv("QUORATE_TEST_STORE_PAIR", folder.path, 1)
        async let other: Void = {
            await #expect(processExitsWith: .success) {
                let folder = try #require(ProcessInfo.processInfo.environment["QUORATE_TEST_STORE_PAIR"])
                try await RegisterTests.buildAll(in: folder)
            }
        }()
        try await Self.buildAll(in: folder.path)
        await other
        let store = try await StoreSample.open(folder)
        #expect(try await store.allPaths().count == 30)
        #expect(try await store.verify().isEmpty)
        #expect(try await store.closure(of: [StoreSample.path(29)]).count == 30)
    }

    static func buildAll(in folder: String) async throws {
        let store = try await LocalStore.open(folder: folder + "/store")
        for index in 0..<30 {
            let path = try StoreSample.path(index)
            try await store.protect([path])
            let locks = try await store.lock([path])
            defer { locks.unlock() }
            if try await store.isValid(path) { continue }
            let staging = try store.makeStaging("out")
            let tree = staging.path + "/out"
            try FileManager.default.createDirectory(atPath: tree, withIntermediateDirectories: false)
            try Data("by \(getpid())".utf8).write(to: URL(fileURLWithPath: tree + "/file"))
            let scan = try await store.scan(output: tree, candidates: [])
            let references = index == 0 ? [] : [try StoreSample.path(index - 1)]
            let info = PathInfo(path: path, narHash: scan.narHash, narSize: scan.narSize, references: references)
            let new = try await store.register([NewPath(info: info, from: tree)])
            #expect(new == [path])
        }
    }
}
