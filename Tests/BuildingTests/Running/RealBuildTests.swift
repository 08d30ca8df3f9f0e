import Building
import Foundation
import LocalStore
import Sandbox
import StoreFormats
import TestSupport
import Testing

/// Builds in real sandboxes, with the host's shell as the builder.
@Suite(.enabled(if: Workshop.obstacle == nil, "no sandbox can be made here"), .serialized)
struct RealBuildTests {
    private let workshop: Workshop

    init() async throws {
        workshop = try await Workshop()
    }

    @Test func buildsAChain() async throws {
        var maker = DerivationMaker()
        let lib = try maker.shell(
            "lib", "mkdir $out $dev; echo lib > $out/lib; echo $out > $dev/lib.pc; echo made", outputs: ["out", "dev"])
        let top = try maker.shell(
            "top", "mkdir $out; cat $input/lib > $out/copy; echo $input $out > $out/paths", inputs: [lib],
            environment: ["input": try maker.output(of: lib).path])
        let report = try await workshop.builder(maker).realise([.derivation(top, .all)])
        #expect(report.isComplete, "\(report.failures)")
        let out = try maker.output(of: top)
        #expect(try workshop.text(out, "/copy") == "lib\n")
        let info = try #require(try await workshop.store.info(of: out))
        #expect(info.references == [out, try maker.output(of: lib)].sorted())
        #expect(info.deriver == top)
        #expect(info.origin == .built)
        let dev = try #require(try await workshop.store.info(of: try maker.output("dev", of: lib)))
        #expect(dev.references == [try maker.output(of: lib)])
        #expect(
            dev.narHash == (try NarHasher.hash(path: workshop.store.physicalPath(of: dev.path), limits: .standard).hash)
        )
        #expect(await workshop.leftovers.isEmpty)
        var log: [UInt8] = []
        try workshop.builder(maker).logs.read(lib) { log += $0 }
        #expect(String(decoding: log, as: UTF8.self) == "made\n")
        // Nothing is left to be done.
        let plan = try await workshop.builder(maker).plan([.derivation(top, .all), .path(dev.path)])
        #expect(plan.builds.isEmpty && plan.isComplete)
    }

    @Test(arguments: [
        ("echo one; echo two >&2; exit 7", "exited 7"), ("true", "missing"),
        ("mkdir $out; chmod 775 $out", "refused"), ("echo x > $out; chmod 646 $out", "refused"),
        ("mkdir $out; mkfifo $out/pipe", "refused"), ("ln -s /nowhere $out", "ok"),
        ("mkdir $out; chmod 700 $out", "ok"),
    ])
    func ends(_ script: String, _ expected: String) async throws {
        var maker = DerivationMaker()
        let path = try maker.shell("x", script)
        let report = try await workshop.builder(maker).realise([.derivation(path, .all)])
        let failure = report.failure(path)
        switch failure?.kind {
        case .none: #expect(expected == "ok" && report.isComplete)
        case .exited(7):
            #expect(expected == "exited 7")
            #expect(failure?.logTail == ["one", "two"])
        case .missingOutput("out", _): #expect(expected == "missing")
        case .refusedOutput: #expect(expected == "refused")
        case .some(let kind): Issue.record("\(kind)")
        }
        #expect(report.isComplete == (expected == "ok"))
        #expect(await workshop.leftovers.isEmpty)
    }

    @Test func endsTheBuilderThatTakesTooLong() async throws {
        var maker = DerivationMaker()
        let slow = try maker.shell("slow", "while true; do echo x; sleep 0.1; done")
        let silent = try maker.shell("silent", "sleep 60 & sleep 60")
        let loud = try maker.shell("loud", "while true; do echo 0123456789; done")
        var options = Workshop.options
        options.keepsGoing = true
        options.jobs = 3
        options.limits.seconds = 3
        options.limits.silentSeconds = 1
        options.limits.logBytes = 100_000
        let start = ContinuousClock.now
        let report = try await workshop.builder(maker, options: options)
            .realise([.derivation(slow, .all), .derivation(silent, .all), .derivation(loud, .all)])
        #expect(report.failure(slow)?.kind == .timedOut(seconds: 3))
        #expect(report.failure(silent)?.kind == .silent(seconds: 1))
        #expect(report.failure(loud)?.kind == .logTooLarge(bytes: 100_000))
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test func saysThatTheMemoryWasNotEnough() async throws {
        var maker = DerivationMaker()
        let path = try maker.shell("large", "head -c 300000000 /dev/zero | tail -c 200000000 > $out")
        var options = Workshop.options
        options.limits.memoryBytes = 50_000_000
        let failure = try await workshop.builder(maker, options: options).realise([.derivation(path, .all)])
            .failure(path)
        // Where no control group can be made, it is built without a limit.
        guard let failure else { return }
        #expect(failure.kind == .outOfMemory(bytes: 50_000_000))
        #expect(failure.message(for: path).contains("needs more than 50000000 bytes of memory"))
    }

    @Test func cancels() async throws {
        var maker = DerivationMaker()
        let path = try maker.shell("x", "sleep 60; echo > $out")
        let builder = try workshop.builder(maker)
        let (started, signal) = AsyncStream.makeStream(of: Void.self)
        let task = Task {
            try await builder.realise([.derivation(path, .all)]) { if case .started = $0 { signal.yield() } }
        }
        for await _ in started { break }
        task.cancel()
        let report = try await task.value
        #expect(report.failure(path)?.kind == .cancelled)
        #expect(await workshop.leftovers.isEmpty)
    }

    @Test(arguments: [HashAlgorithm.md5, .sha1, .sha256, .sha512], [ContentAddress.Method.flat, .recursive])
    func fixedOutputs(_ algorithm: HashAlgorithm, _ method: ContentAddress.Method) async throws {
        let text = Array("fixed\n".utf8)
        let nar = try Self.nar(text)
        let hash = ContentHash(of: method == .flat ? text : nar, algorithm: algorithm)
        let address = try ContentAddress(method: method, hash: hash)
        var maker = DerivationMaker()
        let good = try maker.shell("good", "echo fixed > $out", fixed: address)
        let bad = try maker.shell("bad", "echo other > $out", fixed: address)
        var options = Workshop.options
        options.keepsGoing = true
        let report = try await workshop.builder(maker, options: options)
            .realise([.derivation(good, .all), .derivation(bad, .all)])
        let info = try #require(report.realised[try maker.output(of: good)])
        #expect(info.contentAddress == address)
        guard case .hashMismatch(hash, let got) = report.failure(bad)?.kind else {
            Issue.record("\(String(describing: report.failure(bad)))")
            return
        }
        #expect(got.algorithm == algorithm)
    }

    private static func nar(_ contents: [UInt8]) throws -> [UInt8] {
        let path = NSTemporaryDirectory() + "quorate-nar-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(contents).write(to: URL(fileURLWithPath: path))
        var nar: [UInt8] = []
        _ = try NarDumper.dump(path, limits: .standard) { nar += $0 }
        return nar
    }

    @Test(arguments: ["mkdir $out", "echo fixed > $out; chmod +x $out", "ln -s x $out"])
    func flatOutputsAreFiles(_ script: String) async throws {
        let address = try ContentAddress(
            method: .flat, hash: ContentHash(of: Array("fixed\n".utf8), algorithm: .sha256))
        var maker = DerivationMaker()
        let path = try maker.shell("x", script, fixed: address)
        let report = try await workshop.builder(maker).realise([.derivation(path, .all)])
        #expect(report.failure(path)?.kind == .notFlat(path: try maker.output(of: path)))
    }

    @Test func fixedOutputsReferToNothing() async throws {
        var maker = DerivationMaker()
        let input = try maker.shell("in", "echo > $out")
        let line = Array("\(try maker.output(of: input))\n".utf8)
        let address = try ContentAddress(method: .flat, hash: ContentHash(of: line, algorithm: .sha256))
        let path = try maker.shell(
            "x", "echo $in > $out", fixed: address, inputs: [input],
            environment: ["in": try maker.output(of: input).path])
        let report = try await workshop.builder(maker).realise([.derivation(path, .all)])
        #expect(
            report.failure(path)?.kind
                == .fixedOutputReferences(path: try maker.output(of: path), [try maker.output(of: input)]))
    }

    @Test func keepsGoingWhenAsked() async throws {
        var maker = DerivationMaker()
        let bad = try maker.shell("bad", "exit 1")
        let above = try maker.shell("above", "echo > $out", inputs: [bad])
        let other = try maker.shell("other", "sleep 0.2; echo > $out")
        let last = try maker.shell("last", "echo > $out", inputs: [other])
        let targets = [above, last].map { BuildTarget.derivation($0, .all) }
        var options = Workshop.options
        let first = try await workshop.builder(maker, options: options).realise(targets)
        #expect(first.failure(above)?.kind == .dependency(bad))
        #expect(first.outcomes[last] == nil)
        #expect(first.failures.map(\.derivation) == [bad])
        options.keepsGoing = true
        let second = try await workshop.builder(maker, options: options).realise(targets)
        #expect(second.realised.keys.contains(try maker.output(of: last)))
        #expect(second.missing == [try maker.output(of: above)])
    }

    @Test func keepsTheFolderOfAFailure() async throws {
        var maker = DerivationMaker()
        let path = try maker.shell("x", "echo trace > file; exit 1")
        var options = Workshop.options
        options.keepsFailed = true
        let report = try await workshop.builder(maker, options: options).realise([.derivation(path, .all)])
        let folder = try #require(report.failure(path)?.keptFolder)
        #expect(try String(contentsOfFile: folder + "/file", encoding: .utf8) == "trace\n")
    }

    /// Two builders of one process want the same: one builds, the other waits and finds it.
    @Test func buildsOnce() async throws {
        var maker = DerivationMaker()
        let path = try maker.shell("x", "sleep 0.5; cat /proc/sys/kernel/random/uuid > $out")
        let builders = try (0..<3).map { _ in try workshop.builder(maker) }
        let reports = try await withThrowingTaskGroup(of: BuildReport.self) { group in
            for builder in builders { group.addTask { try await builder.realise([.derivation(path, .all)]) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let outcomes = reports.compactMap { $0.outcomes[path] }
        let built = outcomes.filter { if case .built = $0 { true } else { false } }
        #expect(built.count == 1)
        let areComplete = reports.allSatisfy { $0.isComplete }
        #expect(areComplete)
    }

    @Test func runsNothingWithWrongOutputPaths() async throws {
        var maker = DerivationMaker()
        let path = try maker.shell("x", "echo > $out")
        let good = try #require(maker.derivations[path])
        let other = try StorePath("/nix/store/00000000000000000000000000000000-x", in: .nix)
        let bad = try Derivation(
            name: "x", outputs: [.init(name: "out", path: other)], system: good.system, builder: good.builder,
            arguments: good.arguments,
            environment: good.environment.map {
                $0.name == "out" ? .init(name: "out", value: ByteString(other.path)) : $0
            })
        try workshop.folder.write("x.drv", bad.serialized())
        let files = try DerivationFiles(files: [workshop.folder.file("x.drv")])
        let builder = Builder(store: workshop.store, derivations: files, options: Workshop.options)
        await #expect(throws: BuildingError(.invalidDerivation, "")) {
            try await builder.realise([.derivation(files.paths[0], .all)])
        }
    }

    @Test func tellsWhatIsUnknown() async throws {
        var maker = DerivationMaker()
        let source = try StorePath("/nix/store/00000000000000000000000000000000-source", in: .nix)
        let low = try maker.shell("low", "echo > $out", sources: [source])
        let top = try maker.shell("top", "echo > $out", inputs: [low])
        let builder = try workshop.builder(maker)
        let plan = try await builder.plan([.derivation(top, .all)])
        #expect(plan.builds.map(\.derivation) == [low, top])
        #expect(plan.unknown.map(\.path) == [source])
        #expect(plan.unknown.first?.neededBy == low)
        let report = try await builder.follow(plan)
        #expect(report.failure(low)?.kind == .unknownInput(source))
        #expect(report.failure(top)?.kind == .dependency(low))
        await #expect(throws: BuildingError(.notFound, "")) {
            try await workshop.builder(DerivationMaker()).plan([.derivation(source, .all)])
        }
        await #expect(throws: BuildingError(.notFound, "")) {
            try await workshop.builder(maker).plan([.derivation(top, .named(["none"]))])
        }
    }

    @Test func refusesWhatItCannotBuild() async throws {
        var maker = DerivationMaker()
        let foreign = try maker.make("foreign", builder: "/bin/sh", system: "riscv64-linux")
        let feature = try maker.make("f", builder: "/bin/sh", environment: ["requiredSystemFeatures": "quantum"])
        let missing = try maker.make("missing", builder: "/nowhere/sh")
        let builtin = try maker.make("builtin", builder: "builtin:buildenv", system: "builtin")
        let json = try maker.make("json", builder: "/bin/sh", environment: ["__json": "{"])
        var options = Workshop.options
        options.keepsGoing = true
        let all = [foreign, feature, missing, builtin, json]
        let report = try await workshop.builder(maker, options: options).realise(all.map { .derivation($0, .all) })
        for path in [foreign, feature] {
            guard case .notBuildableHere = report.failure(path)?.kind else {
                Issue.record("\(String(describing: report.failure(path)))")
                continue
            }
        }
        guard case .cannotExecute = report.failure(missing)?.kind, case .notSupported = report.failure(builtin)?.kind,
            case .invalidAttribute = report.failure(json)?.kind
        else {
            Issue.record("\(report.failures)")
            return
        }
    }

    @Test func passesFilesAndGraphs() async throws {
        var maker = DerivationMaker()
        let low = try maker.shell("low", "echo > $out")
        let lowPath = try maker.output(of: low).path
        let path = try maker.shell(
            "x", "mkdir $out; cat $bigPath > $out/big; cat graph > $out/graph; ls -ld $bigPath > $out/mode",
            inputs: [low],
            environment: ["passAsFile": "big", "big": "text", "exportReferencesGraph": "graph \(lowPath)"])
        let report = try await workshop.builder(maker).realise([.derivation(path, .all)])
        #expect(report.isComplete, "\(report.failures)")
        let out = try maker.output(of: path)
        #expect(try workshop.text(out, "/big") == "text")
        #expect(try workshop.text(out, "/graph") == "\(lowPath)\n\n0\n")
        #expect(try workshop.text(out, "/mode").hasPrefix("-rw-r--r--"))
    }

    @Test func rebuildsBeside() async throws {
        var maker = DerivationMaker()
        let low = try maker.shell("low", "echo low > $out")
        let same = try maker.shell("same", "echo same > $out", inputs: [low])
        let random = try maker.shell("random", "cat /proc/sys/kernel/random/uuid > $out")
        let failing = try maker.shell("failing", "exit 3", inputs: [low])
        let builder = try workshop.builder(maker)
        let report = try await builder.realise([same, random].map { .derivation($0, .all) })
        for (path, isEqual) in [(same, true), (random, false)] {
            let known = try #require(report.realised[try maker.output(of: path)])
            let result = try await builder.rebuild(path)
            guard case .finished(let outputs) = result.outcome, let out = outputs["out"] else {
                Issue.record("\(result.outcome)")
                continue
            }
            #expect((out.narHash == known.narHash) == isEqual)
            #expect(FileManager.default.fileExists(atPath: out.physicalPath))
            #expect(try await workshop.store.info(of: known.path) == known)
            #expect(result.inputs.map(\.path) == (path == same ? [try maker.output(of: low)] : []))
        }
        let result = try await builder.rebuild(failing)
        guard case .failed(let failure) = result.outcome else {
            Issue.record("did not fail")
            return
        }
        #expect(failure.kind == .exited(status: 3))
        #expect(await workshop.leftovers.isEmpty)
    }

    @Test func rebuildsUnderOtherConditions() async throws {
        var maker = DerivationMaker()
        let path = try maker.shell("x", "umask; echo $PWD $NIX_BUILD_CORES $EXTRA; hostname; echo > $out")
        let builder = try workshop.builder(maker)
        let conditions = BuildConditions(cores: 7, buildFolder: "/elsewhere") { plan in
            plan.umask = 0o077
            plan.hostName = "other"
            plan.environment.append(.init("EXTRA", "more"))
        }
        _ = try await builder.rebuild(path, conditions: conditions)
        var log: [UInt8] = []
        try builder.logs.read(path) { log += $0 }
        #expect(String(decoding: log, as: UTF8.self) == "0077\n/elsewhere 7 more\nother\n")
    }

    @Test func guix() async throws {
        var maker = DerivationMaker(.gnu)
        let path = try maker.shell("x", "mkdir $out; pwd > $out/pwd; id -u > $out/id; echo ${TERM-none} > $out/term")
        let report = try await workshop.builder(maker).realise([.derivation(path, .all)])
        #expect(report.isComplete, "\(report.failures)")
        let out = try maker.output(of: path)
        #expect(out.path.hasPrefix("/gnu/store/"))
        #expect(try workshop.text(out, "/pwd") == "/tmp/guix-build-x.drv-0\n")
        #expect(try workshop.text(out, "/id") == "30001\n")
    }
}
