internal import Building
internal import ClaimSources
internal import DurableFiles
internal import Ledger
internal import LocalStore
internal import Quorum
internal import StoreFormats
internal import Verification

/// Finds the derivation that a store path was built from.
///
/// What stores and caches say about it is a hint: nobody signs it. A derivation is believed when the output path that
/// follows from it, computed again, is the path asked for.
struct DerivationFinder: Sendable {
    let bench: Workbench
    let builder: Builder
    /// Derivations given as files.
    let given: [StorePath]
    /// Where other files are that may be derivations.
    let folders: [String]
    let terminal: Terminal

    /// The derivation of a path.
    enum Answer: Sendable {
        case found(StorePath)
        /// It is not to be had, and why.
        case unknown(String)
    }

    /// - Parameter makers: Which given derivation makes which path.
    func derivation(of path: StorePath, makers: [StorePath: StorePath]) async throws -> Answer {
        if let maker = makers[path] { return .found(maker) }
        var tried: [String] = []
        for hint in try await localHints(path) {
            switch await check(hint, makes: path) {
            case nil: return .found(hint)
            case let why?: tried.append(why)
            }
        }
        for hint in await hintsOfCaches(path) {
            // Derivations are text: their paths prove them, wherever they come from.
            try await bench.fetchDerivations([hint], for: builder, terminal)
            guard try await builder.reading(hint) != nil else {
                tried.append("\(hint.baseName) is not in the caches that are asked")
                continue
            }
            switch await check(hint, makes: path) {
            case nil: return .found(hint)
            case let why?: tried.append(why)
            }
        }
        return .unknown(
            tried.isEmpty ? "nothing says which derivation made it; name the .drv" : tried.joined(separator: "; "))
    }

    /// The outputs of the derivations given as files.
    func makers() async throws -> [StorePath: StorePath] {
        var makers: [StorePath: StorePath] = [:]
        for path in given {
            for output in try await builder.derivation(path).outputs { makers[output.path] = path }
        }
        return makers
    }

    private func check(_ derivation: StorePath, makes path: StorePath) async -> String? {
        do {
            let outputs = try await builder.derivation(derivation).outputs.map(\.path)
            return outputs.contains(path) ? nil : "\(derivation.baseName) makes other paths"
        } catch {
            return "\(error)"
        }
    }

    /// What the stores of this machine say.
    private func localHints(_ path: StorePath) async throws -> [StorePath] {
        var hints = folders.flatMap { self.hints(in: $0, for: path) }
        if let deriver = try await bench.store.info(of: path)?.deriver { hints.append(deriver) }
        for host in bench.hosts where host.directory == path.directory {
            if let deriver = try await host.info(of: path)?.deriver, !hints.contains(deriver) { hints.append(deriver) }
        }
        return hints
    }

    /// Derivations in a folder whose names fit: `NAME` or `NAME-OUTPUT` is what their outputs are called.
    private func hints(in folder: String, for path: StorePath) -> [StorePath] {
        let names = (try? Directory.names(in: folder)) ?? []
        return names.filter { $0.hasSuffix(".drv") }.sorted().compactMap { name in
            guard let hint = try? StorePath(baseName: name, in: path.directory) else { return nil }
            let made = hint.name.dropLast(4)
            return path.name == made || path.name.hasPrefix(made + "-") ? hint : nil
        }
    }

    /// What caches say.
    private func hintsOfCaches(_ path: StorePath) async -> [StorePath] {
        guard let inquirer = bench.inquirer, !inquirer.caches.members.isEmpty else { return [] }
        let key = LookupKey(.storePath(path.path))
        var options = Inquirer.Options()
        // The narinfos themselves are needed.
        options.maximumAge = 0
        let result = await inquirer.inquire([key], subjects: [key: [.storePath(path.path)]], options: options)
        var hints: [StorePath] = []
        for statement in result.findings.flatMap(\.statements) where statement.narInfo.storePath == path {
            if let deriver = statement.narInfo.deriver, !hints.contains(deriver) { hints.append(deriver) }
        }
        return hints
    }
}
