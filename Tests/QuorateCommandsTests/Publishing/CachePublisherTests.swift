import Foundation
import LocalStore
import LocalStoreSQLite
import StoreFormats
import TestSupport
import Testing

@testable import QuorateCommands

@Suite struct CachePublisherTests {
    /// A store with a source and what was built from it.
    private struct Scene {
        let folder: TemporaryFolder
        let store: LocalStore
        let key: NixSecretKey
        let source: PathInfo
        let built: PathInfo

        init(_ origin: PathInfo.Origin = .built, signatures: [NixSignature] = []) async throws {
            folder = try TemporaryFolder()
            store = try await LocalStore.open(
                folder: folder.file("store"), options: LocalStoreOptions(isDurable: false))
            key = try NixSecretKey.generate(name: "test-1")
            try folder.write("source", "int main;")
            source = try await store.add(folder.file("source"), name: "source.c")
            let path = try StorePath(hashPart: [UInt8](repeating: 7, count: 20), name: "built", in: .nix)
            let staging = try store.makeStaging("built")
            let tree = staging.path + "/out"
            try FileManager.default.createDirectory(atPath: tree, withIntermediateDirectories: false)
            try Data("from \(source.path)".utf8).write(to: URL(fileURLWithPath: tree + "/file"))
            let scan = try await store.scan(output: tree, candidates: [source.path])
            built = PathInfo(
                path: path, narHash: scan.narHash, narSize: scan.narSize, references: scan.references,
                origin: origin, signatures: signatures)
            try await store.register([NewPath(info: built, from: tree)])
            try await staging.remove()
        }

        func publisher(_ options: PublishOptions = PublishOptions()) throws -> CachePublisher {
            try CachePublisher(store: store, folder: folder.file("cache"), key: key, options: options)
        }

        func narInfo(_ path: StorePath) throws -> NarInfo {
            try NarInfo(parsing: folder.read("cache/\(path.hashPart).narinfo"), accepting: .seenInCaches)
        }
    }

    @Test(arguments: [NarInfo.Compression.none, .zstd, .xz])
    func theClosureIsThereAndSigned(_ compression: NarInfo.Compression) async throws {
        let scene = try await Scene()
        let report = try await scene.publisher(PublishOptions(compression: compression))
            .publish([scene.built.path])
        #expect(report.published == [scene.source.path, scene.built.path])
        #expect(report.unsigned.isEmpty)
        for info in [scene.source, scene.built] {
            let narInfo = try scene.narInfo(info.path)
            #expect(narInfo.validSignature(by: scene.key.publicKey) != nil)
            #expect(narInfo.references == info.references)
            #expect(narInfo.compression == compression)
            let file = try scene.folder.read("cache/\(narInfo.url)")
            #expect(narInfo.fileSize == UInt64(file.count))
            #expect(narInfo.fileHash == ContentHash(of: file, algorithm: .sha256))
        }
        #expect(try scene.folder.text("cache/nix-cache-info").hasPrefix("StoreDir: /nix/store\n"))
        #expect(try scene.folder.text("cache/\(scene.built.path.hashPart).ls").hasPrefix("{\"version\":1"))
        // What is not complete lies apart, and nothing is left there.
        let work = try FileManager.default.contentsOfDirectory(atPath: scene.folder.file("cache/.publishing"))
        #expect(work == ["lock"])
    }

    @Test func whatIsThereIsLeftAlone() async throws {
        let scene = try await Scene()
        _ = try await scene.publisher().publish([scene.source.path])
        let again = try await scene.publisher().publish([scene.built.path])
        #expect(again.alreadyThere == [scene.source.path])
        #expect(again.published == [scene.built.path])
    }

    @Test("A NAR that somebody cut off is written again")
    func repairsNars() async throws {
        let scene = try await Scene()
        _ = try await scene.publisher().publish([scene.source.path])
        try scene.folder.write("cache/\(scene.narInfo(scene.source.path).url)", "x")
        let again = try await scene.publisher().publish([scene.source.path])
        #expect(again.published == [scene.source.path])
    }

    @Test("The key signs what was built here; others keep their signatures", arguments: [false, true])
    func signs(_ signsAll: Bool) async throws {
        let other = try NixSecretKey.generate(name: "other-1")
        let signature = try other.sign(Array("not looked at".utf8))
        let scene = try await Scene(.substituted, signatures: [signature])
        let report = try await scene.publisher(PublishOptions(signsAll: signsAll)).publish([scene.built.path])
        let names = try scene.narInfo(scene.built.path).signatures.map(\.keyName)
        #expect(names == (signsAll ? ["test-1", "other-1"] : ["other-1"]))
        #expect(report.unsigned == (signsAll ? [] : [scene.built.path]))
        // A source needs nobody's word.
        #expect(try scene.narInfo(scene.source.path).signatures.map(\.keyName) == ["test-1"])
    }

    @Test("A later call adds a signature without writing the NAR again")
    func signsLater() async throws {
        let scene = try await Scene(.substituted)
        _ = try await scene.publisher().publish([scene.built.path])
        let report = try await scene.publisher(PublishOptions(signsAll: true)).publish([scene.built.path])
        #expect(report.published.isEmpty)
        #expect(try scene.narInfo(scene.built.path).signatures.map(\.keyName) == ["test-1"])
    }

    @Test func corruptContentsAreNotPublished() async throws {
        let scene = try await Scene()
        let place = scene.store.physicalPath(of: scene.built.path) + "/file"
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: place)
        try Data("changed".utf8).write(to: URL(fileURLWithPath: place))
        try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: place)
        await #expect {
            _ = try await scene.publisher().publish([scene.built.path])
        } throws: { error in
            (error as? CommandError)?.status == .badData && "\(error)".contains("no longer what was registered")
        }
        #expect(throws: (any Error).self) { try scene.narInfo(scene.built.path) }
        let nars = try FileManager.default.contentsOfDirectory(atPath: scene.folder.file("cache/nar"))
        #expect(nars.count <= 1)
    }

    @Test func aCacheIsForOneStore() async throws {
        let scene = try await Scene()
        try scene.folder.write("cache/nix-cache-info", "StoreDir: /gnu/store\n")
        await #expect {
            _ = try await scene.publisher().publish([scene.source.path])
        } throws: { ($0 as? CommandError)?.status == .badData }
    }

    @Test func onePublisherAtATime() async throws {
        let scene = try await Scene()
        let held = try CacheFolder(scene.folder.file("cache"))
        #expect { _ = try scene.publisher() } throws: { ($0 as? CommandError)?.status == .busy }
        extendLifetime(held)
    }

    @Test func whatAKilledPublisherLeftGoes() async throws {
        let scene = try await Scene()
        try scene.folder.write("cache/.publishing/nar-0", "half a NAR")
        _ = try await scene.publisher().publish([scene.source.path])
        #expect(!FileManager.default.fileExists(atPath: scene.folder.file("cache/.publishing/nar-0")))
    }
}
