internal import Quorum
internal import TransparencyLog
internal import Verification

/// A builder and its peers, as commands tell about them.
struct BuilderReport {
    let card: BuilderCard
    /// What it is called here, when not by its own name.
    var calledHere: BuilderName?
    var peers: [Peer] = []

    // MARK: - Text

    /// The builder itself, then its peers in a table.
    func print(to terminal: Terminal) {
        terminal.output.line("\("builder", .bold)      \(calledHere ?? card.name) at \(card.address)")
        terminal.output.line("\("fingerprint", .bold)  \(card.fingerprint)")
        terminal.output.line("")
        terminal.output.line("Lines for the policies of those who count this builder:")
        Self.printLines(card.policyLines(as: calledHere), to: terminal)
        guard !peers.isEmpty else { return }
        terminal.output.line("")
        var table = Table(
            columns: [Table.Column("peer"), Table.Column("address"), Table.Column("fingerprint")], overflow: .wrap)
        for peer in peers {
            table.add([
                StyledText(peer.name.text), StyledText(peer.card.address.url), StyledText(peer.card.fingerprint),
            ])
        }
        terminal.output.line(table)
    }

    /// Lines to be copied: never wrapped, nothing before them.
    static func printLines(_ lines: [String], to terminal: Terminal) {
        for line in lines { terminal.output.data(line + "\n") }
    }

    // MARK: - JSON

    private struct Document: Encodable {
        let version = 1
        let builder: Builder
        let peers: [Builder]
    }

    struct Builder: Encodable {
        let name: String
        let url: String
        let fingerprint: String
        let keys: Keys
        let issued: String
        let policy: [String]

        struct Keys: Encodable {
            let builder: String
            let log: String
            let witness: String
            let mirror: String
        }

        init(_ card: BuilderCard, as name: BuilderName? = nil) {
            self.name = (name ?? card.name).text
            url = card.address.url
            fingerprint = card.fingerprint.filter { $0 != " " }
            keys = Keys(
                builder: card.builder.text, log: card.log.text, witness: card.witness.text, mirror: card.mirror.text)
            issued = card.issued.description
            policy = card.policyLines(as: name)
        }
    }

    func json() throws -> [UInt8] {
        try VerdictReport.encode(
            Document(builder: Builder(card, as: calledHere), peers: peers.map { Builder($0.card, as: $0.name) }))
    }
}
