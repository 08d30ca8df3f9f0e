internal import LocalStore
internal import StoreFormats

/// Takes derivations into the store, each checked, with what it needs.
struct DerivationDesk {
    private let store: LocalStore
    private let fillsOutputs: Bool
    private var shelf: DerivationShelf
    private var checker = OutputPathChecker()

    /// - Parameter fillsOutputs: Whether wrong output paths are put right, not refused.
    init(store: LocalStore, fillsOutputs: Bool) {
        self.store = store
        self.fillsOutputs = fillsOutputs
        shelf = DerivationShelf(folder: store.folder)
    }

    /// Adds derivations, or none of them.
    /// - Returns: Their paths, in order.
    mutating func add(_ drafts: [DerivationJSON.Draft]) async throws -> [StorePath] {
        if !fillsOutputs {
            for draft in drafts { shelf.put(draft.derivation, at: try draft.derivation.storePath()) }
        }
        var paths: [StorePath] = []
        for draft in drafts {
            let derivation = try settled(draft)
            let path = try derivation.storePath()
            shelf.put(derivation, at: path)
            paths.append(path)
        }
        try await keep(paths)
        return paths
    }

    /// The derivation with the output paths that follow from it.
    private mutating func settled(_ draft: DerivationJSON.Draft) throws -> Derivation {
        // The names of variables count where output paths are computed: all have to be there before.
        let derivation = fillsOutputs ? try draft.derivation.withOutputVariables() : draft.derivation
        let path = try derivation.storePath()
        let shelf = shelf
        let mismatches = try checker.check(path) { try $0 == path ? derivation : shelf.load($0) }
        let below = mismatches.first { $0.derivation != path }
        if let below { throw CommandError(.badData, "\(below)") }
        guard fillsOutputs else {
            if let wrong = mismatches.first {
                guard mismatches.allSatisfy(\.isAboutPaths) else {
                    throw CommandError(.badData, wrong.words(for: derivation))
                }
                throw CommandError(.badData, try refusal(of: draft.derivation))
            }
            if let stated = draft.statedPath, stated != path {
                throw CommandError(
                    .badData, "\(stated): the derivation belongs at \(path); with --fill its key does not matter")
            }
            return derivation
        }
        return try derivation.correcting(mismatches)
    }

    /// Which output paths are wrong, and all that are right. The names of variables count where they are computed, so
    /// they are those of the derivation with a variable for each output.
    private mutating func refusal(of derivation: Derivation) throws -> String {
        let filled = try derivation.withOutputVariables()
        let path = try filled.storePath()
        let shelf = shelf
        let right = try filled.correcting(try checker.check(path) { try $0 == path ? filled : shelf.load($0) })
        let paths = right.outputs.map { "\($0.name) = \($0.path)" }.joined(separator: ", ")
        let missing = derivation.outputs.filter { derivation.value(of: $0.name) == nil }.map(\.name)
        let what =
            missing.isEmpty
            ? "its output paths do not follow from it"
            : "it has no variable that tells its output path: \(missing.joined(separator: ", "))"
        return
            "\(derivation.name): \(what); right are, among the outputs and as variables, \(paths); --fill puts them in"
    }

    // MARK: Into the store

    /// Makes derivations valid, each after all that it refers to; nothing is changed when something is missing.
    private func keep(_ paths: [StorePath]) async throws {
        let order = try await missing(paths)
        let sources = try await absentSources(of: order.map(\.derivation))
        if !sources.isEmpty { try await store.register(sources.map { NewPath(info: $0.asHost, from: nil) }) }
        for (path, derivation) in order {
            let info = try await store.addText(
                name: path.name, contents: derivation.serialized(), references: derivation.references,
                in: path.directory)
            guard info.path == path else {
                throw CommandError(.badData, "\(path): its contents belong at \(info.path)")
            }
        }
    }

    /// The derivations that the store has not, those that others need first.
    private func missing(_ paths: [StorePath]) async throws -> [(path: StorePath, derivation: Derivation)] {
        var order: [(path: StorePath, derivation: Derivation)] = []
        var seen: Set<StorePath> = []
        var work: [(path: StorePath, derivation: Derivation, next: Int)] = []
        func begin(_ path: StorePath) async throws {
            guard seen.insert(path).inserted, try await !store.isValid(path) else { return }
            work.append((path, try shelf.load(path), 0))
        }
        for path in paths {
            try await begin(path)
            while let (path, derivation, next) = work.last {
                guard next < derivation.inputDerivations.count else {
                    order.append((path, derivation))
                    work.removeLast()
                    continue
                }
                work[work.count - 1].next += 1
                try await begin(derivation.inputDerivations[next].path)
            }
        }
        return order
    }

    /// Sources that the store has not and the host's store has: they stay there, and are recorded.
    private func absentSources(of derivations: [Derivation]) async throws -> [PathInfo] {
        let sources = Set(derivations.flatMap(\.inputSources)).sorted()
        let valid = try await store.validPaths(among: sources)
        let missing = sources.filter { !valid.contains($0) }
        guard let directory = missing.first?.directory else { return [] }
        var found: [PathInfo] = []
        for host in HostStores.find().stores where host.directory == directory {
            let known = try await host.infos(of: missing)
            found += try await host.closureInfos(of: missing.filter { known[$0] != nil })
        }
        let names = Set(found.map(\.path))
        if let absent = missing.first(where: { !names.contains($0) }) {
            let who = derivations.first { $0.inputSources.contains(absent) }?.name ?? "the derivation"
            throw CommandError(
                .noInput, "\(who) needs \(absent), which no store here has; 'quorate store add' or import it first")
        }
        return found
    }
}

extension OutputPathChecker.Mismatch {
    /// Whether an output path, or the variable that tells it, is what is wrong.
    fileprivate var isAboutPaths: Bool {
        switch kind {
        case .outputPath, .environment: true
        default: false
        }
    }

    /// The same in words that do not name a path which the author never saw.
    fileprivate func words(for derivation: Derivation) -> String {
        let text = description
        let prefix = "\(self.derivation): "
        return derivation.name + ": " + (text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text)
    }
}

extension Derivation {
    /// The same with the output paths, and the variables that tell them, that a check computed.
    fileprivate func correcting(_ mismatches: [OutputPathChecker.Mismatch]) throws -> Derivation {
        var paths: [String: StorePath] = [:]
        var values: [ByteString: ByteString] = [:]
        for mismatch in mismatches {
            switch mismatch.kind {
            case .outputPath(let name, _, let computed): paths[name] = computed
            case .environment(let name, _, let expected): values[ByteString(name)] = ByteString(expected.path)
            default: throw CommandError(.badData, mismatch.words(for: self))
            }
        }
        return try with(
            outputs: outputs.map {
                Output(name: $0.name, path: paths[$0.name] ?? $0.path, contentAddress: $0.contentAddress)
            }, environment: environment.map { Variable(name: $0.name, value: values[$0.name] ?? $0.value) })
    }

    /// The same with a variable for each output.
    fileprivate func withOutputVariables() throws -> Derivation {
        let missing = outputs.filter { value(of: $0.name) == nil }
        return try with(
            outputs: outputs,
            environment: environment
                + missing.map { Variable(name: ByteString($0.name), value: ByteString($0.path.path)) })
    }

    private func with(outputs: [Output], environment: [Variable]) throws -> Derivation {
        try Derivation(
            name: name, directory: directory, outputs: outputs, inputDerivations: inputDerivations,
            inputSources: inputSources, system: system, builder: builder, arguments: arguments,
            environment: environment)
    }
}
