import Building
import Compression
import Foundation
import LocalStore
import StoreFormats
import Synchronization
import Testing

/// Paths and files that come from elsewhere.
@Suite(.enabled(if: Workshop.obstacle == nil, "no sandbox can be made here"), .serialized)
struct FetchTests {
    private let workshop: Workshop

    init() async throws {
        workshop = try await Workshop()
    }

    /// Gives what another store holds, or lies about it.
    private struct StoreSubstituter: Substituter {
        let store: LocalStore
        var lies = false
        var isEmpty = false

        func offers(for paths: [StorePath]) async throws -> [StorePath: SubstituteOffer] {
            isEmpty ? [:] : try await store.infos(of: paths).mapValues { SubstituteOffer(info: $0, downloadSize: 10) }
        }

        func nar(of offer: SubstituteOffer, to sink: @escaping @Sendable ([UInt8]) throws -> Void) async throws {
            let place = store.physicalPath(of: offer.info.path)
            let lies = lies
            let isChanged = Mutex(false)
            _ = try NarDumper.dump(place, limits: .standard) { piece in
                var bytes = [UInt8](piece)
                if lies, bytes.count > 8, !isChanged.withLock({ $0 }),
                    let index = bytes.lastIndex(of: UInt8(ascii: "L"))
                {
                    bytes[index] = UInt8(ascii: "l")
                    isChanged.withLock { $0 = true }
                }
                try sink(bytes)
            }
        }
    }

    /// Files by their addresses.
    private struct Files: FileFetcher {
        var files: [String: [UInt8]]

        func fetch(_ address: String, to sink: @escaping @Sendable ([UInt8]) throws -> Void) async throws {
            guard let bytes = files[address] else { throw BuildingError(.fetch, "404") }
            for byte in bytes { try sink([byte]) }
        }
    }

    private func chain() throws -> (maker: DerivationMaker, low: StorePath, top: StorePath) {
        var maker = DerivationMaker()
        let low = try maker.shell("low", "echo LOW > $out")
        let top = try maker.shell(
            "top", "echo LTOP $in > $out", inputs: [low], environment: ["in": try maker.output(of: low).path])
        return (maker, low, top)
    }

    @Test func fetchesInsteadOfBuilding() async throws {
        let (maker, _, top) = try chain()
        let other = try await Workshop()
        #expect(try await other.builder(maker).realise([.derivation(top, .all)]).isComplete)
        let builder = try workshop.builder(maker, substituter: StoreSubstituter(store: other.store))
        let plan = try await builder.plan([.derivation(top, .all)])
        #expect(plan.builds.isEmpty && plan.fetches.count == 2)
        #expect(plan.downloadSize == 20)
        let report = try await builder.follow(plan)
        #expect(report.isComplete)
        let info = try #require(report.realised[try maker.output(of: top)])
        #expect(info.origin == .substituted)
        let text = try workshop.text(info.path)
        #expect(text == (try other.text(info.path)))
        #expect(await workshop.leftovers.isEmpty)
    }

    /// What does not have the hash that was stated is built here, and so is what needs it.
    @Test func buildsWhatCannotBeFetched() async throws {
        let (maker, low, top) = try chain()
        let other = try await Workshop()
        #expect(try await other.builder(maker).realise([.derivation(top, .all)]).isComplete)
        let builder = try workshop.builder(maker, substituter: StoreSubstituter(store: other.store, lies: true))
        let failed = Mutex<[StorePath]>([])
        let report = try await builder.realise([.derivation(top, .all)]) { event in
            if case .fetchFailed(let path, _) = event { failed.withLock { $0.append(path) } }
        }
        #expect(report.isComplete, "\(report.failures) \(report.fetchTroubles)")
        let names = failed.withLock { $0 }.map(\.name)
        #expect(names == ["low", "top"], "\(report.fetchTroubles)")
        #expect(report.outcomes.keys.contains(low))
        #expect(report.realised[try maker.output(of: top)]?.origin == .built)
        #expect(await workshop.leftovers.isEmpty)
    }

    @Test func switches() async throws {
        let (maker, _, top) = try chain()
        let other = try await Workshop()
        #expect(try await other.builder(maker).realise([.derivation(top, .all)]).isComplete)
        var options = Workshop.options
        options.substitutes = false
        let substituter = StoreSubstituter(store: other.store)
        let plan = try await workshop.builder(maker, options: options, substituter: substituter)
            .plan([.derivation(top, .all)])
        #expect(plan.builds.count == 2 && plan.fetches.isEmpty)
        options.builds = false
        let none = try await workshop.builder(maker, options: options).plan([.derivation(top, .all)])
        #expect(none.unknown.map(\.path) == [try maker.output(of: top)])
    }

    /// A host's store is read where it is, and outputs may refer to it.
    @Test func takesInputsOfTheHost() async throws {
        let (maker, low, top) = try chain()
        let other = try await Workshop()
        #expect(try await other.builder(maker).realise([.derivation(low, .all)]).isComplete)
        let infos = try await other.store.closureInfos(of: [try maker.output(of: low)])
        let host = KnownPaths(directory: .nix, infos: infos, root: other.store.folder)
        let report = try await workshop.builder(maker, hosts: [host]).realise([.derivation(top, .all)])
        #expect(report.isComplete, "\(report.failures)")
        #expect(report.outcomes.count == 1)
        let input = try #require(try await workshop.store.info(of: try maker.output(of: low)))
        #expect(input.origin == .host)
        #expect(report.realised[try maker.output(of: top)]?.references == [input.path])
    }

    /// What the host has thrown away is made here, and takes the place of what was recorded.
    @Test func buildsWhatTheHostHasLost() async throws {
        let (chain, low, top) = try chain()
        var maker = chain
        let third = try maker.shell(
            "third", "cat $in > $out", inputs: [low],
            environment: [
                "in": try maker.output(of: low).path
            ])
        let other = try await Workshop()
        #expect(try await other.builder(maker).realise([.derivation(low, .all)]).isComplete)
        let path = try maker.output(of: low)
        let host = KnownPaths(
            directory: .nix, infos: try await other.store.closureInfos(of: [path]), root: other.store.folder)
        #expect(try await workshop.builder(maker, hosts: [host]).realise([.derivation(top, .all)]).isComplete)
        try FileManager.default.removeItem(atPath: other.store.physicalPath(of: path))
        let report = try await workshop.builder(maker, hosts: [host]).realise([.derivation(third, .all)])
        #expect(report.isComplete, "\(report.failures)")
        #expect(report.outcomes.count == 2)
        #expect(try await workshop.store.info(of: path)?.origin == .built)
        #expect(try workshop.text(path) == "LOW\n")
        #expect(try await workshop.store.verify { _, _ in } == [])
        #expect(await workshop.leftovers.isEmpty)
    }

    private func address(_ text: String, _ method: ContentAddress.Method = .flat) throws -> ContentAddress {
        try ContentAddress(method: method, hash: ContentHash(of: Array(text.utf8), algorithm: .sha256))
    }

    @Test func downloads() async throws {
        var maker = DerivationMaker()
        let good = try maker.make(
            "good", builder: "builtin:fetchurl", fixed: try address("text"), system: "builtin",
            environment: ["url": "https://a/good"])
        let bad = try maker.make(
            "bad", builder: "builtin:fetchurl", fixed: try address("text"), system: "builtin",
            environment: ["url": "https://a/bad"])
        let gone = try maker.make(
            "gone", builder: "builtin:fetchurl", fixed: try address("text"), system: "builtin",
            environment: ["url": "https://a/gone"])
        let loose = try maker.make("loose", builder: "builtin:fetchurl", system: "builtin", environment: ["url": "x"])
        var options = Workshop.options
        options.keepsGoing = true
        let files = Files(files: ["https://a/good": Array("text".utf8), "https://a/bad": Array("other".utf8)])
        let report = try await workshop.builder(maker, options: options, fetcher: files)
            .realise([good, bad, gone, loose].map { .derivation($0, .all) })
        #expect(try workshop.text(try maker.output(of: good)) == "text")
        let got = ContentHash(of: Array("other".utf8), algorithm: .sha256)
        #expect(report.failure(bad)?.kind == .hashMismatch(specified: try address("text").hash, got: got))
        guard case .download = report.failure(gone)?.kind, case .notSupported = report.failure(loose)?.kind else {
            Issue.record("\(report.failures)")
            return
        }
        let other = try await Workshop()
        let without = try await other.builder(maker).realise([.derivation(good, .all)])
        guard case .notSupported = without.failure(good)?.kind else {
            Issue.record("\(without.failures)")
            return
        }
    }

    /// Guix names many mirrors; the first that gives the right bytes is taken.
    @Test func downloadsFromMirrors() async throws {
        var maker = DerivationMaker(.gnu)
        let mirrors = try await workshop.store.addText(
            name: "mirrors", contents: Array(#"((gnu "https://one/" "https://two/" "https://three"))"#.utf8),
            references: [], in: .gnu)
        let path = try maker.make(
            "x.tar", builder: "builtin:download", fixed: try address("text"), sources: [mirrors.path],
            system: "builtin",
            environment: ["url": #"("mirror://gnu/x.tar")"#, "mirrors": mirrors.path.path])
        let files = Files(files: ["https://two/x.tar": Array("lie".utf8), "https://three/x.tar": Array("text".utf8)])
        let builder = try workshop.builder(maker, fetcher: files)
        let report = try await builder.realise([.derivation(path, .all)])
        #expect(report.isComplete, "\(report.failures)")
        #expect(try workshop.text(try maker.output(of: path)) == "text")
        var log: [UInt8] = []
        try builder.logs.read(path) { log += $0 }
        #expect(String(decoding: log, as: UTF8.self).contains("downloading https://two/x.tar"))
    }

    /// `unpack` takes a NAR, which only its address says to be compressed; `executable` says what becomes of the mode.
    @Test func downloadsAndUnpacks() async throws {
        func text(_ text: String) -> [UInt8] {
            withUnsafeBytes(of: UInt64(text.utf8.count).littleEndian) { Array($0) } + Array(text.utf8)
                + [UInt8](repeating: 0, count: (8 - text.utf8.count % 8) % 8)
        }
        func nar(_ words: String...) -> [UInt8] { words.flatMap(text) }
        let folder = nar(
            "nix-archive-1", "(", "type", "directory", "entry", "(", "name", "file", "node", "(", "type", "regular",
            "contents", "text", ")", ")", ")")
        let file = nar("nix-archive-1", "(", "type", "regular", "contents", "text", ")")
        let program = nar("nix-archive-1", "(", "type", "regular", "executable", "", "contents", "text", ")")
        func packed(_ bytes: [UInt8]) throws -> [UInt8] {
            var packed: [UInt8] = []
            let compressor = try Compressor(.xz)
            try bytes.withUnsafeBytes { raw in try compressor.push(raw) { packed += $0 } }
            try compressor.finish { packed += $0 }
            return packed
        }
        func address(_ nar: [UInt8]) throws -> ContentAddress {
            try ContentAddress(method: .recursive, hash: ContentHash(of: nar, algorithm: .sha256))
        }
        let cases:
            [(name: String, made: [UInt8], sent: [UInt8], url: String, attributes: [String: String], ends: String)] =
                [
                    ("folder", folder, folder, "https://a/x.nar", ["unpack": "1"], "good"),
                    ("packed", folder, try packed(folder), "https://a/x.nar.xz", ["unpack": "1"], "good"),
                    ("lying-name", folder, try packed(folder), "https://a/x.nar", ["unpack": "1"], "download"),
                    ("cut", folder, Array(folder.dropLast(8)), "https://a/x.nar", ["unpack": "1"], "download"),
                    ("other", folder, file, "https://a/x.nar", ["unpack": "1"], "hash"),
                    ("program", program, Array("text".utf8), "https://a/x", ["executable": "1"], "good"),
                    ("unpacked-program", program, file, "https://a/x", ["unpack": "1", "executable": "1"], "good"),
                    ("no-program", program, Array("text".utf8), "https://a/x", ["executable": ""], "hash"),
                    ("not-unpacked", file, folder, "https://a/x", ["unpack": ""], "hash"),
                ]
        for one in cases {
            var maker = DerivationMaker()
            let path = try maker.make(
                one.name, builder: "builtin:fetchurl", fixed: try address(one.made), system: "builtin",
                environment: one.attributes.merging(["url": one.url]) { $1 })
            let builder = try workshop.builder(maker, fetcher: Files(files: [one.url: one.sent]))
            let report = try await builder.realise([.derivation(path, .all)])
            switch report.failure(path)?.kind {
            case .none:
                #expect(one.ends == "good", "\(one.name)")
                #expect(report.realised[try maker.output(of: path)]?.contentAddress == (try address(one.made)))
            case .download: #expect(one.ends == "download", "\(one.name)")
            case .hashMismatch: #expect(one.ends == "hash", "\(one.name)")
            case .some(let kind): Issue.record("\(one.name): \(kind)")
            }
        }
        #expect(await workshop.leftovers.isEmpty)
    }
}
