package import Quorum
package import TransparencyLog

/// What this machine's builder is, for those who run its log, witness and mirror.
package struct BuilderSite: Sendable {
    package let card: BuilderCard
    package let keys: BuilderKeys
    package let book: PeerBook

    /// Somebody whom this machine's log asks.
    package struct Cosigner: Hashable, Sendable {
        /// What the builder is called here.
        package let name: BuilderName
        package let key: NoteKey
        /// The prefix of its addresses.
        package let url: String
    }

    /// Reads card, keys and peers.
    ///
    /// - Throws: ``CommandError`` of status `noInput` where no builder was set up.
    package static func open(_ workplace: Workplace) throws(CommandError) -> BuilderSite {
        let card = try readCard(workplace.places)
        let keys = try BuilderKeys.read(workplace, address: card.address)
        let own = [try keys.builderNoteKey(), keys.log.key, keys.witness.key, keys.mirror.key]
        guard own == card.allKeys else {
            throw CommandError(
                .badData,
                "\(workplace.places.card): made with other keys than those in \(workplace.places.keys); "
                    + "docs/keys.md says what to do when keys are lost")
        }
        return BuilderSite(card: card, keys: keys, book: PeerBook(folder: workplace.places.peers))
    }

    /// This machine's card, without the secret keys.
    package static func readCard(_ places: Places) throws(CommandError) -> BuilderCard {
        do throws(CommandError) {
            return try BuilderCard(
                note: try Files.read(places.card, limit: BuilderCard.maximumByteCount), from: places.card)
        } catch {
            guard error.status == .noInput else { throw error }
            throw CommandError(
                .noInput, "this machine is no builder yet: quorate builder init NAME --url https://builder.example")
        }
    }

    /// Whose attestations this machine's log takes.
    package var acceptedBuilders: [KeyIdentity] { card.identity.map { [$0] } ?? [] }

    /// The logs that this machine's witness and mirror accept. Its own is not among them: a witness of the one who
    /// writes the log sees nothing that others could rely on.
    package static func witnessedLogs(_ peers: [Peer]) -> [NoteKey] { peers.map(\.card.log) }

    /// The witnesses that this machine's log asks.
    package static func cosigners(_ peers: [Peer]) -> [Cosigner] { peers.map { Cosigner($0, .witness) } }

    /// The mirrors that this machine's log uploads its entries to.
    package static func mirrors(_ peers: [Peer]) -> [Cosigner] { peers.map { Cosigner($0, .mirror) } }

    /// How many of `count` witnesses must have cosigned a checkpoint before it is published: half of them, one at
    /// least. Without any it is published at once.
    ///
    /// More would let few that are down stop the log; which witnesses count is for the policies of readers to say.
    package static func neededCosignatures(of count: Int) -> Int { (count + 1) / 2 }
}

extension BuilderSite.Cosigner {
    init(_ peer: Peer, _ role: BuilderAddress.Role) {
        self.init(name: peer.name, key: peer.card.key(role), url: peer.card.address.url(role))
    }
}
