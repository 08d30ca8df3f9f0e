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
            try publisher(signing: key, options)
        }

        func publisher(
            signing key: NixSecretKey?, _ options: PublishOptions = PublishOptions()
        ) throws -> CachePublisher {
            try CachePublisher(store: store, folder: folder.file("cache"), key: key, options: options)
        }

        func write(_ narInfo: NarInfo) throws {
            try folder.write("cache/\(narInfo.storePath.hashPart).narinfo", narInfo.serialized)
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

    @Test(
        "Signatures that are there stay, whoever publishes again and how",
        arguments: [nil, "second-1", "test-1"], [NarInfo.Compression.zstd, .none])
    func signaturesStay(_ name: String?, _ compression: NarInfo.Compression) async throws {
        let scene = try await Scene()
        _ = try await scene.publisher().publish([scene.built.path])
        let paths = [scene.source.path, scene.built.path]
        let before = try paths.map(scene.narInfo)
        let key = try name.map { $0 == scene.key.name ? scene.key : try NixSecretKey.generate(name: $0) }
        for round in 0..<2 {
            let report = try await scene.publisher(signing: key, PublishOptions(compression: compression))
                .publish([scene.built.path])
            #expect(report.unsigned.isEmpty && report.differing.isEmpty)
            #expect(report.published == (compression == .zstd || round == 1 ? [] : paths))
            for (path, old) in zip(paths, before) {
                let narInfo = try scene.narInfo(path)
                #expect(narInfo.compression == compression)
                #expect(Array(narInfo.signatures.prefix(1)) == old.signatures)
                #expect(narInfo.signatures.count == (name == "second-1" ? 2 : 1))
                if let key { #expect(narInfo.validSignature(by: key.publicKey) != nil) }
                if compression == .zstd, name != "second-1" { #expect(narInfo == old) }
            }
        }
    }

    @Test("What others wrote beside the signatures stays too; an impostor's signature under the key's name goes")
    func otherWriters() async throws {
        let scene = try await Scene()
        _ = try await scene.publisher().publish([scene.built.path])
        let narInfo = try scene.narInfo(scene.built.path)
        let impostor = try NixSecretKey.generate(name: "test-1")
        let third = try NixSecretKey.generate(name: "third-1")
        let field = NarInfo.Field(name: "Note", value: "from elsewhere")
        try scene.write(
            NarInfo(
                storePath: narInfo.storePath, url: narInfo.url, compression: .zstd, fileHash: narInfo.fileHash,
                fileSize: narInfo.fileSize, narHash: narInfo.narHash, narSize: narInfo.narSize,
                references: narInfo.references, signatures: [],
                unknownFields: [field]
            ).signed(by: third).signed(by: impostor))
        let report = try await scene.publisher().publish([scene.built.path])
        #expect(report.alreadyThere.contains(scene.built.path))
        let after = try scene.narInfo(scene.built.path)
        #expect(after.signatures.map(\.keyName) == ["third-1", "test-1"])
        #expect(after.validSignature(by: third.publicKey) != nil)
        #expect(after.validSignature(by: scene.key.publicKey) != nil)
        #expect(after.unknownFields == [field])
    }

    @Test("Other contents that are there are left alone and named; where their NAR is gone, they are replaced")
    func differing() async throws {
        let scene = try await Scene()
        _ = try await scene.publisher().publish([scene.built.path])
        let narInfo = try scene.narInfo(scene.built.path)
        let theirs = try NixSecretKey.generate(name: "theirs-1")
        try scene.write(
            NarInfo(
                storePath: narInfo.storePath, url: narInfo.url, compression: .zstd, fileHash: narInfo.fileHash,
                fileSize: narInfo.fileSize, narHash: scene.source.narHash, narSize: scene.source.narSize,
                references: []
            ).signed(by: theirs))
        let before = try scene.narInfo(scene.built.path)
        let report = try await scene.publisher().publish([scene.built.path])
        #expect(report.differing == [scene.built.path] && report.alreadyThere == [scene.source.path])
        #expect(try scene.narInfo(scene.built.path) == before)
        try FileManager.default.removeItem(atPath: scene.folder.file("cache/\(narInfo.url)"))
        let again = try await scene.publisher().publish([scene.built.path])
        #expect(again.published == [scene.built.path] && again.differing.isEmpty)
        let after = try scene.narInfo(scene.built.path)
        #expect(after.narHash == scene.built.narHash && after.signatures.map(\.keyName) == ["test-1"])
    }

    @Test("A NAR that somebody cut off is written again")
    func repairsNars() async throws {
        let scene = try await Scene()
        _ = try await scene.publisher().publish([scene.source.path])
        try scene.folder.write("cache/\(scene.narInfo(scene.source.path).url)", "x")
        let again = try await scene.publisher().publish([scene.source.path])
        #expect(again.published == [scene.source.path])
        #expect(try scene.narInfo(scene.source.path).signatures.map(\.keyName) == ["test-1"])
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
