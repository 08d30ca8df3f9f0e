import Foundation
import Glibc
import LocalStore
import LocalStoreSQLite
import StoreFormats
import Synchronization
import TestSupport
import Testing

struct AddingTests {
    @Test(arguments: [HashAlgorithm.sha256, .sha1, .sha512, .md5])
    func addsFilesAndTrees(_ algorithm: HashAlgorithm) async throws {
        let sample = try await StoreSample()
        let bytes = Array("hello\n".utf8)
        try sample.folder.write("file", bytes)
        try sample.folder.write("tree/a/b", "1")
        let flat = try await sample.store.add(
            sample.folder.file("file"), name: "f", method: .flat, algorithm: algorithm)
        let hash = ContentHash(of: bytes, algorithm: algorithm)
        #expect(try flat.path == StorePath.fixedOutput(name: "f", hash: hash, method: .flat))
        #expect(flat.contentAddress == (try ContentAddress(method: .flat, hash: hash)) && flat.origin == .added)
        let tree = try await sample.store.add(sample.folder.file("tree"), name: "t", algorithm: algorithm)
        var hasher = ContentHasher(algorithm)
        try NarDumper.dump(sample.folder.file("tree")) { hasher.update($0) }
        let address = try ContentAddress(method: .recursive, hash: hasher.finalize())
        #expect(try tree.path == address.storePath(name: "t"))
        #expect(try await sample.store.verify().isEmpty)
        // Again: the same, and nothing is left over.
        #expect(try await sample.store.add(sample.folder.file("tree"), name: "t", algorithm: algorithm) == tree)
        let staging = sample.folder.file("store/staging")
        for process in try FileManager.default.contentsOfDirectory(atPath: staging) {
            #expect(try FileManager.default.contentsOfDirectory(atPath: staging + "/" + process).isEmpty)
        }
    }

    @Test func addsTexts() async throws {
        let sample = try await StoreSample()
        let first = try await sample.store.addText(name: "a", contents: Array("one".utf8))
        let second = try await sample.store.addText(
            name: "b.drv", contents: Array("two".utf8), references: [first.path])
        #expect(
            try second.path == StorePath.text(name: "b.drv", contents: Array("two".utf8), references: [first.path]))
        #expect(try sample.folder.text("store" + second.path.path) == "two")
        await StoreSample.expect(.invalidReference) {
            _ = try await sample.store.addText(
                name: "c", contents: [], references: [try StoreSample.path(5)])
        }
        await StoreSample.expect(.failed) { _ = try await sample.store.addText(name: "no name", contents: []) }
        await StoreSample.expect(.unsupportedFile) {
            _ = try await sample.store.add(sample.folder.path, name: "x", method: .flat)
        }
        await StoreSample.expect(.fileSystem) { _ = try await sample.store.add("/nonexistent/x", name: "x") }
    }

    @Test func takesNars() async throws {
        let sample = try await StoreSample()
        try sample.folder.write("tree/a/b", "1")
        try sample.folder.write("tree/c", "2")
        var nar: [UInt8] = []
        try NarDumper.dump(sample.folder.file("tree")) { nar += $0 }
        let digest = try NarHasher.hash(path: sample.folder.file("tree"))
        let path = try StoreSample.path(1)
        let info = PathInfo(
            path: path, narHash: digest.hash, narSize: digest.size, references: [], origin: .substituted)
        do {
            let intake = try sample.store.narIntake(for: path)
            for piece in stride(from: 0, to: nar.count, by: 7) { try intake.push(Array(nar[piece...].prefix(7))) }
            #expect(try intake.finish() == digest)
            try await sample.store.register([intake.newPath(info)])
        }
        #expect(try await sample.store.verify().isEmpty)
        let written = Mutex<[UInt8]>([])
        try await sample.store.nar(of: path) { bytes in written.withLock { $0 += bytes } }
        let isSame = written.withLock { $0 == nar }
        #expect(isSame)
        #expect(try await sample.store.diskUsage(of: path) > 0)

        let wrong = try sample.store.narIntake(for: path)
        try wrong.push(nar)
        let other = PathInfo(path: path, narHash: digest.hash, narSize: 1, references: [])
        await StoreSample.expect(.mismatch) { _ = try wrong.newPath(other) }
        let cut = try sample.store.narIntake(for: path)
        try cut.push(Array(nar.dropLast(8)))
        await StoreSample.expect(.invalidFormat) { _ = try cut.finish() }
        let damaged = try sample.store.narIntake(for: path)
        await StoreSample.expect(.invalidFormat) { try damaged.push(Array("nix-archive-2".utf8)) }
    }

    @Test func exportsAndImports() async throws {
        let (from, to) = (try await StoreSample(), try await StoreSample())
        try await from.build(1)
        try await from.build(2, references: [1], deriver: StoreSample.path(3, "x.drv"))
        let paths = try await from.store.closure(of: [StoreSample.path(2)])
        let bytes = Mutex<[UInt8]>([])
        try await from.store.export(paths) { piece in bytes.withLock { $0 += piece } }
        let all = bytes.withLock { $0 }
        let intake = to.store.exportIntake()
        for start in stride(from: 0, to: all.count, by: 100) { try intake.push(Array(all[start...].prefix(100))) }
        try intake.finish()
        #expect(intake.objects.map(\.path) == paths)
        #expect(try await intake.register() == paths)
        for path in paths {
            let (here, there) = (try await from.store.info(of: path), try await to.store.info(of: path))
            #expect(here?.narHash == there?.narHash && here?.references == there?.references)
            #expect(here?.deriver == there?.deriver && there?.origin == .added)
        }
        #expect(try await to.store.verify().isEmpty)
        let cut = to.store.exportIntake()
        try cut.push(Array(all.dropLast()))
        await StoreSample.expect(.invalidFormat) { try cut.finish() }
    }

    @Test func verifyFindsDamage() async throws {
        let sample = try await StoreSample()
        let infos = [try await sample.build(1), try await sample.build(2), try await sample.build(3)]
        let file = sample.store.physicalPath(of: infos[0].path) + "/file"
        #expect(chmod(file, 0o644) == 0)
        try Data("changed".utf8).write(to: URL(fileURLWithPath: file))
        let place = sample.store.physicalPath(of: infos[1].path)
        #expect(chmod(place, 0o755) == 0)
        try FileManager.default.removeItem(atPath: place)
        let seen = Mutex<[StorePath: PathCondition]>([:])
        let damaged = try await sample.store.verify { path, condition in seen.withLock { $0[path] = condition } }
        #expect(damaged == [infos[0].path, infos[1].path].sorted())
        let conditions = seen.withLock { $0 }
        #expect(conditions[infos[1].path] == .missing && conditions[infos[2].path] == .intact)
        if case .changed = conditions[infos[0].path] {} else { Issue.record("not seen as changed") }
        await StoreSample.expect(.notValid) { _ = try await sample.store.verify([StoreSample.path(9)]) }
    }

    @Test func flatHashesAreOfPlainFiles() async throws {
        let sample = try await StoreSample()
        try sample.folder.write("file", "hello")
        let file = sample.folder.file("file")
        #expect(
            try await sample.store.flatHash(of: file, algorithm: .sha256)
                == ContentHash(of: Array("hello".utf8), algorithm: .sha256))
        #expect(symlink("file", sample.folder.file("link")) == 0)
        await StoreSample.expect(.mismatch) { _ = try FlatHash.of(sample.folder.file("link"), algorithm: .sha256) }
        await StoreSample.expect(.mismatch) { _ = try FlatHash.of(sample.folder.path, algorithm: .sha256) }
        #expect(chmod(file, 0o755) == 0)
        await StoreSample.expect(.mismatch) { _ = try FlatHash.of(file, algorithm: .sha256) }
    }
}
