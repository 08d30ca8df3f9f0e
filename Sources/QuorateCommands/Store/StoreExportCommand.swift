package import ArgumentParser
internal import DurableFiles
internal import Glibc
internal import LocalStore
internal import StoreFormats
internal import Synchronization

/// `quorate store export`: paths for other stores.
package struct StoreExportCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write paths in the format of 'nix-store --export', or one as a NAR.",
        discussion: """
            'nix-store --import' and 'quorate store import' take the export. Only the paths named are in it, unless
            --closure adds what they refer to.

            Examples:
              quorate store export --closure /nix/store/HASH-hello > hello.export
              quorate store export --closure ./result | ssh host nix-store --import
              quorate store export --nar /nix/store/HASH-hello -o hello.nar
            """.flowing)

    @OptionGroup package var storeOptions: StoreOptions

    @Flag(help: "Write also all that the paths refer to.")
    package var closure = false

    @Flag(help: "Write the NAR of one path, without its name and references.")
    package var nar = false

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: "A new file; by default, and with '-', standard output.",
        completion: .file())
    package var destination: String?

    @Argument(help: "Store paths or links to them; '-' for lines on standard input.", completion: .file())
    package var paths: [String]

    package init() {}

    package func validate() throws {
        guard !nar || (!closure && paths.count == 1) else {
            throw ValidationError("--nar: a NAR holds one path; name one, without --closure")
        }
    }

    package func run() async throws {
        let terminal = Terminal.standard(color: .auto)
        guard ![nil, "-"].contains(destination) || !terminal.output.isTerminal else {
            throw CommandError(.usage, "an export is not for people to read: name a file with -o, or pipe it")
        }
        let store = try await storeOptions.open(toLook: true)
        let wanted = try StorePathArguments.read(paths, in: store.folder)
        let sink = try ByteDestination(destination, terminal)
        do {
            try await CommandError.translating {
                // References first, whatever order was asked for.
                let order = try await store.closureInfos(of: wanted)
                let named = Set(wanted)
                let shipment = Shipment(
                    infos: order.filter { closure || named.contains($0.path) }, place: { store.location(of: $0) })
                try await Blocking.run {
                    nar
                        ? try shipment.writeNars { try sink.write($0) } : try shipment.write { try sink.write($0) }
                }
                try sink.finish()
            }
        } catch {
            sink.discard()
            throw error
        }
    }
}

/// Where a stream of bytes goes: standard output, or a new file that appears when it is complete.
final class ByteDestination: Sendable {
    private let terminal: Terminal
    private let path: String?
    /// The file being written, nil for standard output.
    private let file: Mutex<DurableFile?>

    /// - Parameter path: A new file; nil or `-` for standard output.
    init(_ path: String?, _ terminal: Terminal) throws(CommandError) {
        self.terminal = terminal
        let path = path == "-" ? nil : path
        self.path = path
        guard let path else {
            file = Mutex(nil)
            return
        }
        do {
            file = Mutex(try DurableFile(temporary: "\(path).\(getpid()).new", for: path, mode: 0o644))
        } catch {
            throw CommandError(.cannotWrite, "\(error)")
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        guard path != nil else {
            terminal.output.raw(Array(bytes))
            return try terminal.checkOutput()
        }
        try file.withLock { try $0?.write(bytes) }
    }

    func finish() throws {
        guard let path else { return try terminal.checkOutput() }
        try file.withLock { file in
            do {
                try file?.commitAsNew(path)
            } catch let error as FileFailure where error.code == EEXIST {
                throw CommandError(.cannotWrite, "\(path): is there already")
            }
            file = nil
        }
    }

    /// Leaves nothing behind.
    func discard() { file.withLock { $0?.discard() } }
}
