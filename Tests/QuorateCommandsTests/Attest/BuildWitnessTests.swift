import ClaimSources
import LocalStore
import Quorum
import StoreFormats
import TestSupport
import Testing

@testable import QuorateCommands

@Suite("What this machine built")
struct BuildWitnessTests {
    /// Times that a real daemon left: logs closed, outputs registered.
    @Test(
        "Guix built what it registered just after the log was closed",
        arguments: [
            (1_795_263_672, 1_795_263_672, 300, true),  // a small build
            (1_795_263_680, 1_795_263_679, 400_000_000, true),  // 400 MB hashed in between
            (1_795_263_700, 1_795_263_679, 400_000_000, true),  // on a slow disk
            (1_795_263_900, 1_795_263_679, 400_000_000, false),  // fetched later
            (1_795_263_690, 1_795_263_672, 300, false),  // failed, then fetched
            (1_795_263_600, 1_795_263_672, 300, false),  // the log is that of a later --check
            (1_795_263_672, nil, 300, false),  // no log
        ] as [(Int64, Int64?, UInt64, Bool)])
    func guix(registered: Int64, logged: Int64?, size: UInt64, isBuilt: Bool) {
        let doubt = GuixWitness.doubt(registered: registered, logged: logged, size: size)
        #expect((doubt == nil) == isBuilt)
        // Only of a log that is newer than the path is it known that a build was made with the path in place.
        #expect(doubt?.isBuiltAgain ?? false == logged.map { registered < $0 } ?? false)
    }

    @Test("Nix's JSON of old and new versions") func nixJSON() throws {
        let path = "/nix/store/7pb0f1za92disximwi119pll0skn73zi-thing-1.0"
        let hash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
        let fields = #""narHash":"\#(hash)","narSize":120,"references":[],"registrationTime":5,"ultimate":true"#
        let old = try NixPathInfo.parse(Array(#"[{"path":"\#(path)",\#(fields),"valid":true}]"#.utf8))
        let new = try NixPathInfo.parse(Array(#"{"\#(path)":{\#(fields)},"/nix/store/gone":null}"#.utf8))
        let copied = try NixPathInfo.parse(
            Array(#"{"\#(path)":{"narHash":"\#(hash)","narSize":120,"references":[]}}"#.utf8))
        for entries in [old, new] {
            #expect(entries.map(\.info.path.path) == [path])
            #expect(entries.map(\.isBuiltHere) == [true])
            #expect(entries.map(\.info.registeredAt) == [5])
        }
        #expect(copied.map(\.isBuiltHere) == [false])
        for bad in ["", "[]x", "{", #"{"/etc/passwd":{\#(fields)}}"#, "3"] {
            #expect(throws: CommandError.self) { try NixPathInfo.parse(Array(bad.utf8)) }
        }
    }

    /// A store whose word is set by the test.
    private struct Stated: BuildWitness {
        var kind = LocalBuild.Witness.quorate
        let directory = StoreDirectory.nix
        var known: [PathInfo]
        var copied: Set<StorePath> = []
        let root: String

        func allPaths() async throws -> [StorePath] { known.map(\.path) }
        func infos(of paths: [StorePath]) async throws -> [StorePath: PathInfo] {
            Dictionary(known.filter { paths.contains($0.path) }.map { ($0.path, $0) }) { first, _ in first }
        }
        func doubts(about infos: [PathInfo]) async throws -> [StorePath: BuildDoubt] {
            Dictionary(infos.filter { copied.contains($0.path) }.map { ($0.path, BuildDoubt("copied")) }) { first, _ in
                first
            }
        }
        func location(of info: PathInfo) -> String { root + info.path.path }
    }

    private let folder: TemporaryFolder
    private let input: Derivation
    private let thing: Derivation

    init() throws {
        folder = try TemporaryFolder()
        input = try HandMade.derivation("input")
        thing = try HandMade.derivation("thing", inputs: [input])
        for derivation in [input, thing] {
            try folder.write("root" + derivation.storePath().path, derivation.serialized())
        }
    }

    private func info(_ path: StorePath, deriver: StorePath? = nil, time: Int64 = 10) throws -> PathInfo {
        PathInfo(
            path: path, narHash: try #require(NarHash([UInt8](repeating: 7, count: 32))), narSize: 120, references: [],
            deriver: deriver, registeredAt: time)
    }

    private func witness(inputTime: Int64 = 5) throws -> Stated {
        Stated(
            known: [
                try info(input.storePath()), try info(thing.storePath()),
                try info(input.outputs[0].path, deriver: input.storePath(), time: inputTime),
                try info(thing.outputs[0].path, deriver: thing.storePath()),
            ], root: folder.file("root"))
    }

    private func question(_ witnesses: [any BuildWitness]) async throws -> BuildQuestion {
        let all = try await LocalBuildFinder(witnesses: witnesses).questions([thing.outputs[0].path])
        return try #require(all.first).1
    }

    private func build(_ witnesses: any BuildWitness...) async throws -> LocalBuild? {
        guard case .built(let build) = try await question(witnesses) else { return nil }
        return build
    }

    @Test("A build is told with its derivation and inputs") func told() async throws {
        let build = try #require(try await build(try witness()))
        #expect(build.derivation == (try thing.storePath()))
        #expect(build.outputName == "out")
        #expect(build.system == "x86_64-linux")
        #expect(build.inputs?.map(\.path) == [input.outputs[0].path])
        #expect(build.time.secondsSince1970 == 10)
    }

    @Test("Inputs that came after the build are not what it was given") func laterInputs() async throws {
        let build = try #require(try await build(try witness(inputTime: 11)))
        #expect(build.inputs == nil)
    }

    @Test("What was copied, has no derivation or another one, is not told") func refused() async throws {
        var copied = try witness()
        copied.copied = [thing.outputs[0].path]
        #expect(try await build(copied) == nil)
        // Another store that built it may say so.
        #expect(try await build(copied, try witness()) != nil)

        var other = try witness()
        other.known = [try info(thing.outputs[0].path, deriver: input.storePath()), try info(input.storePath())]
        #expect(try await build(other) == nil)
        other.known = [try info(thing.outputs[0].path)]
        #expect(try await build(other) == nil)
        // The derivation is gone.
        other.known = [try info(thing.outputs[0].path, deriver: thing.storePath())]
        #expect(try await build(other) == nil)
        other.known = []
        #expect(try await build(other) == nil)
    }

    @Test("A derivation that is not what its path says is not believed") func forgedDerivation() async throws {
        try folder.write("root" + thing.storePath().path, input.serialized())
        #expect(try await build(try witness()) == nil)
        // A folder that has it helps.
        try folder.write("drvs/" + thing.storePath().baseName, thing.serialized())
        let witness = try witness()
        let finder = LocalBuildFinder(
            witnesses: [
                Stated(known: witness.known.filter { !$0.path.isDerivation }, root: witness.root)
            ], folders: [folder.file("drvs")])
        guard case .built(let build)? = try await finder.questions([thing.outputs[0].path]).first?.1 else {
            Issue.record("not built")
            return
        }
        #expect(build.inputs == nil, "the input's derivation is nowhere")
    }

    @Test("Paths that prove themselves need nobody's word") func selfVerifying() async throws {
        let hash = try ContentHash(algorithm: .sha256, digest: [UInt8](repeating: 1, count: 32))
        let fixed = PathInfo(
            path: thing.outputs[0].path, narHash: try #require(NarHash([UInt8](repeating: 7, count: 32))),
            narSize: 120, references: [], contentAddress: try ContentAddress(method: .recursive, hash: hash))
        guard case .selfVerifying = try await question([Stated(known: [fixed], root: folder.file("root"))]) else {
            Issue.record("it was asked about")
            return
        }
    }
}
