import Foundation
import GRDB
import Glibc
import LocalStore
import LocalStoreSQLite
import StoreFormats
import TestSupport
import Testing

struct HostDatabaseTests {
    /// The tables of the package managers, as far as they are read.
    private func makeHost(_ folder: TemporaryFolder, file: String, isGuix: Bool) throws -> DatabaseQueue {
        try folder.write(file + ".note", "")
        let database = try DatabaseQueue(path: folder.file(file))
        let directory = isGuix ? StoreDirectory.gnu : .nix
        try database.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA journal_mode = WAL")
            try db.execute(
                sql: """
                    CREATE TABLE ValidPaths (
                        id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, path TEXT UNIQUE NOT NULL, hash TEXT NOT NULL,
                        registrationTime INTEGER NOT NULL, deriver TEXT, narSize INTEGER
                        \(isGuix ? "" : ", ultimate INTEGER, sigs TEXT, ca TEXT"));
                    CREATE TABLE Refs (referrer INTEGER NOT NULL, reference INTEGER NOT NULL,
                        PRIMARY KEY (referrer, reference));
                    """)
            for index in 1...5 {
                let hash = ContentHash(of: Array("\(index)".utf8), algorithm: .sha256).spelled(.base16)
                try db.execute(
                    sql:
                        "INSERT INTO ValidPaths (path, hash, registrationTime, deriver, narSize) VALUES (?, ?, 7, ?, 9)",
                    arguments: [
                        try StoreSample.path(index, in: directory).path, hash,
                        index == 5 ? try StoreSample.path(6, "x.drv", in: directory).path : nil,
                    ])
                try db.execute(sql: "INSERT INTO Refs VALUES (?, ?)", arguments: [index, index])
                if index > 1 { try db.execute(sql: "INSERT INTO Refs VALUES (?, ?)", arguments: [index, index - 1]) }
            }
        }
        return database
    }

    @Test(arguments: [false, true])
    func readsWhatIsThere(_ isGuix: Bool) async throws {
        let folder = try TemporaryFolder()
        let directory = isGuix ? StoreDirectory.gnu : .nix
        let database = try makeHost(
            folder, file: isGuix ? "var/guix/db/db.sqlite" : "nix/var/nix/db/db.sqlite", isGuix: isGuix)
        let host = try #require(
            isGuix ? try HostDatabase.guix(root: folder.path) : try HostDatabase.nix(root: folder.path))
        let paths = try (1...5).map { try StoreSample.path($0, in: directory) }
        #expect(try await host.closure(of: [paths[4]]) == paths)
        #expect(try await host.closure(of: [paths[1]]) == Array(paths[...1]))
        let info = try #require(try await host.info(of: paths[4]))
        #expect(info.narHash.contentHash == ContentHash(of: Array("5".utf8), algorithm: .sha256))
        #expect(info.narSize == 9 && info.registeredAt == 7 && info.origin == .host)
        #expect(info.references == [paths[3], paths[4]].sorted())
        #expect(try info.deriver == StoreSample.path(6, "x.drv", in: directory))
        #expect(try await host.info(of: StoreSample.path(99, in: directory)) == nil)
        await StoreSample.expect(.notValid) {
            _ = try await host.closure(of: [StoreSample.path(99, in: directory)])
        }
        #expect(host.physicalPath(of: paths[0]) == folder.path + paths[0].path)
        withExtendedLifetime(database) {}
    }

    @Test func noStoreIsNone() throws {
        let folder = try TemporaryFolder()
        #expect(try HostDatabase.nix(root: folder.path) == nil)
        #expect(try HostDatabase.guix(root: folder.path) == nil)
    }

    @Test func refusesWhatIsNoDatabase() async throws {
        let folder = try TemporaryFolder()
        try folder.write("nix/var/nix/db/db.sqlite", String(repeating: "not a database ", count: 1000))
        await StoreSample.expect(.corrupt) { _ = try HostDatabase.nix(root: folder.path) }
    }

    /// Every file below a folder with what could have changed about it.
    private func traces(_ folder: TemporaryFolder) throws -> [String] {
        let manager = FileManager.default
        return try (manager.subpathsOfDirectory(atPath: folder.path)).sorted().map { name in
            var status = stat()
            #expect(lstat(folder.file(name), &status) == 0)
            return "\(name) \(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec) \(status.st_mode)"
        }
    }

    /// With a writer at work there is a log, whose rows count too.
    @Test(arguments: [false, true])
    func anotherSystemIsNotTouched(hasWriter: Bool) async throws {
        let folder = try TemporaryFolder()
        let file = "nix/var/nix/db/db.sqlite"
        var writer: DatabaseQueue? = try makeHost(folder, file: file, isGuix: false)
        if !hasWriter { writer = nil }
        let before = try traces(folder)
        #expect(before.contains { $0.contains("-wal") } == hasWriter)
        let host = try #require(try HostDatabase.untouchedNix(root: folder.path))
        let inventory = try await host.inventory()
        #expect(try traces(folder) == before)
        #expect(inventory.defects.isEmpty)
        let paths = try (1...5).map { try StoreSample.path($0, in: .nix) }
        #expect(inventory.entries.map(\.info.path) == paths.sorted())
        for entry in inventory.entries {
            let alone = try await host.info(of: entry.info.path)
            #expect(alone?.references == entry.info.references && alone?.narHash == entry.info.narHash)
        }
        #expect(try HostDatabase.untouchedNix(root: folder.path + "/elsewhere") == nil)
        withExtendedLifetime(writer) {}
    }

    @Test("A row that nobody would write is named, and the others are kept")
    func rowsThatCannotBeUsed() async throws {
        let folder = try TemporaryFolder()
        let database = try makeHost(folder, file: "nix/var/nix/db/db.sqlite", isGuix: false)
        try await database.write { db in
            try db.execute(sql: "UPDATE ValidPaths SET hash = 'sha256:nonsense' WHERE id = 1")
            try db.execute(sql: "UPDATE ValidPaths SET hash = x'ff00' WHERE id = 2")
            try db.execute(sql: "UPDATE ValidPaths SET narSize = 'much' WHERE id = 3")
            try db.execute(sql: "UPDATE ValidPaths SET path = '/etc/passwd' WHERE id = 4")
            try db.execute(sql: "UPDATE ValidPaths SET ca = 'fixed:nonsense', ultimate = 1 WHERE id = 5")
            try db.execute(
                sql: """
                    INSERT INTO ValidPaths (path, hash, registrationTime, narSize, ultimate)
                    SELECT replace(path, '/nix/store/', '/nix/store/0'), hash, 7, 9, 1 FROM ValidPaths WHERE id = 5
                    """)
            try db.execute(
                sql: "INSERT INTO ValidPaths (path, hash, registrationTime, narSize, ultimate) VALUES (?, ?, 7, 9, 1)",
                arguments: [
                    try StoreSample.path(7, in: .nix).path,
                    ContentHash(of: [7], algorithm: .sha256).spelled(.base16),
                ])
            try db.execute(sql: "INSERT INTO Refs SELECT id, 999 FROM ValidPaths WHERE path LIKE '/nix/store/0%'")
        }
        let inventory = try await #require(try HostDatabase.untouchedNix(root: folder.path)).inventory()
        #expect(inventory.entries.map(\.info.path) == [try StoreSample.path(7, in: .nix)])
        #expect(inventory.entries.map(\.isBuiltHere) == [true])
        #expect(inventory.defects.count == 6)
    }

    @Test func aCopyOfNoDatabaseIsRefused() async throws {
        let folder = try TemporaryFolder()
        try folder.write("nix/var/nix/db/db.sqlite", String(repeating: "not a database ", count: 1000))
        await StoreSample.expect(.corrupt) {
            _ = try await HostDatabase.untouchedNix(root: folder.path)?.inventory()
        }
        try FileManager.default.removeItem(atPath: folder.file("nix/var/nix/db/db.sqlite"))
        #expect(mkfifo(folder.file("nix/var/nix/db/db.sqlite"), 0o600) == 0)
        await StoreSample.expect(.corrupt) { _ = try HostDatabase.untouchedNix(root: folder.path) }
    }
}
