package import ArgumentParser
internal import LocalStore
internal import StoreFormats
internal import Synchronization
internal import Verification

/// `quorate store verify`: the disk against what was recorded.
package struct StoreVerifyCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Hash paths and compare them with what was recorded when they came.",
        discussion: """
            Without paths, all of the store. What independent builders say of a path is told by 'quorate verify'.

            Exit status: 0 all as recorded, 1 something cannot be read, 2 something is missing or has changed.

            Examples:
              quorate store verify
              quorate store verify --json ./result
            """.flowing)

    @OptionGroup package var storeOptions: StoreOptions
    @OptionGroup package var output: OutputOptions

    @Argument(help: "Store paths or links to them; '-' for lines on standard input.", completion: .file())
    package var paths: [String] = []

    package init() {}

    private struct Document: Encodable {
        struct Entry: Encodable {
            let path: String
            let condition: String
            let foundNarHash: String?
            let foundNarSize: UInt64?
            let reason: String?

            init(_ path: StorePath, _ condition: PathCondition) {
                self.path = path.path
                self.condition = condition.word
                if case .changed(let digest) = condition {
                    (foundNarHash, foundNarSize) = ("sha256:\(digest.hash.hex)", digest.size)
                } else {
                    (foundNarHash, foundNarSize) = (nil, nil)
                }
                if case .unreadable(let reason) = condition { self.reason = reason } else { reason = nil }
            }
        }
        let version: Int
        let intact: Int
        /// Those that are not intact.
        let paths: [Entry]
    }

    package func run() async throws {
        let store = try await storeOptions.open(toLook: true)
        let wanted = paths.isEmpty ? nil : try StorePathArguments.read(paths, in: store.folder)
        let terminal = output.terminal
        let found = Mutex<(intact: Int, others: [StorePath: PathCondition])>((0, [:]))
        try await CommandError.translating {
            let count: Int
            if let wanted { count = wanted.count } else { count = try await store.allPaths().count }
            try await ProgressBar.run(terminal, "Hashing paths", total: count) { bar in
                _ = try await store.verify(wanted) { path, condition in
                    found.withLock { found in
                        if condition == .intact { found.intact += 1 } else { found.others[path] = condition }
                    }
                    bar.advance()
                }
            }
        }
        let (intact, others) = found.withLock { ($0.intact, $0.others.sorted { $0.key < $1.key }) }
        if output.json {
            terminal.output.data(
                try VerdictReport.encode(
                    Document(
                        version: 1, intact: intact, paths: others.map { Document.Entry($0.key, $0.value) })))
        } else {
            for (path, condition) in others {
                terminal.output.line("\(condition.word, [.bold, .red])  \(path)\(condition.details)")
            }
            if !others.isEmpty {
                terminal.errors.line("quorate: docs/store.md says how to get what is damaged or missing back")
            }
            terminal.output.line("\(intact.grouped) of \((intact + others.count).grouped) paths are as recorded")
        }
        try terminal.checkOutput()
        let status = others.map(\.value.status.rawValue).max() ?? 0
        if status != 0 { throw ExitCode(status) }
    }
}

extension PathCondition {
    /// The word in reports.
    var word: String {
        switch self {
        case .intact: "intact"
        case .missing: "missing"
        case .changed: "changed"
        case .unreadable: "unreadable"
        }
    }

    var status: ExitStatus {
        switch self {
        case .intact: .ok
        case .unreadable: .short
        case .missing, .changed: .disagreement
        }
    }

    fileprivate var details: String {
        switch self {
        case .intact, .missing: ""
        case .changed(let digest): ": now \(digest.hash), \(digest.size) bytes"
        case .unreadable(let reason): ": \(reason)"
        }
    }
}
