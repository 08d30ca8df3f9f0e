package import Quorum
internal import TransparencyLog

extension BuilderCard {
    private static let heading = "quorate/builder-card/v1"

    /// Four keys and an address: far less. It bounds what is read from a stranger.
    package static let maximumByteCount = 8192

    /// Writes a card.
    ///
    /// - Parameter keys: The builder's key signs; of the others the public halves are written.
    /// - Throws: ``CommandError`` of status `badData` for a key that notes cannot have.
    package init(
        name: BuilderName, address: BuilderAddress, keys: BuilderKeys, issued: Timestamp
    ) throws(CommandError) {
        let builder = try keys.builderNoteKey()
        let text = Self.text(
            name: name, address: address, builder: builder, log: keys.log.key, witness: keys.witness.key,
            mirror: keys.mirror.key, issued: issued)
        // Read back, so that what others would refuse is never handed out.
        self = try BuilderCard(note: try keys.sign(text), from: "the card of this machine")
    }

    /// Reads a card and verifies its signature.
    ///
    /// - Parameter place: Where it came from, for errors.
    /// - Throws: ``CommandError`` of status `badData` for every note that is not one, byte by byte, under a signature of
    ///   the builder's key that it names.
    package init(note bytes: [UInt8], from place: String) throws(CommandError) {
        func refuse(_ why: String) -> CommandError { CommandError(.badData, "\(place): not a builder's card: \(why)") }
        guard bytes.count <= Self.maximumByteCount else { throw refuse("larger than \(Self.maximumByteCount) bytes") }
        let note: SignedNote
        do throws(TransparencyLogError) {
            note = try SignedNote(parsing: bytes)
        } catch {
            throw refuse(error.message)
        }
        guard let text = String(validating: note.text, as: UTF8.self) else { throw refuse("not UTF-8") }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
        guard lines.popFirst() == Self.heading[...] else { throw refuse("it does not begin with \(Self.heading)") }
        func take(_ word: String) throws(CommandError) -> String {
            guard let line = lines.popFirst(), line.hasPrefix(word + " ") else { throw refuse("no line '\(word) …'") }
            return String(line.dropFirst(word.count + 1))
        }
        guard let name = BuilderName(try take("name")) else { throw refuse("its name is none") }
        let address = try BuilderAddress(try take("url"))
        func takeKey(_ word: String, _ kind: NoteKey.Kind, name: String?) throws(CommandError) -> NoteKey {
            let text = try take(word)
            let key: NoteKey
            do throws(TransparencyLogError) {
                key = try NoteKey(text)
            } catch {
                throw refuse("\(word): \(error.message)")
            }
            guard key.kind == kind else { throw refuse("the key of '\(word)' is of another kind") }
            // Without this anybody could offer a log under the name of somebody else's.
            guard name == nil || key.name == name else {
                throw refuse("the key of '\(word)' is named \(key.name) and not \(name ?? "")")
            }
            return key
        }
        let builder = try takeKey("builder", .ed25519, name: nil)
        let log = try takeKey("log", .ed25519, name: address.name(.log))
        let witness = try takeKey("witness", .cosignature, name: address.name(.witness))
        let mirror = try takeKey("mirror", .cosignature, name: address.name(.mirror))
        guard let issued = Timestamp(rfc3339: try take("time")) else { throw refuse("its time is none") }
        // Order, spelling, anything: only what would be written again is read.
        let again = Self.text(
            name: name, address: address, builder: builder, log: log, witness: witness, mirror: mirror, issued: issued)
        guard again == text else { throw refuse("not written as cards are") }
        // One raw key for two roles would let a signature made for one stand for the other.
        guard Set([builder, log, witness, mirror].map(\.publicKey)).count == 4 else {
            throw refuse("one key has two roles")
        }
        let signatures: [VerifiedSignature]
        do throws(TransparencyLogError) {
            signatures = try note.verified(by: [builder])
        } catch {
            throw refuse(error.message)
        }
        guard !signatures.isEmpty else { throw refuse("the builder's key did not sign it") }
        self.init(
            name: name, address: address, builder: builder, log: log, witness: witness, mirror: mirror, issued: issued,
            note: bytes)
    }

    private static func text(
        name: BuilderName, address: BuilderAddress, builder: NoteKey, log: NoteKey, witness: NoteKey, mirror: NoteKey,
        issued: Timestamp
    ) -> String {
        """
        \(heading)
        name \(name)
        url \(address)
        builder \(builder.text)
        log \(log.text)
        witness \(witness.text)
        mirror \(mirror.text)
        time \(issued)

        """
    }
}
