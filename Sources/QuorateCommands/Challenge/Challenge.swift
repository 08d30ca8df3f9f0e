internal import LocalStore
internal import Quorum
internal import StoreFormats
internal import Verification

/// Compares what everybody says about paths.
struct Challenge {
    let inquirer: Inquirer
    let local: LocalTestimony
    /// Answers younger than this many seconds are not asked for again.
    let maximumAge: Int64
    let countsUnsigned: Bool
    /// Whether what differs is read and compared.
    let inspects: Bool
    let terminal: Terminal

    /// An item, and whether the ledger does not tell what its servers say now.
    private struct Draft: Sendable {
        let item: ChallengedItem
        let needsAsking: Bool
    }

    func run(_ paths: [StorePath]) async throws -> ChallengeReport {
        let answers = try await readLocal(paths)
        var report = ChallengeReport()
        let (drafts, trouble) = await ask(paths, answers, maximumAge: maximumAge)
        report.ledgerTrouble = trouble
        var items = drafts.map(\.item)
        // What no known key signed is not kept: it is asked for again, and so is where the contents of what differs are.
        let again = drafts.indices.filter { index in
            drafts[index].needsAsking || (inspects && items[index].result == .mismatch && maximumAge > 0)
        }
        if !again.isEmpty, maximumAge > 0 {
            let (fresh, _) = await ask(again.map { paths[$0] }, answers, maximumAge: 0)
            for (index, draft) in zip(again, fresh) { items[index] = draft.item }
        }
        if inspects { items = try await inspect(items) }
        report.items = items
        return report
    }

    private func readLocal(_ paths: [StorePath]) async throws -> [StorePath: LocalTestimony.Answer] {
        let copies = try await local.copies(of: paths)
        return try await ProgressBar.run(
            terminal, "Reading the disk", total: Int(clamping: local.size(of: copies)), unit: .bytes, plainLines: true
        ) { bar in
            try await local.answers(of: copies) { bar.advance(by: $0) }
        }
    }

    private func ask(
        _ paths: [StorePath], _ answers: [StorePath: LocalTestimony.Answer], maximumAge: Int64
    ) async -> (elements: [Draft], ledgerTrouble: String?) {
        let reader = TestimonyReader(policy: inquirer.policy, caches: inquirer.caches, countsUnsigned: countsUnsigned)
        let inquiry = BatchedInquiry(
            inquirer: inquirer, maximumAge: maximumAge, followsReferences: false, terminal: terminal)
        return await inquiry.run(paths) { path, finding in
            let item = reader.item(path, finding, local: answers[path] ?? LocalTestimony.Answer())
            return Draft(item: item, needsAsking: reader.needsAsking(finding))
        }
    }

    private func inspect(_ items: [ChallengedItem]) async throws -> [ChallengedItem] {
        var items = items
        let differing = items.indices.filter { items[$0].result == .mismatch }
        guard !differing.isEmpty else { return items }
        let bar = ProgressBar(terminal, "Comparing what differs", unit: .bytes, plainLines: true)
        defer { bar.finish() }
        let inspector = Inspector(caches: inquirer.caches) { bar.advance(by: $0) }
        for index in differing { items[index].inspection = try await inspector.inspect(items[index]) }
        return items
    }
}
