import Testing

@testable import GuixFormats

@Suite struct GuixAccessListTests {
    private func entry(_ key: String, tag: String = "(tag (guix import))") -> String { "(entry \(key) \(tag))" }

    private func read(_ entries: String...) throws -> GuixAccessList {
        try GuixAccessList(parsing: [UInt8]("(acl \(entries.joined(separator: "\n ")))".utf8))
    }

    @Test func keysOfAllKindsAreRead() throws {
        let files = try GuixFixture.keyNames.map { try GuixFixture.text("keys/\($0).pub") }
        let list = try read(entry(files[0]), entry(files[1]), entry(files[2]), entry(files[0]))
        #expect(list.keys == (try files.map { try GuixPublicKey(fileContents: [UInt8]($0.utf8)) }))
        #expect(list.notes.isEmpty)
    }

    @Test func entriesThatCannotBeUsedAreNoted() throws {
        let key = try GuixFixture.text("keys/ecc.pub")
        let list = try read(
            entry(key, tag: "(tag (guix export))"), entry("(public-key (dsa (p #01#)))"), "(note)",
            entry("\(key) \(key)"), "(entry \(key))", entry(""), entry(key))
        #expect(list.keys.count == 1)
        #expect(list.notes.count == 6)
        #expect(list.notes[0].hasPrefix("entry 1: not tagged"))
    }

    @Test(arguments: ["", "(acls)", "acl", "(acl", "(acl) (acl)"])
    func whatIsNoListIsRefused(_ text: String) {
        #expect(throws: GuixFormatError(.invalidAccessList, "")) { try GuixAccessList(parsing: [UInt8](text.utf8)) }
    }

    @Test func anEmptyListAuthorisesNobody() throws {
        #expect(try GuixAccessList(parsing: [UInt8]("(acl)".utf8)).keys.isEmpty)
    }
}
