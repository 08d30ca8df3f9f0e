package import ArgumentParser
internal import LocalStore
internal import StoreFormats
internal import Verification

/// `quorate store list`: what is in the store.
package struct StoreListCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the store's paths with their sizes and where they came from.",
        discussion: """
            Sizes are those of the NARs. Where a path came from: built here, substituted from caches, added or imported,
            or lying in the host's store.

            Examples:
              quorate store list
              quorate store list --paths | quorate verify -
              quorate store list --json
            """.flowing)

    @OptionGroup package var storeOptions: StoreOptions
    @OptionGroup package var output: OutputOptions

    @Flag(help: "Print the paths alone, one on each line.")
    package var paths = false

    package init() {}

    package func validate() throws {
        guard !paths || !output.json else { throw ValidationError("--paths and --json: choose one") }
    }

    package func run() async throws {
        let store = try await storeOptions.open(toLook: true)
        let infos = try await CommandError.translating {
            let all = try await store.allPaths()
            let known = try await store.infos(of: all)
            return all.compactMap { known[$0] }
        }
        let terminal = output.terminal
        if output.json {
            terminal.output.data(try VerdictReport.encode(StoreDocument(paths: infos.map { PathReport($0) })))
        } else if paths {
            terminal.output.lines(infos.map { "\($0.path)" })
        } else {
            Self.print(infos, to: terminal)
        }
        try terminal.checkOutput()
    }

    private static func print(_ infos: [PathInfo], to terminal: Terminal) {
        if !infos.isEmpty {
            var table = Table(
                columns: [Table.Column("size", .right), Table.Column("origin"), Table.Column("path")],
                overflow: .truncate)
            for info in infos { table.add("\(ByteSize(info.narSize))", "\(info.origin.rawValue)", "\(info.path)") }
            terminal.output.line(table)
        }
        let bytes = infos.reduce(0) { $0 + $1.narSize }
        terminal.output.line("\(infos.count.counted("path")), \(ByteSize(bytes))")
    }
}

/// What `store list --json` and `store show --json` print.
struct StoreDocument: Encodable {
    /// Within one version fields are only ever added.
    let version = 1
    let paths: [PathReport]

    private enum CodingKeys: CodingKey { case version, paths }
}

/// A path of the store as JSON.
struct PathReport: Encodable {
    let path: String
    let origin: String
    let narHash: String
    let narSize: UInt64
    let references: [String]
    let deriver: String?
    let contentAddress: String?
    let registeredAt: String
    let signatures: [String]
    /// The rest is for `show`: it takes a question each.
    var location: String?
    var closureSize: UInt64?
    var referrers: [String]?

    init(_ info: PathInfo) {
        path = info.path.path
        origin = info.origin.rawValue
        narHash = "sha256:\(info.narHash.hex)"
        narSize = info.narSize
        references = info.references.map(\.path)
        deriver = info.deriver?.path
        contentAddress = info.contentAddress?.description
        registeredAt = "\(SystemClock.timestamp(info.registeredAt))"
        signatures = info.signatures.map(\.description)
    }
}
