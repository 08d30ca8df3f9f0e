package import ArgumentParser
internal import Attestations
internal import ClaimSources
internal import TransparencyLog

/// `quorate log add`: puts signed attestations into a log.
package struct LogAddCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Add signed attestations to a log and print their indexes.",
        discussion: """
            A file has one canonical DSSE envelope on each line, as *.intoto.jsonl bundles do. What was printed is on
            the log's disk; what the log had before gets its old index. With --to the log is asked over HTTP, otherwise
            its folder is written, which nobody else may do at the same time.

            Examples:
              quorate log add attestations.intoto.jsonl
              quorate log add --to https://logs.example/builds - < attestations.intoto.jsonl
            """.flowing)

    @OptionGroup package var log: LogFolderOptions

    @Option(help: ArgumentHelp("The address of a log that takes entries.", valueName: "url"))
    package var to: String?

    @Flag(help: "Wait until a checkpoint with the cosignatures that the log needs covers them.")
    package var wait = false

    @Argument(
        help: ArgumentHelp("Files with attestations; '-' for standard input.", valueName: "file"), completion: .file())
    package var files: [String]

    package init() {}

    /// Entries on their way at a time: enough that one flush of the disk takes many.
    private static let inFlight = 256

    package func run() async throws {
        let terminal = Terminal.standard(color: .auto)
        try await CommandError.translating {
            let leaves = try files.flatMap { try read($0) }
            if let to {
                try await send(leaves, to: to, terminal)
            } else {
                try await write(leaves, terminal)
            }
        }
        try terminal.checkOutput()
    }

    /// The lines of a file, each an envelope as the log wants it.
    private func read(_ file: String) throws -> [[UInt8]] {
        let bytes = try Files.read(file, limit: 1 << 30)
        var leaves: [[UInt8]] = []
        for (number, line) in bytes.split(separator: UInt8(ascii: "\n")).enumerated() {
            do throws(AttestationError) {
                leaves.append(try Envelope(parsing: Array(line)).bytes)
            } catch {
                let place = file == "-" ? "standard input" : file
                throw CommandError(.badData, "\(place), line \(number + 1): \(error.message)")
            }
        }
        return leaves
    }

    private func write(_ leaves: [[UInt8]], _ terminal: Terminal) async throws {
        let places = try Workplace().places
        let directory = try log.directory(places)
        let signer = try log.signer(places)
        let sequencer: Sequencer
        do throws(TransparencyLogError) {
            sequencer = try await Sequencer.open(directory, signer: signer)
        } catch {
            guard error.code == .busy else { throw error }
            throw CommandError(.busy, "\(error.message); a log that is served takes entries with --to ADDRESS")
        }
        do {
            var last: UInt64?
            for start in stride(from: 0, to: leaves.count, by: Self.inFlight) {
                let part = leaves[start..<min(start + Self.inFlight, leaves.count)]
                let indexes = try await withThrowingTaskGroup(of: (Int, UInt64).self) { group in
                    for (position, leaf) in zip(part.indices, part) {
                        group.addTask { (position, try await sequencer.add(leaf).index) }
                    }
                    var indexes: [Int: UInt64] = [:]
                    for try await (position, index) in group { indexes[position] = index }
                    return indexes
                }
                for position in part.indices {
                    if let index = indexes[position] { terminal.output.data("\(index)\n") }
                }
                last = max(last ?? 0, indexes.values.max() ?? 0)
            }
            if wait, let last { try await sequencer.published(last) }
        } catch {
            await sequencer.close()
            throw error
        }
        await sequencer.close()
    }

    private func send(_ leaves: [[UInt8]], to url: String, _ terminal: Terminal) async throws {
        let resources = HTTPResources()
        do {
            let submitter = try LogSubmitter(url, resources: resources)
            for leaf in leaves {
                var isDone = false
                while !isDone {
                    switch try await submitter.add(leaf, waits: wait) {
                    case .index(let index):
                        terminal.output.data("\(index)\n")
                        isDone = true
                    case .refused(let why): throw CommandError(.badData, "\(url): refused: \(why)")
                    case .busy(let seconds): try await Task.sleep(for: .seconds(seconds))
                    }
                }
            }
        } catch {
            await resources.shutdown()
            throw error
        }
        await resources.shutdown()
    }
}
