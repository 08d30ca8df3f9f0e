internal import Attestations
internal import ClaimSources
internal import Ledger
internal import Quorum
package import TransparencyLog

/// Where attestations go.
protocol AttestationSink: Sendable {
    /// Adds an attestation with the lists that stand beside it; it is on the log's disk when this returns.
    ///
    /// - Returns: Its index, and whether the log had it before, where it says so.
    /// - Throws: ``CommandError``: `unavailable` and `busy` when trying again may help.
    func add(_ written: AttestationWriter.Written) async throws -> (index: UInt64, wasThere: Bool?)

    /// Waits until a checkpoint that was published covers an index.
    ///
    /// - Returns: Whether that happened in time.
    func published(_ index: UInt64) async -> Bool

    /// Ends what is under way. Has to be called.
    func close() async
}

/// A log that this very process writes.
package struct SequencerSink: AttestationSink {
    private let sequencer: Sequencer
    private let directory: LogDirectory
    /// Whether this process opened the log, and so closes it.
    private let owns: Bool
    private let onClose: @Sendable () async -> Void

    /// How long witnesses are waited for at the end.
    private static let patience = Duration.seconds(20)

    /// - Parameters:
    ///   - sequencer: Runs already and goes on afterwards; `log serve` has one.
    ///   - directory: The log's.
    package init(_ sequencer: Sequencer, directory: LogDirectory) {
        self.init(sequencer, directory: directory, owns: false) {}
    }

    init(
        _ sequencer: Sequencer, directory: LogDirectory, owns: Bool, onClose: @escaping @Sendable () async -> Void
    ) {
        self.sequencer = sequencer
        self.directory = directory
        self.owns = owns
        self.onClose = onClose
    }

    func add(_ written: AttestationWriter.Written) async throws -> (index: UInt64, wasThere: Bool?) {
        do {
            // The lists first: an entry never points at what is not there.
            let directory = directory
            try await LogThread.run {
                for list in written.references { _ = try directory.keepList(.references, list) }
                if let list = written.inputs { _ = try directory.keepList(.inputs, list) }
            }
            let sequenced = try await sequencer.add(written.attestation.leaf)
            return (sequenced.index, sequenced.isDuplicate)
        } catch let error as TransparencyLogError {
            throw CommandError(log: error)
        }
    }

    func published(_ index: UInt64) async -> Bool {
        await Deadline.run(Self.patience) {
            try await sequencer.published(index)
            return true
        } ?? false
    }

    func close() async {
        if owns { await sequencer.close() }
        await onClose()
    }
}

/// A log that another process writes: `quorate log serve` on this machine.
struct ServerSink: AttestationSink {
    let submitter: LogSubmitter
    let resources: HTTPResources

    /// How often a log that is full is asked again.
    private static let attempts = 20

    func add(_ written: AttestationWriter.Written) async throws -> (index: UInt64, wasThere: Bool?) {
        for _ in 0..<Self.attempts {
            switch try await submitter.add(written.attestation.leaf, waits: false) {
            case .index(let index):
                // The server takes lists only of entries that it has.
                for list in written.references {
                    try await submitter.put(list, .references, digest: sha256(list).hex)
                }
                if let list = written.inputs { try await submitter.put(list, .inputs, digest: sha256(list).hex) }
                return (index, nil)
            case .refused(let why): throw CommandError(.badData, "\(submitter.address): refused: \(why)")
            case .busy(let seconds): try await Task.sleep(for: .seconds(seconds))
            }
        }
        throw CommandError(.busy, "\(submitter.address): takes nothing now; try again later")
    }

    /// The server sees to that by itself.
    func published(_ index: UInt64) async -> Bool { true }

    func close() async { await resources.shutdown() }
}
