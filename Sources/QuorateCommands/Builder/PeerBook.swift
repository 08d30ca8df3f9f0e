internal import DurableFiles
internal import Glibc

/// Another builder that this machine exchanged addresses with.
package struct Peer: Hashable, Sendable {
    /// What it is called here.
    package let name: BuilderName
    package let card: BuilderCard
}

/// The other builders of which cards are kept: a folder with a file for each, named as the builder is called here.
package struct PeerBook: Sendable {
    package let folder: String

    /// More than anybody exchanges cards with; it bounds what a start reads.
    private static let maximumCount = 10_000

    package init(folder: String) { self.folder = folder }

    /// The peers in the order of their names, and in one line each what in the folder cannot be read.
    package func read() -> (peers: [Peer], notes: [String]) {
        var peers: [Peer] = []
        var notes: [String] = []
        let names: [String]
        do throws(FileFailure) {
            names = try Directory.names(in: folder)
        } catch {
            return ([], error.isAbsence ? [] : ["\(error)"])
        }
        // What has a name that no builder can have, such as the temporary file of a card being written, is no card.
        for name in names.compactMap(BuilderName.init).sorted().prefix(Self.maximumCount) {
            do throws(CommandError) {
                peers.append(try peer(name))
            } catch {
                notes.append(error.description)
            }
        }
        return (peers, notes)
    }

    /// - Throws: ``CommandError`` of status `noInput` when there is none of this name.
    package func peer(_ name: BuilderName) throws(CommandError) -> Peer {
        let file = file(of: name)
        let bytes = try Files.read(file, limit: BuilderCard.maximumByteCount)
        return Peer(name: name, card: try BuilderCard(note: bytes, from: file))
    }

    /// Keeps a card, in the place of an older one of the same name.
    func keep(_ card: BuilderCard, as name: BuilderName) throws {
        try Files.makeDirectory(folder)
        try WholeFile.replace(file(of: name), card.note, mode: 0o644)
    }

    /// Forgets a peer.
    /// - Returns: Whether there was one.
    func forget(_ name: BuilderName) throws(CommandError) -> Bool {
        guard unlink(file(of: name)) != 0 else { return true }
        guard errno == ENOENT else {
            throw CommandError(.cannotWrite, "\(FileFailure(file(of: name), "cannot be removed"))")
        }
        return false
    }

    /// A number that changes when the folder does: cards come and go as whole files.
    package func stamp() -> Int64 { FileStatus(path: folder)?.modified ?? 0 }

    private func file(of name: BuilderName) -> String { folder + "/" + name.text }
}
