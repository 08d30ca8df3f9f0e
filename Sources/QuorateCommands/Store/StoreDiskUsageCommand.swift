package import ArgumentParser
internal import LocalStore
internal import StoreFormats
internal import Verification

/// `quorate store du`: what takes the space.
package struct StoreDiskUsageCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "du",
        abstract: "Say how much space paths take, the largest first.",
        discussion: """
            Without paths, all of the store. The space on the disk counts each file once, whatever names it has; it
            differs from the NAR's size because disks give out whole blocks.

            Exit status: 0 done, 1 something cannot be read and is left out.

            Examples:
              quorate store du
              quorate store du --closure /nix/store/HASH-hello
            """.flowing)

    @OptionGroup package var storeOptions: StoreOptions
    @OptionGroup package var output: OutputOptions

    @Flag(help: "Also all that the paths refer to.")
    package var closure = false

    @Argument(help: "Store paths or links to them; '-' for lines on standard input.", completion: .file())
    package var paths: [String] = []

    package init() {}

    private struct Document: Encodable {
        struct Entry: Encodable {
            let path: String
            let diskBytes: UInt64
            let narSize: UInt64
        }
        let version: Int
        let diskBytes: UInt64
        let narSize: UInt64
        let paths: [Entry]
    }

    package func run() async throws {
        let store = try await storeOptions.open(toLook: true)
        let wanted = paths.isEmpty ? nil : try StorePathArguments.read(paths, in: store.folder)
        let terminal = output.terminal
        let (entries, isWhole) = try await CommandError.translating { () async throws -> ([Document.Entry], Bool) in
            var all: [StorePath]
            if let wanted { all = wanted } else { all = try await store.allPaths() }
            if closure { all = try await store.closure(of: all) }
            var entries: [Document.Entry] = []
            var isWhole = true
            // Paths that lie in the host's store take no space in this one.
            for info in try await store.presentInfos(of: all) where info.origin != .host {
                do {
                    let bytes = try await store.diskUsage(of: info.path)
                    entries.append(Document.Entry(path: info.path.path, diskBytes: bytes, narSize: info.narSize))
                } catch let error as LocalStoreError where error.code == .fileSystem {
                    terminal.errors.line("quorate: \("warning", .yellow): left out: \(error.message)")
                    isWhole = false
                }
            }
            return (entries.sorted { ($1.diskBytes, $0.path) < ($0.diskBytes, $1.path) }, isWhole)
        }
        let disk = entries.reduce(0) { $0 + $1.diskBytes }
        let nars = entries.reduce(0) { $0 + $1.narSize }
        if output.json {
            terminal.output.data(
                try VerdictReport.encode(Document(version: 1, diskBytes: disk, narSize: nars, paths: entries)))
        } else {
            var table = Table(
                columns: [Table.Column("on disk", .right), Table.Column("NAR", .right), Table.Column("path")],
                overflow: .truncate)
            for entry in entries {
                table.add("\(ByteSize(entry.diskBytes))", "\(ByteSize(entry.narSize))", "\(entry.path)")
            }
            let all = "\(entries.count.grouped) in all"
            table.add("\(ByteSize(disk), .bold)", "\(ByteSize(nars), .bold)", "\(all, .bold)")
            terminal.output.line(table)
        }
        try terminal.checkOutput()
        if !isWhole { throw ExitCode(ExitStatus.short.rawValue) }
    }
}
