internal import ClaimSources

/// What attesting needs: the stores that know what was built, the caches that know what is public, and the log.
struct AttestDesk: Sendable {
    let finder: LocalBuildFinder
    let listing: PublicListing
    private let writer: AttestationWriter
    private let site: BuilderSite
    private let places: Places
    private let resources: HTTPResources
    private let warn: @Sendable (String) -> Void

    /// - Parameters:
    ///   - store: The folder of Quorate's store.
    ///   - policyFile: The policy's file; nil for the default one, which may be missing.
    ///   - patterns: Names that may be made public besides what caches list.
    ///   - derivations: Folders with `.drv` files.
    ///   - warn: Is told what cannot be used, in one line each.
    static func open(
        _ workplace: Workplace, _ site: BuilderSite, store: String, policyFile: String?, patterns: [String],
        derivations: [String], warn: @escaping @Sendable (String) -> Void
    ) async throws -> AttestDesk {
        let (witnesses, notes) = try await BuildWitnesses.find(store: store, environment: Places.environment)
        for note in notes { warn(note) }
        let patterns = try PublicPatterns.read(patterns, workplace.places)
        let hasPolicy = policyFile != nil || Files.exists(workplace.places.policy)
        let policy = hasPolicy ? try workplace.policy(policyFile) : nil
        let resources = HTTPResources()
        let listing = PublicListing(policy: policy, patterns: patterns, resources: resources)
        for note in listing.notes { warn(note) }
        do {
            return AttestDesk(
                finder: LocalBuildFinder(witnesses: witnesses, folders: derivations), listing: listing,
                writer: try AttestationWriter(key: site.keys.builder), site: site, places: workplace.places,
                resources: resources, warn: warn)
        } catch {
            await resources.shutdown()
            throw error
        }
    }

    /// Runs `body` with the way to the log, and ends everything behind it.
    ///
    /// - Parameter dryRun: Whether nothing is to be written: then the log is not touched.
    func use<Value>(dryRun: Bool, _ body: (AttestDesk, Attestor) async throws -> Value) async throws -> Value {
        do {
            let sink = dryRun ? nil : try await AttestationLog.open(site, places, onEvent: warn)
            return try await use(sink: sink, body)
        } catch {
            // A second time does no harm.
            await close()
            throw error
        }
    }

    /// The same with a way to the log that stands.
    func use<Value>(
        sink: (any AttestationSink)?, _ body: (AttestDesk, Attestor) async throws -> Value
    ) async throws -> Value {
        do {
            let value = try await body(self, Attestor(listing: listing, writer: writer, sink: sink))
            await sink?.close()
            await close()
            return value
        } catch {
            await sink?.close()
            await close()
            throw error
        }
    }

    private func close() async {
        listing.shutdown()
        await resources.shutdown()
    }
}
