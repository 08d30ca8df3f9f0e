internal import Gateway
internal import Logging
internal import StoreFormats

/// The try-out from beginning to end, each step told as it happens.
struct TryOut: Sendable {
    let layout: TryLayout
    let examples: ExampleSet
    /// The value of `PATH` for nix.
    let path: String
    let listen: ListenAddress
    let servesOn: Bool
    let terminal: Terminal

    /// The three builders: names, NIX_BUILD_CORES (which one of the examples shows), and how each publishes.
    private static let builders: [(name: String, cores: Int, compression: NarInfo.Compression)] = [
        ("ash", 1, .none), ("beech", 1, .zstd), ("cedar", 2, .xz),
    ]
    /// The builder that lies.
    private static let liar = "cedar"

    func run() async throws {
        let steps = StepList(terminal, total: 7)
        try await steps.step("Getting a compiler, a userland and sources from Debian's packages") { step in
            try await examples.prepare { step.state("\($0)") }
        }
        let left = try await layout.startRun()
        for folder in left {
            terminal.errors.line("quorate: warning: \(folder) of an earlier run could not be removed")
        }
        let builders = Self.builders.map {
            ExampleBuilder(
                name: $0.name, home: NixHome(folder: layout.home(of: $0.name)), cores: $0.cores,
                compression: $0.compression, path: path)
        }
        let keys = try builders.map { try $0.prepare() }
        let top = try await build(builders, steps)
        let victim = try await publish(builders, keys, top, steps)
        let scene = TryScene(layout: layout, builders: builders, keys: keys, path: path, terminal: terminal)
        try await scene.open { scene in
            try await steps.step("Asking the three caches under the policy \"2 of 3\"") { step in
                step.result(try await scene.verify(top))
            }
            scene.showVerdicts()
            try await scene.withGateway(listen: listen) { gateway in
                let installed = try await steps.step("A real nix client with an empty store installs \(top.name)") {
                    step in
                    let outcome = try await scene.install(examples, from: gateway) { step.state($0) }
                    step.result("\(outcome.closure.count) paths")
                    return outcome
                }
                scene.showInstall(installed, gateway: gateway)
                try await steps.step("The same program, behind the gateway and without it") { step in
                    step.result(try await scene.contrast(victim, installed, examples))
                }
                scene.showClosing(gateway, servesOn: servesOn)
                try terminal.checkOutput()
                if servesOn { try await gateway.untilStopped() }
            }
        }
    }

    private func build(_ builders: [ExampleBuilder], _ steps: StepList) async throws -> StorePath {
        try await steps.step("Three builders, each alone, build the examples in sandboxes") { step in
            let tops = try await withThrowingTaskGroup(of: StorePath.self) { group in
                for builder in builders {
                    group.addTask {
                        try await builder.build(of: examples) { event in
                            guard case .building(let derivation) = event else { return }
                            step.state("\(builder.name): \(TryWords.name(derivation))")
                        }
                    }
                }
                var tops: Set<StorePath> = []
                for try await top in group { tops.insert(top) }
                return tops
            }
            guard let top = tops.first, tops.count == 1 else {
                throw TryError(.unexpectedOutput, "the builders evaluate the examples to different paths")
            }
            step.result("\(builders.map(\.name).joined(separator: ", "))")
            return top
        }
    }

    /// Publishes three caches, then puts the back door into one of them.
    private func publish(
        _ builders: [ExampleBuilder], _ keys: [NixSecretKey], _ top: StorePath, _ steps: StepList
    ) async throws -> StorePath {
        let published = try await steps.step("Each publishes a signed binary cache") { step in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for builder in builders { group.addTask { try await builder.publish(top) } }
                try await group.waitForAll()
            }
            let paths = try PublishedPaths.read(cache: builders[0].cache).map(\.storePath)
            guard let seldom = paths.first(where: { $0.name == ExampleSet.seldomPublishedName }) else {
                throw TryError(.unexpectedOutput, "\(builders[0].cache): \(ExampleSet.seldomPublishedName) is missing")
            }
            for builder in builders.dropFirst() { try builder.withhold(seldom) }
            step.result("\(paths.count) paths each; \(seldom.name) by \(builders[0].name) alone")
            return paths
        }
        guard let victim = published.first(where: { $0.name == ExampleSet.victimName }),
            let index = builders.firstIndex(where: { $0.name == Self.liar })
        else { throw TryError(.unexpectedOutput, "\(ExampleSet.victimName) was not published") }
        try await steps.step("\(Self.liar) puts a back door into \(victim.name) and signs it with its real key") {
            step in
            let liar = builders[index]
            let backDoor = try await liar.build(ExampleSet.backDoor, of: examples)
            let narInfo = try TamperedCache(cache: liar.cache, key: keys[index]).replace(
                victim, with: await liar.archive(of: backDoor), from: backDoor)
            step.result("its NAR hash is now \(VerdictWords.shortHash(narInfo.narHash))…")
        }
        return victim
    }
}
