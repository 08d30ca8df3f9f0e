package import ArgumentParser
internal import TransparencyLog

/// `quorate witness init`.
package struct WitnessInitCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make the keys of a witness and of a mirror, and print the line for policies.",
        discussion: """
            Keys that are there are kept. The name is the address at which the witness will be reached, without
            https://.

            Example:
              quorate witness init witness.example/w
            """.flowing)

    @Argument(help: "The witness's name.")
    package var name: String

    package init() {}

    package func run() async throws {
        let terminal = Terminal.standard(color: .auto)
        try await CommandError.translating {
            try ServiceName.check(name, "the name")
            let places = try Workplace().places
            try Files.makeDirectory(places.keys)
            let witness = try LogKeyFile.readOrMake(
                BuilderKeys.file(of: .witness, places), name: name, kind: .cosignature)
            _ = try LogKeyFile.readOrMake(
                BuilderKeys.file(of: .mirror, places), name: name + "-mirror", kind: .cosignature)
            let label = name.split { $0 == "/" || $0 == "." }.first.map(String.init) ?? name
            terminal.output.data("witness \(label) \(witness.key.text) https://\(name)\n")
        }
        try terminal.checkOutput()
    }
}
