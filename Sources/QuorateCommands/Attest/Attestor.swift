internal import ClaimSources
internal import Quorum
internal import StoreFormats

/// Puts into the log what this machine built, if the world may know of it.
struct Attestor: Sendable {
    let listing: PublicListing
    let writer: AttestationWriter
    /// Nil where nothing is to be written.
    let sink: (any AttestationSink)?

    /// Entries handed to the log at a time: it writes what comes together in one batch.
    private static let inFlight = 64

    /// - Parameter waits: Whether to wait until all of it is covered by a published checkpoint.
    func attest(_ questions: [(StorePath, BuildQuestion)], waits: Bool) async throws -> AttestReport {
        var entries: [AttestReport.Entry] = []
        var ready: [Int] = []
        for (path, question) in questions {
            switch question {
            case .selfVerifying: entries.append(.init(path: path, build: nil, finding: .selfVerifying))
            case .refused(let why): entries.append(.init(path: path, build: nil, finding: .notBuilt(why)))
            case .built(let build):
                ready.append(entries.count)
                entries.append(.init(path: path, build: build, finding: .ready))
            }
        }
        let standings = await listing.standings(of: Set(ready.map { entries[$0].path }).sorted())
        ready = ready.filter { index in
            guard let standing = standings[entries[index].path], let refusal = Self.refusal(standing) else {
                return true
            }
            entries[index].finding = refusal
            return false
        }
        var report = AttestReport(entries: entries)
        guard let sink else { return report }
        try await add(ready, to: &report, sink)
        let indexes = report.entries.compactMap { entry -> UInt64? in
            if case .attested(let index) = entry.finding { index } else { nil }
        }
        if waits, let last = indexes.max() { report.isPublished = await sink.published(last) }
        return report
    }

    private func add(_ ready: [Int], to report: inout AttestReport, _ sink: any AttestationSink) async throws {
        let builds = ready.map { (index: $0, build: report.entries[$0].build) }
        let writer = writer
        try await withThrowingTaskGroup(of: (Int, AttestReport.Finding).self) { group in
            var rest = builds[...]
            func next() {
                guard let (index, build) = rest.popFirst(), let build else { return }
                group.addTask { (index, try await Self.add(build, writer, sink)) }
            }
            for _ in 0..<Self.inFlight { next() }
            while let (index, finding) = try await group.next() {
                report.entries[index].finding = finding
                next()
            }
        }
    }

    private static func add(
        _ build: LocalBuild, _ writer: AttestationWriter, _ sink: any AttestationSink
    ) async throws -> AttestReport.Finding {
        do {
            let (index, wasThere) = try await sink.add(writer.write(build))
            return wasThere == true ? .known(index: index) : .attested(index: index)
        } catch let error as CancellationError {
            throw error
        } catch {
            return .failed("\(error)")
        }
    }

    private static func refusal(_ standing: PublicListing.Standing) -> AttestReport.Finding? {
        switch standing {
        case .listed, .declared: nil
        case .unlisted:
            .notPublic(
                "no cache of the policy lists it, and a log is public for ever; --public allows it", isFinal: false)
        case .unasked:
            .notPublic(
                "the policy has no cache to ask whether it is public, and a log is for ever; --public allows it",
                isFinal: true)
        case .unknown(let why): .notPublic("whether it is public cannot be found out: \(why)", isFinal: false)
        }
    }
}
