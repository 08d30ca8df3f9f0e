/// The thread that writes tiles and checkpoints. Used by one thread.
final class IntegratorLoop {
    private let integrator: Integrator
    private let backlog: Monitor<Backlog>
    /// Told of trouble, and with nil that it is over.
    private let trouble: (String?) -> Void
    // Bytes of batches that are taken in and whose tiles could not be written yet.
    private var heldByteCount = 0
    private var isTroubled = false

    /// How long after a failure the next attempt is made, when nothing else happens.
    private static let pause = 1000

    init(integrator: Integrator, backlog: Monitor<Backlog>, trouble: @escaping (String?) -> Void) {
        self.integrator = integrator
        self.backlog = backlog
        self.trouble = trouble
    }

    /// Entries that are taken in before work that waits gets its turn: 64 bundles.
    private static let share = 16_384

    private struct Work {
        var batches: [EntryBatch] = []
        var jobs: [@Sendable (Integrator) -> Void] = []
    }

    /// Works until the journal's thread has ended and nothing is left to do.
    func run() {
        while let work = next() {
            for batch in work.batches {
                integrator.add(batch)
                heldByteCount += batch.memory
            }
            if integrator.isBehind || heldByteCount > 0 { flush() }
            for job in work.jobs { job(integrator) }
        }
    }

    private func next() -> Work? {
        func take(_ backlog: inout Backlog) -> Work?? {
            if !backlog.batches.isEmpty || !backlog.jobs.isEmpty {
                // Not all at once, so that checkpoints need not wait until a rush is over.
                var work = Work(jobs: backlog.jobs)
                var count = 0
                while count < Self.share, work.batches.count < backlog.batches.count {
                    let batch = backlog.batches[work.batches.count]
                    work.batches.append(batch)
                    count += batch.count
                }
                backlog.batches.removeFirst(work.batches.count)
                backlog.jobs = []
                return .some(work)
            }
            // Whoever closes a log does not wait for a disk that is full: the journal has it all.
            guard backlog.isEnding else { return nil }
            backlog.isIntegrated = true
            return .some(nil)
        }
        guard isTroubled else { return backlog.wait(take) }
        return backlog.wait(milliseconds: Self.pause, take) ?? Work()
    }

    private func flush() {
        do throws(TransparencyLogError) {
            let integrated = try integrator.flush()
            if isTroubled { trouble(nil) }
            isTroubled = false
            let bytes = heldByteCount
            heldByteCount = 0
            backlog.signal { backlog in
                backlog.integrated = integrated
                backlog.byteCount -= bytes
            }
        } catch {
            if !isTroubled { trouble("entries cannot be put into tiles: \(error.message)") }
            isTroubled = true
        }
    }
}
