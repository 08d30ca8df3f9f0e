internal import TransparencyLog

extension PeerBook {
    /// Keeps the card of another builder, if it may stand beside what is here.
    ///
    /// - Parameters:
    ///   - own: This machine's card.
    ///   - isPinned: Whether a person named the key: then it may take the place of another.
    /// - Throws: ``CommandError`` for this machine's own card, a key that stands in another's place, or an old card.
    func admit(_ card: BuilderCard, as name: BuilderName, own: BuilderCard, isPinned: Bool) throws {
        let ownKeys = Set(own.allKeys.map(\.publicKey))
        guard card.address.base != own.address.base, ownKeys.isDisjoint(with: card.allKeys.map(\.publicKey)) else {
            throw CommandError(
                .badData, "this is the card of this machine's own builder: its witness never counts for its own log")
        }
        for peer in read().peers where peer.name != name {
            guard Set(peer.card.allKeys.map(\.publicKey)).isDisjoint(with: card.allKeys.map(\.publicKey)) else {
                throw CommandError(
                    .badData,
                    "\(card.address): has a key of \(peer.name), who is here already; "
                        + "'quorate builder leave \(peer.name)' first if it goes by another name now")
            }
            guard peer.card.address.base != card.address.base else {
                throw CommandError(
                    .badData, "\(card.address): the address of \(peer.name), under other keys; ask both who is right")
            }
        }
        if let known = try? peer(name) {
            guard known.card.builder == card.builder || isPinned else {
                throw CommandError(
                    .badData,
                    "\(name) has the key \(known.card.builder.text) here and \(card.builder.text) in this card; "
                        + "ask the other by another way, and give its new key with --key, or this builder another "
                        + "name with --as")
            }
            // A card that was given up must not come back.
            guard known.card.builder != card.builder || known.card.issued <= card.issued else {
                throw CommandError(
                    .badData, "\(name): the card is of \(card.issued), older than that of \(known.card.issued) here")
            }
        }
        try keep(card, as: name)
    }

    /// A peer that somebody asks for by name.
    func known(_ name: BuilderName) throws(CommandError) -> Peer {
        do throws(CommandError) {
            return try peer(name)
        } catch {
            throw error.status == .noInput ? CommandError(.noInput, unknown(name)) : error
        }
    }

    /// What is said of a name that nobody has.
    func unknown(_ name: BuilderName) -> String {
        let names = read().peers.map(\.name.text)
        return "no builder is called \(name) here"
            + (names.isEmpty ? "" : "; known are \(names.joined(separator: ", "))")
    }
}
