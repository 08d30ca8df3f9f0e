package import ArgumentParser
internal import GuixFormats
internal import StoreFormats
internal import TransparencyLog

/// `quorate key`: signing keys in Nix's and Guix's formats.
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
        abstract: "Make a signing key for a binary cache, in Nix's or Guix's format.",
        discussion: """
            The secret key goes to a new file that only its owner can read; the public key is printed. For Nix the \
            key has a name. With --guix it has none and is one such as 'guix archive --generate-key' makes; what is \
            printed is what 'guix archive --authorize' reads.

            Examples:
              quorate key generate cache.example.org-1 -o /etc/quorate/cache.key
              quorate key generate --guix -o /etc/quorate/signing-key.sec > signing-key.pub
            """.flowing)

    @Flag(help: "Make a key for Guix.")
    package var guix = false

    @Argument(help: "The key's name, such as cache.example.org-1; with --guix none.")
    package var name: String?

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: "Where the secret key goes; by default NAME.key here, with --guix signing-key.sec.", completion: .file())
    package var destination: String?

    package init() {}

    package func validate() throws {
        if guix, name != nil { throw ValidationError("Guix's keys have no names: leave the name out") }
        if !guix, name == nil { throw ValidationError("the key needs a name, such as cache.example.org-1; or --guix") }
    }

    package func run() throws {
        let terminal = Terminal.standard(color: .auto)
        if let name, !guix {
            let key = try KeyFiles.generate(name: name)
            try Files.create(destination ?? "\(name).key", Array(key.fileContents().utf8), mode: 0o600)
            terminal.output.line("\(key.publicKey.description)")
        } else {
            let key = try KeyFiles.generateGuix()
            try Files.create(destination ?? "signing-key.sec", key.fileContents(), mode: 0o600)
            terminal.output.data(String(decoding: key.publicKey.fileContents, as: UTF8.self))
        }
        try terminal.checkOutput()
    }
}

/// `quorate key show`.
package struct KeyShowCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Print the public half of a secret key, or a public key as it is.",
        discussion: """
            A key of Guix is printed as 'guix archive --authorize' reads it, that of a log, a witness, a mirror or a
            signer of policies as policies have it.

            Examples:
              quorate key show /etc/quorate/cache.key
              quorate key show /srv/log.key
              quorate key show /etc/guix/signing-key.sec | guix archive --authorize
            """.flowing)

    @Argument(
        help: "A key file in Nix's or Guix's format, or that of signed notes; '-' for standard input.",
        completion: .file())
    package var file: String

    package init() {}

    package func run() throws {
        let terminal = Terminal.standard(color: .auto)
        switch try KeyFiles.anyPublicKey(in: file) {
        case .nix(let key): terminal.output.line("\(key.description)")
        case .guix(let key): terminal.output.data(String(decoding: key.fileContents, as: UTF8.self))
        case .note(let key): terminal.output.line("\(key.text)")
        }
        try terminal.checkOutput()
    }
}
