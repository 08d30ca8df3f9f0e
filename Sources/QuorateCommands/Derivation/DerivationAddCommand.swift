package import ArgumentParser
internal import LocalStore
internal import StoreFormats

/// `quorate derivation add`: derivations that were written as JSON, into the store.
package struct DerivationAddCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Add derivations written as JSON to the store, and print their paths.",
        discussion: """
            Read is what 'nix derivation show' prints, of Nix 2.8 and of newer ones, and one derivation alone with its
            name, as 'nix derivation add' takes it. Output paths follow from all the rest: wrong ones are refused with
            the right ones named, and --fill puts in the right ones, so that a derivation can be written by hand.
            What it needs has to be in Quorate's store, or in the host's.

            Examples:
              quorate derivation add hello.json
              quorate derivation add --fill hello.json
              nix show-derivation /nix/store/HASH-hello.drv | quorate derivation add -
            """.flowing)

    @OptionGroup package var storeOptions: StoreOptions

    @Flag(help: "Compute the paths of the outputs, and set their variables, whatever they say.")
    package var fill = false

    @Argument(help: "A file; '-' for standard input.", completion: .file())
    package var file = "-"

    package init() {}

    package func run() async throws {
        let terminal = Terminal.standard(color: .auto)
        let bytes = try Files.read(file, limit: Derivation.Limits.standard.bytes * 8)
        let name = file == "-" ? "standard input" : file
        let drafts = try CommandErrorPlace(name).run { try Self.drafts(bytes) }
        guard !drafts.isEmpty else { throw CommandError(.badData, "\(name): no derivation in it") }
        let store = try await storeOptions.open()
        let paths = try await CommandError.translating {
            var desk = DerivationDesk(store: store, fillsOutputs: fill)
            return try await desk.add(drafts)
        }
        try await CommandError.translating { try await store.synchronize() }
        terminal.output.lines(paths.map { "\($0)" })
        try terminal.checkOutput()
    }

    /// The store is seen from the paths.
    private static func drafts(_ bytes: [UInt8]) throws(StoreFormatError) -> [DerivationJSON.Draft] {
        do throws(StoreFormatError) {
            return try DerivationJSON.drafts(bytes, in: .nix)
        } catch {
            guard error.code == .wrongStoreDirectory else { throw error }
            return try DerivationJSON.drafts(bytes, in: .gnu)
        }
    }
}
