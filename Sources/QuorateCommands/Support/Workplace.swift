internal import ClaimSources
internal import Glibc
package import Ledger
internal import LedgerSQLite
package import Quorum
package import StoreFormats
package import Verification

/// What commands work with on this machine: the policy, the ledger, the state beside it.
package struct Workplace: Sendable {
    package let places: Places

    package init() throws(CommandError) {
        places = try Places(environment: Places.environment)
    }

    /// A workplace elsewhere than this user's own.
    package init(places: Places) { self.places = places }

    /// Reads and checks a policy.
    /// - Parameter path: The file, `-` for standard input, or nil for the default place.
    package func policy(_ path: String?) throws(CommandError) -> Policy {
        let file = path ?? places.policy
        let bytes: [UInt8]
        do {
            bytes = try Files.read(file, limit: 4 << 20)
        } catch {
            guard error.status == .noInput, path == nil else { throw CommandError(.badPolicy, error.description) }
            throw CommandError(
                .badPolicy, "\(file): there is no policy; 'quorate policy init' writes one to begin with")
        }
        var keyFiles = PolicyKeyFiles(policy: file)
        let text: [UInt8]
        do {
            text = try keyFiles.replace(in: bytes)
        } catch {
            throw CommandError(.badPolicy, "\(file):\(error.line): \(error.message)")
        }
        let policy: Policy
        do {
            policy = try Policy.reading(text)
        } catch {
            throw CommandError(
                .badPolicy, error.line > 0 ? "\(file):\(error.line): \(error.message)" : "\(file): \(error.message)")
        }
        guard policy.distribution == nil || !keyFiles.found else {
            throw CommandError(
                .badPolicy,
                "\(file): a distributed policy names no key files, which its readers do not have: write the keys")
        }
        warnOfExpiry(of: policy, file)
        return policy
    }

    /// A distributed policy is renewed before it ends: from its end on it accepts nothing.
    private func warnOfExpiry(of policy: Policy, _ file: String) {
        let now = SystemClock.now
        guard let expires = policy.distribution?.expires,
            expires.secondsSince1970 - now.secondsSince1970 < Self.renewalTime
        else { return }
        let what = now >= expires ? "expired at \(expires) and accepts nothing" : "expires at \(expires)"
        Terminal.standard(color: .auto).errors.line(
            "quorate: \("warning", .yellow): \(file) \(what); get its next version: quorate policy update")
    }

    /// Seconds before the end of a distributed policy from which on people are told.
    private static let renewalTime: Int64 = 14 * 86_400

    /// The ledger and what stands beside it.
    package struct State: Sendable {
        package let ledger: any Ledger
        package let seal: ClaimSeal
        package let local: LocalState
        /// What is remembered of logs.
        package let logMemory: LogMemory
        /// Why nothing is remembered, when the state cannot be written.
        package let forgetting: String?

        /// What people should know about the state, in one line: that it is not kept, what a crash left in its files.
        package var warning: String? {
            let all = (forgetting.map { [$0] } ?? []) + local.notes
            return all.isEmpty ? nil : all.joined(separator: "; ")
        }

        /// What asks a policy's caches and tallies, over this state and by the system's clock.
        /// - Parameter logs: The policy's logs; nil to take them as they are remembered, and ask none.
        func inquirer(policy: Policy, caches: CacheSet, logs: LogSet? = nil) -> Inquirer {
            Inquirer(
                policy: policy, caches: caches, logs: logs ?? self.logs(of: policy, resources: nil), ledger: ledger,
                seal: seal, state: local, now: { SystemClock.now })
        }

        /// The logs that a policy names, over this state and by the system's clock.
        /// - Parameters:
        ///   - resources: Nil to ask nobody.
        ///   - others: Keys whose claims are read besides those of the policy's builders.
        func logs(
            of policy: Policy, limits: HTTPLimits = HTTPLimits(), resources: HTTPResources?,
            others: [KeyIdentity] = []
        ) -> LogSet {
            LogSet(
                policy: policy, memory: logMemory, ledger: ledger, limits: limits, resources: resources, others: others,
                now: { SystemClock.now })
        }

        /// Prints the warning, if there is one.
        func warn(on terminal: Terminal) {
            if let warning { terminal.errors.line("quorate: \("warning", .yellow): \(warning)") }
        }
    }

    /// Opens the state, making it where it is new.
    /// - Parameter allowsForgetting: Whether to go on in memory when the state cannot be written.
    package func openState(allowsForgetting: Bool) throws(CommandError) -> State {
        do throws(CommandError) {
            try Files.makeDirectory(places.keys)
            let seal = ClaimSeal(key: try SecretFile.randomKey(at: places.keys + "/seal", create: true))
            let local = try localState()
            do throws(LedgerError) {
                let ledger = try SQLiteLedger(path: places.ledger, seal: seal) { damage in
                    Terminal.standard(color: .auto).errors.line("quorate: \("warning", .yellow): \(damage)")
                }
                return State(
                    ledger: ledger, seal: seal, local: local, logMemory: LogMemory(directory: places.state),
                    forgetting: nil)
            } catch {
                let cannotWrite: [LedgerError.Code] = [.full, .readOnly, .cannotOpen]
                throw CommandError(cannotWrite.contains(error.code) ? .cannotWrite : .badData, error.message)
            }
        } catch {
            // What is damaged is never passed over in silence; what only cannot be written may be done without.
            guard allowsForgetting, error.status == .cannotWrite else { throw error }
            return try forgetfulState("\(error); nothing is remembered")
        }
    }

    private func localState() throws(CommandError) -> LocalState {
        do {
            return try LocalState(directory: places.state)
        } catch {
            throw CommandError(.badData, "\(error)")
        }
    }

    private func forgetfulState(_ reason: String) throws(CommandError) -> State {
        do {
            let key = (try? SecretFile.randomKey(at: places.keys + "/seal", create: false)) ?? SecretFile.random32()
            let seal = ClaimSeal(key: key)
            // Revocations and conflicts count even where nothing can be written.
            return State(
                ledger: try SQLiteLedger(inMemory: seal), seal: seal, local: try localState(),
                logMemory: LogMemory(directory: places.state), forgetting: reason)
        } catch let error as CommandError {
            throw error
        } catch {
            throw CommandError(.badData, "\(error)")
        }
    }

    /// The gateway's signing key, made the first time.
    package func gatewayKey() throws(CommandError) -> NixSecretKey { try ownKey("gateway") }

    /// The key that signs what this machine's own builds gave, made the first time.
    package func builderKey() throws(CommandError) -> NixSecretKey { try ownKey("builder") }

    /// The key that signs summaries of what was verified here, made the first time.
    package func verifierKey() throws(CommandError) -> NixSecretKey { try ownKey("verifier") }

    /// The key of one of this installation's roles; its name says which role, and nothing about the machine.
    private func ownKey(_ role: String) throws(CommandError) -> NixSecretKey {
        try ownKey(role, read: KeyFiles.nixSecretKey(in:)) { () throws(CommandError) in
            let name = "quorate-\(role)-\(SecretFile.hex(SecretFile.random32().prefix(6)))"
            do {
                let key = try NixSecretKey.generate(name: name)
                return (key, Array(key.fileContents().utf8))
            } catch {
                throw CommandError(.badData, "\(error)")
            }
        }
    }

    /// The key of one of this installation's roles, of any kind: read, or made and kept the first time.
    /// - Parameter make: A new key, and what stands in its file.
    func ownKey<Key>(
        _ role: String, read: (String) throws(CommandError) -> Key,
        make: () throws(CommandError) -> (key: Key, contents: [UInt8])
    ) throws(CommandError) -> Key {
        let file = places.keys + "/" + role
        do throws(CommandError) {
            return try read(file)
        } catch {
            guard error.status == .noInput else { throw error }
        }
        let (key, contents) = try make()
        try Files.makeDirectory(places.keys)
        do {
            try Files.create(file, contents, mode: 0o600)
        } catch {
            // Two programs may start at once: the first file stands, whoever made it.
            guard let other = try? read(file) else { throw error }
            return other
        }
        return key
    }
}
