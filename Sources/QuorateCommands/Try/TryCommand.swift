package import ArgumentParser
internal import Logging

/// `quorate try`: the whole main job on this machine, with real builds and a real client.
package struct TryCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "try",
        abstract: "See the whole thing on this machine: three builders, one of them a liar, and a real nix client.",
        discussion: """
            Everything happens below one folder of the cache directory; nothing on the system is changed. Needs nix and,
            the first time, Debian's packages (about 50 MB are downloaded). Ctrl-C ends it.

            Examples:
              quorate try
              quorate try --once
            """.flowing)

    @Flag(help: "Exit at the end instead of serving on.")
    package var once = false

    @Option(help: ArgumentHelp("The folder with the example derivations.", valueName: "folder"), completion: .directory)
    package var examples: String?

    @Option(help: ArgumentHelp("Address and port of the gateway.", valueName: "host:port"))
    package var listen = "127.0.0.1:0"

    @Option(help: "Colour: auto, always or never.")
    package var color = ColorChoice.auto

    package init() {}

    package func validate() throws {
        guard ListenAddress(listen) != nil else {
            throw ValidationError("--listen: expected HOST:PORT, got '\(listen)'")
        }
    }

    package func run() async throws {
        guard let address = ListenAddress(listen) else { throw CommandError(.usage, "--listen: expected HOST:PORT") }
        let environment = Places.environment
        for tool in ["nix", "nix-build", "nix-instantiate"] where !ProgramOutput.exists(tool) {
            throw CommandError(.unavailable, "'\(tool)' is not installed; on Debian: apt-get install nix-bin")
        }
        let layout = TryLayout(environment: environment)
        let examples = ExampleSet(expression: try ExamplesFolder.find(examples), inputs: layout.inputs)
        let terminal = Terminal.standard(color: color)
        do {
            let lock = try TryLock(layout)
            defer { extendLifetime(lock) }
            let tryOut = TryOut(
                layout: layout, examples: examples, path: environment["PATH"] ?? "/usr/bin:/bin", listen: address,
                servesOn: !once, terminal: terminal)
            try await tryOut.run()
        } catch let error as TryError {
            throw CommandError(error.code == .missingTool ? .unavailable : .badData, error.description)
        }
        try terminal.checkOutput()
    }
}
