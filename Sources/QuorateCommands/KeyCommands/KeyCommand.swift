package import ArgumentParser
internal import StoreFormats

/// `quorate key`: signing keys in Nix's format.
package struct KeyCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Make a cache's signing key, or show its public half.",
        subcommands: [KeyGenerateCommand.self, KeyShowCommand.self, KeyBuilderCommand.self])

    package init() {}
}

/// `quorate key generate`.
package struct KeyGenerateCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Make a signing key for a binary cache, in Nix's format.",
        discussion: """
            The secret key goes to a new file that only its owner can read; the public key is printed.

            Example:
              quorate key generate cache.example.org-1 -o /etc/quorate/cache.key
            """)

    @Argument(help: "The key's name, such as cache.example.org-1.")
    package var name: String

    @Option(
        name: [.customShort("o"), .customLong("output")], help: "Where the secret key goes; by default NAME.key here.")
    package var destination: String?

    package init() {}

    package func run() throws {
        let terminal = Terminal.standard(color: .auto)
        let key = try KeyFiles.generate(name: name)
        try Files.create(destination ?? "\(name).key", Array(key.fileContents().utf8), mode: 0o600)
        terminal.output.line("\(key.publicKey.description)")
        try terminal.checkOutput()
    }
}

/// `quorate key show`.
package struct KeyShowCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Print the public half of a secret key, or a public key as it is.",
        discussion: """
            Example:
              quorate key show /etc/quorate/cache.key
            """)

    @Argument(help: "A key file in Nix's format.")
    package var file: String

    package init() {}

    package func run() throws {
        let terminal = Terminal.standard(color: .auto)
        terminal.output.line("\(try KeyFiles.publicKey(in: file).description)")
        try terminal.checkOutput()
    }
}
