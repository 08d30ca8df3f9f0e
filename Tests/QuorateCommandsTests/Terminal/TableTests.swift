import Testing

@testable import QuorateCommands

@Suite struct TableTests {
    private func table(_ overflow: Table.Overflow = .wrap) -> Table {
        var table = Table(columns: [.init("path"), .init("votes", .right), .init("why")], overflow: overflow)
        table.add("hello-2.12", "2", "alice and bob agree on every byte")
        table.add("漢字", "10", "\("nobody", .red)")
        table.add("short")
        return table
    }

    @Test func aPipeGetsEverything() {
        #expect(
            table().rendered(width: nil, color: false) == """
                path        votes  why
                hello-2.12      2  alice and bob agree on every byte
                漢字           10  nobody
                short

                """)
    }

    @Test func theLastColumnWraps() {
        #expect(
            table().rendered(width: 36, color: false) == """
                path        votes  why
                hello-2.12      2  alice and bob
                                   agree on every
                                   byte
                漢字           10  nobody
                short

                """)
    }

    @Test func theLastColumnIsCut() {
        #expect(
            table(.truncate).rendered(width: 36, color: false) == """
                path        votes  why
                hello-2.12      2  alice and bob ag…
                漢字           10  nobody
                short

                """)
    }

    @Test func withoutRoomTheLastColumnGoesBelow() {
        #expect(
            table().rendered(width: 30, color: false) == """
                path        votes
                    why
                hello-2.12      2
                    alice and bob agree on
                    every byte
                漢字           10
                    nobody
                short

                """)
    }

    @Test func colourDoesNotMoveColumns() {
        let lines = table().rendered(width: nil, color: true).split(separator: "\n")
        #expect(lines[0] == "\u{1b}[1mpath\u{1b}[0m        \u{1b}[1mvotes\u{1b}[0m  \u{1b}[1mwhy\u{1b}[0m")
        #expect(lines[2] == "漢字           10  \u{1b}[31mnobody\u{1b}[0m")
    }

    @Test(arguments: [20, 36, 41, 60, 80])
    func linesFit(width: Int) {
        var table = Table(columns: [.init("a"), .init("b")])
        table.add("name", StyledText(String(repeating: "long words ", count: 30)))
        table.add("other", StyledText(String(repeating: "x", count: 300)))
        let lines = table.rendered(width: width, color: false).split(separator: "\n")
        #expect(lines.allSatisfy { String($0).displayWidth <= width })
        #expect(lines.joined().filter { $0 == "x" }.count == 300)
    }

    @Test func cellsAreOneLine() {
        var table = Table(columns: [.init("a"), .init("b", .right)])
        table.add("one\ntwo", "x", "too many")
        #expect(table.rendered(width: nil, color: false) == "a        b\none two  x\n")
        #expect(Table(columns: []).rendered(width: 80, color: true).isEmpty)
        #expect(Table(columns: [.init("only")]).isEmpty)
    }

    @Test func streamsFitTablesToTheirWidth() {
        let test = TestTerminal(columns: 36)
        test.terminal.output.line(table())
        #expect(test.output.text == table().rendered(width: 36, color: false))
        #expect(test.output.writes == 1)
    }
}
