package import ArgumentParser
internal import ClaimSources
internal import TransparencyLog

/// `quorate builder join`: exchanges addresses with another builder.
package struct BuilderJoinCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "join",
        abstract: "Witness and mirror another builder's log, and have it witness and mirror this one's.",
        discussion: """
            Fetches the other's card. From then on the witness and the mirror of 'quorate log serve' accept its log, and
            this machine's log asks its witness and its mirror; so both sides give the command. Compare the fingerprint
            with what the other tells you by another way; --key demands it. Whether anything the other claims counts is
            for your policy to say: the lines for it are printed.

            Examples:
              quorate builder join https://bob.example
              quorate builder join bob.card --key 'bob+5f1e2a90+AQ…'
            """.flowing)

    @OptionGroup package var output: OutputOptions

    @Option(help: ArgumentHelp("The other's verifier key or fingerprint: no other is accepted.", valueName: "key"))
    package var key: String?

    @Option(name: .customLong("as"), help: ArgumentHelp("What the other is called here.", valueName: "name"))
    package var nickname: String?

    @Argument(
        help: ArgumentHelp(
            "The other's address, or a file with its card; '-' for standard input.", valueName: "address|file"),
        completion: .file())
    package var place: String

    package init() {}

    package func validate() throws {
        if let key, !BuilderCard.isKeyWord(key) {
            throw ValidationError(
                "--key: expected a verifier key NAME+HASH+BASE64 or a fingerprint of 64 hexadecimal digits, got '\(key)'"
            )
        }
    }

    package func run() async throws {
        let terminal = output.terminal
        try await CommandError.translating { () async throws in
            let places = try Workplace().places
            let own = try BuilderSite.readCard(places)
            let card = try await fetch()
            if let key, !card.isNamed(by: key) {
                throw CommandError(
                    .badData,
                    "\(place): the card is signed by \(card.builder.text), fingerprint \(card.fingerprint), "
                        + "and not by the key that was demanded")
            }
            let name = try nickname.map(BuilderName.parse) ?? card.name
            let book = PeerBook(folder: places.peers)
            try book.admit(card, as: name, own: own, isPinned: key != nil)
            let report = BuilderReport(card: card, calledHere: name)
            if output.json { return terminal.output.data(try report.json()) }
            report.print(to: terminal)
            terminal.errors.line("")
            if key == nil {
                terminal.errors.line("Compare the fingerprint with \(name) before the lines go into a policy.")
            }
            terminal.errors.line("\(name) joins with: quorate builder join \(own.address)")
        }
        try terminal.checkOutput()
    }

    private func fetch() async throws -> BuilderCard {
        guard place.hasPrefix("http://") || place.hasPrefix("https://") else {
            return try BuilderCard(note: try Files.read(place, limit: BuilderCard.maximumByteCount), from: place)
        }
        let address = try BuilderAddress(place)
        let resources = HTTPResources()
        let bytes: [UInt8]
        do {
            bytes = try await CardFetch.get(address, resources)
            await resources.shutdown()
        } catch {
            await resources.shutdown()
            throw error
        }
        let card = try BuilderCard(note: bytes, from: address.card)
        // A card shown elsewhere would make one builder's keys answer at another's address.
        guard card.address == address else {
            throw CommandError(
                .badData, "\(address.card): the card of the builder at \(card.address); join it there")
        }
        return card
    }
}

/// Gets a card over HTTP.
enum CardFetch {
    static func get(_ address: BuilderAddress, _ resources: HTTPResources) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        try await FileDownload(resources: resources).get(address.card) { part in
            guard bytes.count + part.count <= BuilderCard.maximumByteCount else {
                throw CommandError(.badData, "\(address.card): larger than a card can be")
            }
            bytes += part
        }
        return bytes
    }
}
