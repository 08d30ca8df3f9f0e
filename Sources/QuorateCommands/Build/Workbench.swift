internal import Building
internal import ClaimSources
internal import LocalStore
internal import Quorum
internal import StoreFormats
internal import Verification

/// What building commands work with: the store, the host's stores, and the caches of the policy.
struct Workbench: Sendable {
    let store: LocalStore
    let hosts: [any ForeignStore]
    /// Asks the policy's caches; nil when none are asked.
    let inquirer: Inquirer?
    /// The ledger and what stands beside it; nil when it is not needed.
    let state: Workplace.State?
    let options: BuildOptions
    private let caches: CacheSet?
    private let logs: LogSet?
    private let resources: HTTPResources
    private let temporaryFolder: String

    /// Opens the store and reads the policy.
    ///
    /// - Parameters:
    ///   - policyFile: The policy's file; nil for the default one, which may be missing.
    ///   - asksCaches: Whether the policy's caches are asked at all.
    ///   - records: Whether claims are to be recorded: then the state has to be one that can be written.
    static func open(
        store storeOptions: StoreOptions, policyFile: String?, asksCaches: Bool, records: Bool = false,
        options: BuildOptions, terminal: Terminal
    ) async throws -> Workbench {
        let workplace = try Workplace()
        let hosts = HostStores.find()
        for note in hosts.notes { terminal.errors.line("quorate: \("warning", .yellow): \(note)") }
        let resources = HTTPResources()
        var caches: CacheSet?
        var logs: LogSet?
        var inquirer: Inquirer?
        var state: Workplace.State?
        do {
            let policy = asksCaches ? try policy(workplace, policyFile) : nil
            if policy != nil || records {
                let policy = policy ?? .empty
                let opened = try workplace.openState(allowsForgetting: !records)
                opened.warn(on: terminal)
                let set = CacheSet(
                    policy: policy, limits: HTTPLimits(), pausesAfterTrouble: false, resources: resources)
                caches = set
                let followed = opened.logs(of: policy, resources: resources)
                logs = followed
                for note in set.notes + followed.notes {
                    terminal.errors.line("quorate: \("warning", .yellow): \(note)")
                }
                // What builders state counts for what is fetched as it does elsewhere.
                if asksCaches { await LogReading.run(followed, terminal: terminal) }
                inquirer = opened.inquirer(policy: policy, caches: set, logs: followed)
                state = opened
            }
            return Workbench(
                store: try await storeOptions.open(), hosts: hosts.stores, inquirer: inquirer, state: state,
                options: options, caches: caches, logs: logs, resources: resources,
                temporaryFolder: workplace.places.cache)
        } catch {
            caches?.shutdown()
            logs?.shutdown()
            await resources.shutdown()
            throw error
        }
    }

    /// The policy; nil where none was named and there is none at the default place.
    private static func policy(_ workplace: Workplace, _ file: String?) throws -> Policy? {
        if file == nil, !Files.exists(workplace.places.policy) { return nil }
        return try workplace.policy(file)
    }

    /// A builder that knows some derivations besides those of the stores.
    func builder(_ derivations: DerivationFiles = DerivationFiles()) -> Builder {
        Builder(
            store: store, hosts: hosts, derivations: derivations.looking(in: derivationFolder),
            substituter: inquirer.map { PolicySubstituter(inquirer: $0, temporaryFolder: temporaryFolder) },
            fetcher: HTTPFetcher(FileDownload(resources: resources)), options: options)
    }

    /// Where derivations that caches gave are kept.
    private var derivationFolder: String { temporaryFolder + "/derivations" }

    /// Gets what is missing of some derivations, and of all that they need, from the caches.
    func fetchDerivations(_ paths: [StorePath], for builder: Builder, _ terminal: Terminal) async throws {
        guard let inquirer, !inquirer.caches.members.isEmpty, !paths.isEmpty else { return }
        let fetcher = DerivationFetcher(
            inquirer: inquirer, builder: builder, folder: derivationFolder, temporaryFolder: temporaryFolder)
        for trouble in try await fetcher.fetch(paths).prefix(10) {
            terminal.errors.line("quorate: \("warning", .yellow): \(trouble)")
        }
    }

    /// Ends connections. Has to be called.
    func close() async {
        caches?.shutdown()
        logs?.shutdown()
        await resources.shutdown()
    }

    /// Runs `body` and closes the workbench behind it.
    func use<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            let value = try await body()
            await close()
            return value
        } catch {
            await close()
            throw error
        }
    }
}

/// Sources over HTTP, for derivations that fetch them by hash.
private struct HTTPFetcher: FileFetcher {
    let download: FileDownload

    init(_ download: FileDownload) { self.download = download }

    func fetch(_ address: String, to sink: @Sendable ([UInt8]) throws -> Void) async throws {
        try await download.get(address) { try sink($0) }
    }
}
