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
}
