import ArgumentParser
import Testing

@testable import QuorateCommands

/// Spellings that the documentation uses.
@Suite struct OptionTests {
    @Test(arguments: [["-o", "file"], ["--output", "file"]])
    func outputIsShortened(_ arguments: [String]) throws {
        #expect(try PolicyInitCommand.parse(arguments).destination == "file")
        #expect(try KeyGenerateCommand.parse(["cache.example-1"] + arguments).destination == "file")
    }

    @Test func hyphenIsStandardOutput() throws {
        #expect(try PolicyInitCommand.parse(["-o", "-"]).destination == "-")
    }

    @Test(arguments: [["--policy", "-", "--installed", "-"], ["--root", "relative"], ["--deadline", "0"]])
    func auditRefusesWhatCannotBe(_ arguments: [String]) {
        #expect(throws: (any Error).self) { try AuditCommand.parse(arguments) }
    }
}
