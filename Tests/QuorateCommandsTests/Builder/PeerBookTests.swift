import TestSupport
import Testing

@testable import QuorateCommands

@Suite("Peers")
struct PeerBookTests {
    private let folder: TemporaryFolder
    private let book: PeerBook
    private let own: BuilderCard

    init() throws {
        folder = try TemporaryFolder()
        book = PeerBook(folder: folder.file("peers"))
        own = try BuilderCardTests.card("own", at: "https://own.example")
    }

    private func name(_ text: String) throws -> BuilderName { try #require(BuilderName(text)) }

    private func admit(_ card: BuilderCard, as text: String? = nil, isPinned: Bool = false) throws {
        try book.admit(card, as: text.map { try name($0) } ?? card.name, own: own, isPinned: isPinned)
    }

    @Test("Cards are kept under the names of people's choice") func keeps() throws {
        #expect(book.read().peers.isEmpty)
        let before = book.stamp()
        let bob = try BuilderCardTests.card("bob", at: "https://bob.example")
        let carol = try BuilderCardTests.card("carol", at: "https://carol.example")
        try admit(bob)
        try admit(carol, as: "caro")
        #expect(book.read().peers.map(\.name.text) == ["bob", "caro"])
        #expect(book.read().peers.map(\.card) == [bob, carol])
        #expect(book.stamp() != before)
        #expect(try book.forget(name("bob")))
        #expect(try !book.forget(name("bob")))
        #expect(book.read().peers.map(\.name.text) == ["caro"])
    }

    @Test("This machine's own card, and one with one of its keys, is refused") func ownCard() throws {
        #expect(throws: CommandError.self) { try admit(self.own) }
        let address = try BuilderAddress("https://mirror.example")
        let keys = try BuilderCardTests.keys(address)
        let mine = try BuilderCardTests.keys(BuilderAddress("https://own.example"))
        let own = try BuilderCardTests.card("own", at: "https://own.example", keys: mine)
        let theirs = BuilderKeys(builder: mine.builder, log: keys.log, witness: keys.witness, mirror: keys.mirror)
        let card = try BuilderCardTests.card("other", at: address.url, keys: theirs)
        #expect(throws: CommandError.self) {
            try book.admit(card, as: card.name, own: own, isPinned: true)
        }
    }

    @Test("Nobody takes another's name, address or keys") func impostors() throws {
        let keys = try BuilderCardTests.keys(BuilderAddress("https://bob.example"))
        let bob = try BuilderCardTests.card("bob", at: "https://bob.example", keys: keys)
        try admit(bob)
        let elsewhere = try BuilderCardTests.card("bob", at: "https://mallory.example")
        #expect(throws: CommandError.self) { try admit(elsewhere) }
        #expect(throws: CommandError.self) { try admit(BuilderCardTests.card("eve", at: "https://bob.example")) }
        #expect(throws: CommandError.self) { try admit(bob, as: "eve") }
        #expect(book.read().peers.map(\.card) == [bob])
        // A person who names the new key may.
        try admit(elsewhere, isPinned: true)
        #expect(book.read().peers.map(\.card) == [elsewhere])
    }

    @Test("An old card does not come back") func old() throws {
        let keys = try BuilderCardTests.keys(BuilderAddress("https://bob.example"))
        let first = try BuilderCardTests.card("bob", at: "https://bob.example", keys: keys, time: 1)
        let second = try BuilderCardTests.card("bob", at: "https://bob.example", keys: keys, time: 2)
        try admit(second)
        try admit(second)
        #expect(throws: CommandError.self) { try admit(first, isPinned: true) }
        #expect(book.read().peers.map(\.card) == [second])
    }

    @Test("What is no card is told and takes nothing else away") func damage() throws {
        try admit(BuilderCardTests.card("bob", at: "https://bob.example"))
        try folder.write("peers/carol", "not a card\n")
        try folder.write("peers/.bob.1.new", "left by a crash")
        try folder.write("peers/bob.123.new/x", "a folder")
        let (peers, notes) = book.read()
        #expect(peers.map(\.name.text) == ["bob"])
        #expect(notes.count == 1, "\(notes)")
        #expect(BuilderSite.neededCosignatures(of: 0) == 0)
        #expect([1, 2, 3, 4, 5].map(BuilderSite.neededCosignatures) == [1, 1, 2, 2, 3])
    }
}
