internal import ClientSetup
internal import Quorum
internal import Verification

extension AuditReport {
    /// Names listed of paths that are no alarm, unless all are asked for.
    private static let sample = 10

    /// - Parameter listsAll: Whether to name every path that is not agreed on.
    func print(to terminal: Terminal, listsAll: Bool, readContents: Bool) {
        let record: StyledText =
            readContents
            ? "contents read and compared with the record"
            : "as the store recorded them; --contents reads the files too"
        terminal.output.line(
            "Installed: \(total.paths.counted("path")), \(ByteSize(total.bytes).description) (\(record))")
        guard !entries.isEmpty else {
            terminal.output.line(
                problems.isEmpty
                    ? "Nothing is installed, so there is nothing to compare." : "No entry of the list could be read.")
            return
        }
        terminal.output.line()
        terminal.output.line(overview)
        printAlarms(to: terminal)
        printSamples(to: terminal, listsAll: listsAll)
    }

    private var overview: Table {
        var table = Table(
            columns: [
                Table.Column("standing"), Table.Column("paths", .right), Table.Column("size", .right),
                Table.Column("share", .right), Table.Column("meaning"),
            ], overflow: .wrap)
        for standing in AuditStanding.allCases {
            let amount = amounts[standing] ?? Amount()
            guard amount.paths > 0 || standing == .agreed || standing == .oneParty else { continue }
            let share = total.bytes > 0 ? Double(amount.bytes) / Double(total.bytes) * 100 : 0
            table.add(
                "\(standing.rawValue, standing.style)", "\(amount.paths.grouped)",
                "\(ByteSize(amount.bytes).description)", "\(percent(share, of: amount))", standing.meaning)
        }
        return table
    }

    /// Whole percents, of bytes; what is there is never rounded to nothing.
    private func percent(_ share: Double, of amount: Amount) -> String {
        if amount.paths == 0 { return "-" }
        if share < 0.5 { return "< 1 %" }
        return "\(Int(share.rounded())) %"
    }

    private func printAlarms(to terminal: Terminal) {
        let alarms = entries.filter(\.standing.isAlarm)
        guard !alarms.isEmpty else { return }
        var table = Table(
            columns: [
                Table.Column("standing"), Table.Column("path"), Table.Column("installed"),
                Table.Column("who states what"),
            ], overflow: .wrap)
        for entry in alarms {
            var words: [StyledText] = []
            if let disk = entry.disk, disk != .matches { words.append(disk.explanation.styled(.red)) }
            if let (verdict, sources) = entry.evidence {
                words.append(VerdictWords.explanation(verdict, sources))
            } else if entry.standing == .revoked {
                words.append("revoked here or by the policy")
            }
            if entry.installed.isBuiltHere { words.append("built on this machine") }
            table.add(
                "\(entry.standing.rawValue, .red)", StyledText(VerificationReport.shortName(entry.installed.subject)),
                StyledText(VerdictWords.shortHash(.storePath(entry.installed.outcome))), words.joined(separator: "; "))
        }
        terminal.output.line()
        terminal.output.line(table)
    }

    private func printSamples(to terminal: Terminal, listsAll: Bool) {
        list("unreadable", entries.filter { $0.standing == .unreadable }, all: true, to: terminal) { entry in
            entry.disk?.explanation ?? ""
        }
        for standing in [AuditStanding.unclaimed, .short, .oneParty, .builtHere] {
            // One party's word is most of a machine today: its names say little.
            guard listsAll || standing == .unclaimed || standing == .short else { continue }
            list("\(standing.rawValue)", entries.filter { $0.standing == standing }, all: listsAll, to: terminal) {
                entry in entry.parties.isEmpty ? "" : "stated by \(entry.parties.joined(separator: ", "))"
            }
        }
    }

    private func list(
        _ title: StyledText, _ entries: [Entry], all: Bool, to terminal: Terminal, note: (Entry) -> StyledText
    ) {
        guard !entries.isEmpty else { return }
        terminal.output.line()
        terminal.output.line("\(entries.count.grouped) " + title + ":")
        let shown = all ? entries[...] : entries.prefix(Self.sample)
        terminal.output.lines(
            shown.map { entry in
                let note = note(entry)
                return "  \(entry.installed.path)" + (note.isEmpty ? "" : "  " + note)
            })
        if shown.count < entries.count {
            terminal.output.line("  and \((entries.count - shown.count).grouped) more (--all names them)")
        }
    }

    /// What went wrong on the way, on standard error.
    func printTroubles(to terminal: Terminal) {
        if let ledgerTrouble { terminal.errors.line("quorate: \("warning", .yellow): \(ledgerTrouble)") }
        for trouble in troubles {
            terminal.errors.line(
                "quorate: \("warning", .yellow): \(trouble.cache): no usable answer about "
                    + "\(trouble.questions.counted("path")): \(trouble.reason)")
        }
        let shown = problems.prefix(Self.sample)
        for problem in shown {
            terminal.errors.line("quorate: \("not audited", .red): \(problem.description)")
        }
        if shown.count < problems.count {
            terminal.errors.line(
                "quorate: and \((problems.count - shown.count).counted("more entry", "more entries")) that cannot be read"
            )
        }
    }
}
