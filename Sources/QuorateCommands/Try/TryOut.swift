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
        let steps = StepList(terminal, total: 8)
        try await steps.step("Getting a compiler, a userland and sources from Debian's packages") { step in
            try await examples.prepare { step.state("\($0)") }
        }
        let left = try await layout.startRun()
        for folder in left {
            terminal.errors.line("quorate: warning: \(folder) of an earlier run could not be removed")
        }
        let evaluation = try await steps.step("A real nix client evaluates the examples") { step in
            let home = NixHome(folder: layout.home(of: "evaluator"))
            let evaluation = try await ExampleEvaluation.run(examples, home: home, path: path)
            step.result("\(evaluation.derivations) derivations")
            return evaluation
        }
        var builders: [ExampleBuilder] = []
        for (name, cores, compression) in Self.builders {
            builders.append(
                try await ExampleBuilder.make(
                    name: name, folder: layout.home(of: name), cores: cores, compression: compression))
        }
        let keys = builders.map(\.key)
        let top = try await build(evaluation, builders, steps)
        let victim = try await publish(evaluation, builders, top, steps)
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

    private func build(
        _ evaluation: ExampleEvaluation, _ builders: [ExampleBuilder], _ steps: StepList
    ) async throws -> StorePath {
        try await steps.step("Three of Quorate's builders, each alone, build them in sandboxes") { step in
            let tops = try await withThrowingTaskGroup(of: StorePath.self) { group in
                for builder in builders {
                    group.addTask {
                        try await builder.take(evaluation)
                        return try await builder.build(evaluation.top) { derivation in
                            step.state("\(builder.name): \(TryWords.name(derivation.path))")
                        }
                    }
                }
                var tops: Set<StorePath> = []
                for try await top in group { tops.insert(top) }
                return tops
            }
            guard let top = tops.first, tops.count == 1 else {
                throw TryError(.unexpectedOutput, "the builders give the examples different paths")
            }
            step.result("\(builders.map(\.name).joined(separator: ", "))")
            return top
        }
    }

    /// Publishes three caches, then puts the back door into one of them.
    private func publish(
        _ evaluation: ExampleEvaluation, _ builders: [ExampleBuilder], _ top: StorePath, _ steps: StepList
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
            let backDoor = try await liar.build(evaluation.backDoor)
            let narInfo = try TamperedCache(cache: liar.cache, key: liar.key).replace(
                victim, with: await liar.archive(of: backDoor), from: backDoor)
            step.result("its NAR hash is now \(VerdictWords.shortHash(narInfo.narHash))…")
        }
        return victim
    }
}
