package import ArgumentParser
internal import LocalStore
internal import StoreFormats
internal import Verification

/// `quorate store gc`: removes what nothing keeps.
package struct StoreGarbageCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "gc",
        abstract: "Remove paths that no root needs.",
        discussion: """
            Kept is what roots lead to ('quorate store root'), all that those refer to, the derivations they were built
            from, and what running processes use.

            Examples:
              quorate store gc --dry-run
              quorate store gc --max-freed 10G
            """.flowing)

    @OptionGroup package var storeOptions: StoreOptions
    @OptionGroup package var output: OutputOptions

    @Flag(help: "Only say what would be removed.")
    package var dryRun = false

    @Option(help: ArgumentHelp("Stop when paths of so many bytes are removed (K, M, G, T).", valueName: "size"))
    package var maxFreed: String?

    @Flag(help: "Keep also what the derivations that stay have built.")
    package var keepOutputs = false

    @Flag(help: "Do not keep the derivations of what stays.")
    package var dropDerivations = false

    package init() {}

    package func validate() throws {
        if let maxFreed, SizeArgument.bytes(maxFreed) == nil {
            throw ValidationError("--max-freed: expected a number with K, M, G or T, got '\(maxFreed)'")
        }
    }

    package func run() async throws {
        let store = try await storeOptions.open(toLook: true)
        let options = GCOptions(
            keepsDerivations: !dropDerivations, keepsOutputs: keepOutputs, isDryRun: dryRun,
            maximumBytes: maxFreed.flatMap { SizeArgument.bytes($0) })
        let result = try await CommandError.translating { try await store.collectGarbage(options) }
        try GarbageReport(result, isDryRun: dryRun).print(to: output.terminal, json: output.json)
    }
}

/// `quorate store delete`.
package struct StoreDeleteCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Remove these paths, unless something needs them.")

    @OptionGroup package var storeOptions: StoreOptions
    @OptionGroup package var output: OutputOptions

    @Argument(help: "Store paths; '-' for lines on standard input.", completion: .file())
    package var paths: [String]

    package init() {}

    package func run() async throws {
        let store = try await storeOptions.open(toLook: true)
        let wanted = try StorePathArguments.read(paths, in: store.folder)
        let result = try await CommandError.translating { try await store.delete(wanted) }
        try GarbageReport(result, isDryRun: false).print(to: output.terminal, json: output.json)
    }
}

/// What was removed, as it is told.
struct GarbageReport: Encodable {
    let version = 1
    let isDryRun: Bool
    let removed: [String]
    let narBytes: UInt64
    let leftovers: Int
    let kept: Int

    private enum CodingKeys: String, CodingKey {
        case version, isDryRun = "dryRun", removed, narBytes, leftovers, kept
    }

    init(_ result: GCResult, isDryRun: Bool) {
        self.isDryRun = isDryRun
        removed = result.removed.map(\.path)
        narBytes = result.narBytes
        leftovers = result.leftovers
        kept = result.kept
    }

    func print(to terminal: Terminal, json: Bool) throws {
        if json {
            terminal.output.data(try VerdictReport.encode(self))
        } else {
            terminal.output.lines(removed.map { "\($0)" })
            let words = isDryRun ? "would be removed" : "removed"
            let rest: StyledText = leftovers > 0 ? ", and \(leftovers.counted("leftover"))" : ""
            terminal.output.line(
                "\(removed.count.counted("path")) of \(ByteSize(narBytes)) \(words)" + rest + "; \(kept.grouped) stay")
        }
        try terminal.checkOutput()
    }
}
