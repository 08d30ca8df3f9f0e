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

    @Test(
        "A build gets memory to run in",
        arguments: [("1", false), ("1K", false), ("16383K", false), ("16M", true), ("2G", true)])
    func memory(_ size: String, _ isTaken: Bool) throws {
        let words = ["--memory", size, "x.drv"]
        if isTaken { #expect(try BuildCommand.parse(words).settings.memory == size) }
        if !isTaken { #expect(throws: (any Error).self) { try BuildCommand.parse(words) } }
    }

    @Test(arguments: [["--policy", "-", "--installed", "-"], ["--root", "relative"], ["--deadline", "0"]])
    func auditRefusesWhatCannotBe(_ arguments: [String]) {
        #expect(throws: (any Error).self) { try AuditCommand.parse(arguments) }
    }
}
