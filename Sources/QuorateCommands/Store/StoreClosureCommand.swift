package import ArgumentParser
internal import LocalStore
internal import StoreFormats
internal import Verification

/// `quorate store closure`: everything that paths need.
package struct StoreClosureCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "closure",
        abstract: "Print paths with all that they refer to, directly or through others.",
        discussion: """
            What is referred to comes before what refers to it, so that paths can be copied in this order.

            Examples:
              quorate store closure /nix/store/HASH-hello
              quorate store closure ./result | quorate verify -
            """.flowing)

    @OptionGroup package var storeOptions: StoreOptions
    @OptionGroup package var output: OutputOptions

    @Argument(help: "Store paths or links to them; '-' for lines on standard input.", completion: .file())
    package var paths: [String]

    package init() {}

    private struct Document: Encodable {
        let version = 1
        let paths: [String]

        private enum CodingKeys: CodingKey { case version, paths }
    }

    package func run() async throws {
        let store = try await storeOptions.open(toLook: true)
        let wanted = try StorePathArguments.read(paths, in: store.folder)
        let closure = try await CommandError.translating { try await store.closure(of: wanted) }
        let terminal = output.terminal
        if output.json {
            terminal.output.data(
                try VerdictReport.encode(Document(paths: closure.map(\.path))))
        } else {
            // A large machine has 100,000 lines: in one piece.
            var lines: [UInt8] = []
            lines.reserveCapacity(closure.count * 80)
            for path in closure {
                lines += path.path.utf8
                lines.append(UInt8(ascii: "\n"))
            }
            terminal.output.raw(lines)
        }
        try terminal.checkOutput()
    }
}
