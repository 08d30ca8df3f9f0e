import Testing

@testable import Building

@Suite struct GuixMirrorsTests {
    private func addresses(_ text: String, mirrors: String = "()") throws -> [String] {
        try GuixMirrors.addresses(Array(text.utf8), mirrors: GuixMirrors.mirrors(Array(mirrors.utf8)))
    }

    @Test(
        arguments: [
            (#""https://a.example/x""#, ["https://a.example/x"]), (#"("a" "b")"#, ["a", "b"]), ("()", []),
            (#" ( "a\\\"b" ) "#, [#"a\"b"#]),
            (#"("mirror://gnu/x/y.tar" "z")"#, ["https://one/x/y.tar", "ftp://two/gnu/x/y.tar", "z"]),
            (#""mirror://none/x""#, []), (#""mirror://gnu""#, ["https://one/", "ftp://two/gnu/"]),
        ] as [(String, [String])])
    func reads(_ text: String, _ expected: [String]) throws {
        let mirrors = #"((gnu "https://one/" "ftp://two/gnu") (other "x"))"#
        #expect(try addresses(text, mirrors: mirrors) == expected)
    }

    @Test(arguments: ["", "x", "(", "(\"a\"", "\"a", ")", "(a b)", "\"a\" \"b\"", "\"\\n\"", "((\"a\"))"])
    func refuses(_ text: String) {
        #expect(throws: BuildingError(.invalidAttribute, "")) { try addresses(text) }
    }

    @Test(arguments: ["\"x\"", "(x)", "((\"x\"))", "(())"])
    func refusesMirrors(_ text: String) {
        #expect(throws: BuildingError(.invalidAttribute, "")) { try addresses("()", mirrors: text) }
    }

    @Test func refusesDeepNesting() {
        let text = String(repeating: "(", count: 100_000)
        #expect(throws: BuildingError(.invalidAttribute, "")) { try addresses(text) }
    }
}
