import Quorum
import StoreFormats
import TestSupport
import Testing
import TransparencyLog

@testable import QuorateCommands

@Suite("Builders' cards")
struct BuilderCardTests {
    /// The keys of a builder at an address, new each time.
    static func keys(_ address: BuilderAddress) throws -> BuilderKeys {
        BuilderKeys(
            builder: try .generate(name: "quorate-builder-test"),
            log: try .generate(name: address.name(.log), kind: .ed25519),
            witness: try .generate(name: address.name(.witness), kind: .cosignature),
            mirror: try .generate(name: address.name(.mirror), kind: .cosignature))
    }

    static func card(
        _ name: String = "alice", at url: String = "https://alice.example/q", keys: BuilderKeys? = nil, time: Int64 = 0
    ) throws -> BuilderCard {
        let address = try BuilderAddress(url)
        return try BuilderCard(
            name: try #require(BuilderName(name)), address: address, keys: keys ?? Self.keys(address),
            issued: Timestamp(secondsSince1970: 1_790_000_000 + time))
    }

    @Test("What is written is read") func roundTrip() throws {
        let card = try Self.card()
        let again = try BuilderCard(note: card.note, from: "test")
        #expect(again == card)
        #expect(card.address.url == "https://alice.example/q")
        #expect(card.log.name == "alice.example/q/log")
        #expect(card.fingerprint.count == 79)
        #expect(card.isNamed(by: card.fingerprint))
        #expect(card.isNamed(by: card.fingerprint.filter { $0 != " " }))
        #expect(card.isNamed(by: card.builder.text))
        #expect(!card.isNamed(by: card.log.text))
    }

    @Test("The lines are those of a policy") func lines() throws {
        let text = try Self.card().policyLines().joined(separator: "\n") + "\nquorum nix alice\nquorum none\n"
        let policy = try Policy.parse(text)
        #expect(policy.builders.map(\.name) == ["alice"])
        #expect(policy.witnesses.map(\.name) == ["alice-witness"])
        #expect(policy.logs.map(\.url) == ["https://alice.example/q/log"])
    }

    /// Cards whose text was changed and signed again by the same builder: what others could hand out.
    @Test(
        "A card that is not written as cards are is refused, whoever signed it",
        arguments: [
            "heading", "name", "reserved", "url", "url-case", "url-slash", "other-log", "other-witness", "kind",
            "one-key", "time", "order", "more", "space", "without",
        ])
    func refused(_ change: String) throws {
        let address = try BuilderAddress("https://alice.example")
        let keys = try Self.keys(address)
        let card = try Self.card(at: address.url, keys: keys)
        let text = String(decoding: try SignedNote(parsing: card.note).text, as: UTF8.self)
        let other = try Self.keys(BuilderAddress("https://mallory.example"))
        let impostor = try NoteSigner.generate(name: "alice.example/mirror", kind: .ed25519)
        let twin = try NoteKey(
            name: card.mirror.name, kind: .cosignature, publicKey: card.witness.publicKey)
        let changed =
            switch change {
            case "heading": text.replacing("card/v1", with: "card/v2")
            case "name": text.replacing("name alice", with: "name a/../b")
            case "reserved": text.replacing("name alice", with: "name none")
            case "url": text.replacing("url https", with: "url ftp")
            case "url-case": text.replacing("url https://alice", with: "url https://Alice")
            case "url-slash": text.replacing("alice.example\n", with: "alice.example/\n")
            case "other-log": text.replacing(card.log.text, with: other.log.key.text)
            case "other-witness": text.replacing(card.witness.text, with: other.witness.key.text)
            case "kind": text.replacing(card.mirror.text, with: impostor.key.text)
            case "one-key": text.replacing(card.mirror.text, with: twin.text)
            case "time": text.replacing("\ntime ", with: "\ntime +")
            case "order": text.replacing("\nwitness", with: "\nmirrox").replacing("\nmirror", with: "\nwitness")
            case "more": text + "more of it\n"
            case "space": text.replacing("name alice", with: "name  alice")
            default: text.replacing("\nmirror ", with: "\n")
            }
        #expect(changed != text)
        #expect(throws: CommandError.self) { try BuilderCard(note: try keys.sign(changed), from: "test") }
    }

    @Test("A card needs the signature of the key that it names") func signature() throws {
        let address = try BuilderAddress("https://alice.example")
        let card = try Self.card(at: address.url)
        let text = String(decoding: try SignedNote(parsing: card.note).text, as: UTF8.self)
        #expect(throws: CommandError.self) { try BuilderCard(note: try Self.keys(address).sign(text), from: "test") }
        #expect(throws: CommandError.self) { try BuilderCard(note: Array(text.utf8), from: "test") }
        #expect(throws: CommandError.self) { try BuilderCard(note: card.note + [0x0A], from: "test") }
        let long = card.note + [UInt8](repeating: 0x61, count: BuilderCard.maximumByteCount)
        #expect(throws: CommandError.self) { try BuilderCard(note: long, from: "test") }
    }

    @Test("No byte can be changed") func everyByte() throws {
        let card = try Self.card()
        var generator = SeededGenerator(seed: 4)
        for index in card.note.indices {
            var note = card.note
            note[index] ^= UInt8.random(in: 1...255, using: &generator)
            // A line feed that goes may make two lines one, and so on: whatever it is, it is not this card.
            #expect((try? BuilderCard(note: note, from: "test")) == nil)
            note = card.note
            note.remove(at: index)
            #expect((try? BuilderCard(note: note, from: "test")) == nil)
        }
    }

    @Test(
        "Addresses have one spelling",
        arguments: [
            ("https://alice.example", "https://alice.example", "alice.example"),
            ("https://Alice.Example/", "https://alice.example", "alice.example"),
            ("https://alice.example:443/a/b/", "https://alice.example/a/b", "alice.example/a/b"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080", "127.0.0.1:8080"),
            ("http://[::1]:80/~x", "http://[::1]/~x", "[::1]/~x"),
        ])
    func address(text: String, url: String, base: String) throws {
        let address = try BuilderAddress(text)
        #expect(address.url == url)
        #expect(address.base == base)
        #expect(try BuilderAddress(address.url) == address)
    }

    @Test(
        "What is no address, or cannot be part of a key's name, is refused",
        arguments: [
            "alice.example", "ftp://alice.example", "https://", "https://alice.example/a+b", "https://a.example/a b",
            "https://a.example/%41", "https://a.example/x?y", "https://me@a.example", "https://a.example/a//b",
            "https://a.example/../b", "https://a.example/\u{e4}",
            "https://a.example/" + String(repeating: "x", count: 300),
        ])
    func noAddress(_ text: String) {
        #expect(throws: CommandError.self) { try BuilderAddress(text) }
    }
}
