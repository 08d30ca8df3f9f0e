import ArgumentParser
import Foundation
import Testing

@testable import QuorateCommands

/// What every command says of itself, read as shells and manuals read it.
@Suite("Help of every command")
struct HelpTests {
    /// Written out by the argument parser (`--experimental-dump-help`).
    private struct Dump: Decodable {
        struct Command: Decodable {
            let commandName: String
            let discussion: String?
            let subcommands: [Command]?
            let arguments: [Argument]?
        }

        struct Argument: Decodable {
            let kind: String
            let valueName: String?
            let abstract: String?
            /// A kind's name and what belongs to it.
            let completionKind: [String: Completion]?
        }

        /// Of no interest here.
        struct Completion: Decodable {}

        let command: Command
    }

    private func commands() throws -> [(name: String, command: Dump.Command)] {
        func all(_ command: Dump.Command, _ prefix: String) -> [(name: String, command: Dump.Command)] {
            let name = prefix.isEmpty ? command.commandName : "\(prefix) \(command.commandName)"
            return [(name, command)] + (command.subcommands ?? []).flatMap { all($0, name) }
        }
        return all(try JSONDecoder().decode(Dump.self, from: Data(Quorate._dumpHelp().utf8)).command, "")
    }

    @Test("Paragraphs have no line ends: the terminal's width breaks them")
    func flows() throws {
        let commands = try commands()
        #expect(commands.count > 60)
        for (name, command) in commands {
            let lines = (command.discussion ?? "").split(separator: "\n", omittingEmptySubsequences: false)
            for (line, next) in zip(lines, lines.dropFirst()) {
                let isParagraph = !line.isEmpty && !line.hasPrefix(" ") && !next.isEmpty && !next.hasPrefix(" ")
                #expect(!isParagraph, "\(name): '\(line)' goes on in the next line: end the text with .flowing")
            }
            for line in lines where line.hasPrefix(" ") {
                #expect(line.count <= 80, "\(name): an example that small terminals break: '\(line)'")
            }
        }
    }

    @Test("Whatever names a file or a folder is completed by shells as one")
    func completes() throws {
        let names: Set = [
            "file", "files", "folder", "path", "paths", "targets", "proof", "policy", "output", "store", "name|path",
            "address|file",
        ]
        for (name, command) in try commands() {
            for argument in command.arguments ?? [] where argument.kind != "flag" {
                guard let value = argument.valueName, names.contains(value) else { continue }
                #expect(
                    argument.completionKind != nil,
                    "\(name): \(value) (\(argument.abstract ?? "")) has no completion: .file() or .directory")
            }
        }
    }

    @Test("Lines of a paragraph become one, and examples stay")
    func flowing() {
        let text = """
            One line
            and another.

            Examples:
              quorate a
              quorate b
            The end
            of it.
            """
        #expect(text.flowing == "One line and another.\n\nExamples:\n  quorate a\n  quorate b\nThe end of it.")
        #expect("".flowing == "")
    }
}
