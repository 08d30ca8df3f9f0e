package import ArgumentParser
internal import GuixFormats
internal import LocalStore
internal import StoreFormats
internal import Verification

/// What `--compression` takes: the formats that can be written, the recommended ones first.
package enum CompressionChoice: String, ExpressibleByArgument, CaseIterable, Sendable {
    case none, zstd, xz, gzip, bzip2, br

    /// The narinfos' word for it.
    var compression: NarInfo.Compression { NarInfo.Compression(rawValue: rawValue) ?? .none }
}

/// Which key signs, and what.
package struct CacheSigningOptions: ParsableArguments {
    @Option(
        name: [.customShort("k"), .long],
        help: ArgumentHelp("The secret key that signs, from 'quorate key generate'.", valueName: "file"),
        completion: .file())
    package var key: String?

    @Flag(help: "Sign also what this store did not build: whoever trusts the key then trusts where it came from.")
    package var signAll = false

    package init() {}

    package func validate() throws {
        guard !signAll || key != nil else {
            throw ValidationError("--sign-all: there is nothing to sign with; give --key")
        }
    }

    func signer() throws(CommandError) -> CacheSigner {
        CacheSigner(key: try secretKey(), signsAll: signAll)
    }

    /// The same for Guix's clients, whose keys are s-expressions.
    func guixSigner() throws(CommandError) -> GuixSigner {
        guard let key else { return GuixSigner(key: nil, signsAll: false) }
        return GuixSigner(key: try KeyFiles.guixSecretKey(in: key), signsAll: signAll)
    }

    func secretKey() throws(CommandError) -> NixSecretKey? {
        guard let key else { return nil }
        return try KeyFiles.nixSecretKey(in: key)
    }
}

/// `quorate store publish`: paths as a signed binary cache in a folder.
package struct StorePublishCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "publish",
        abstract: "Write paths and all they refer to as a signed binary cache into a folder.",
        discussion: """
            Any web server can serve the folder, and Nix takes it as file://FOLDER. What is there already stays, with
            all its signatures, so that a cache grows with every call. The key signs what this store built and what its
            path commits to; other paths keep the signatures that they came with.

            With --guix the folder is for clients of Guix, and the key is one of Guix's. With --hash-only too, there are
            no NARs, and what the key states lies below hashes/, for policies and for 'guix challenge'.

            Examples:
              quorate store publish --to /srv/cache --key cache.key ./result
              quorate store publish --to /srv/guix --guix --key guix.key \\
                  /gnu/store/...-hello-2.12
              quorate store publish --to /srv/guix --guix --key guix.key \\
                  --compression xz --compression gzip --all
              quorate store publish --to cache --key cache.key --compression xz --all
            """.flowing)

    @OptionGroup package var storeOptions: StoreOptions
    @OptionGroup package var signing: CacheSigningOptions
    @OptionGroup package var output: OutputOptions

    @Option(
        help: ArgumentHelp("The cache's folder; made where it is new.", valueName: "folder"), completion: .directory)
    package var to: String

    @Option(
        help: ArgumentHelp(
            "How NARs are compressed; zstd by default. With --guix it may be given several times; zstd and gzip by default.",
            valueName: "format"))
    package var compression: [CompressionChoice] = []

    @Option(help: "The format's level, from fast to small; by default what its own tool takes.")
    package var level: Int?

    @Option(help: "How many paths are compressed at a time; by default one for each processor.")
    package var jobs: Int?

    @Option(help: "How early clients ask this cache: lower numbers before higher ones.")
    package var priority = 40

    @Flag(name: .customLong("no-listings"), help: "Leave out the lists of files (HASH.ls).")
    package var leavesListingsOut = false

    @Flag(name: .customLong("no-logs"), help: "Leave out the logs of the builds.")
    package var leavesLogsOut = false

    @Flag(help: "Publish also the derivations that the paths were built from, where the store has them.")
    package var derivations = false

    @Flag(help: "Publish all of the store: of /nix/store, or with --guix or --gnu of /gnu/store.")
    package var all = false

    @Flag(help: "With --all: /gnu/store, not /nix/store.")
    package var gnu = false

    @Flag(help: "Publish for clients of Guix.")
    package var guix = false

    @Flag(help: "With --guix: state hashes, and give no NARs.")
    package var hashOnly = false

    @Argument(help: "Store paths or links to them; '-' for lines on standard input.", completion: .file())
    package var paths: [String] = []

    package init() {}

    package func validate() throws {
        guard all == paths.isEmpty else { throw ValidationError("name the paths to publish, or --all; not both") }
        guard (1...1024).contains(jobs ?? 1) else { throw ValidationError("--jobs: from 1 to 1024") }
        guard (0...Int(Int32.max)).contains(priority) else { throw ValidationError("--priority: 0 or above") }
        guard all || !gnu else {
            throw ValidationError("--gnu goes with --all; paths say by themselves where they are")
        }
        guard guix || compression.count <= 1 else {
            throw ValidationError("--compression: Nix knows one for each path; give it once")
        }
        guard guix || !hashOnly else { throw ValidationError("--hash-only goes with --guix") }
        guard !hashOnly || signing.key != nil else {
            throw ValidationError("--hash-only: hashes that nobody signs say nothing; give --key")
        }
    }

    package func run() async throws {
        let terminal = output.terminal
        let key = guix ? nil : try signing.secretKey()
        let guixSigner = guix ? try signing.guixSigner() : nil
        let publicKey = key?.publicKey.description ?? guixSigner?.key?.publicKey.hexadecimal
        let store = try await storeOptions.open(toLook: true)
        let named = all ? [] : try StorePathArguments.read(paths, in: store.folder)
        let folder = try Files.absolute(to)
        let options = PublishOptions(
            compression: (compression.first ?? .zstd).compression, level: level, signsAll: signing.signAll,
            writesListings: !leavesListingsOut, logFolder: leavesLogsOut ? nil : store.folder + "/log",
            priority: priority, jobs: jobs ?? Processors.count)
        let publish: @Sendable ([StorePath], @escaping @Sendable () -> Void) async throws -> PublishReport
        if let guixSigner {
            let publisher = try GuixPublisher(
                store: store, folder: folder, signer: guixSigner, compressions: compression.map(\.compression),
                isHashOnly: hashOnly, options: options)
            publish = { paths, onPath in try await publisher.publish(paths) { _ in onPath() } }
        } else {
            let publisher = try CachePublisher(store: store, folder: folder, key: key, options: options)
            publish = { paths, onPath in try await publisher.publish(paths) { _ in onPath() } }
        }
        let report = try await CommandError.translating {
            var wanted = named
            if all { wanted = try await allPaths(of: store, terminal) }
            let closure = try await store.closureInfos(of: wanted)
            // So that no garbage collection takes away what is being read.
            try await store.protect(wanted)
            if derivations {
                wanted += try await store.validPaths(among: closure.compactMap(\.deriver)).sorted()
            }
            return try await ProgressBar.run(terminal, "Publishing", total: closure.count) { bar in
                try await publish(wanted) { bar.advance() }
            }
        }
        if output.json {
            terminal.output.data(try VerdictReport.encode(Document(report, publicKey: publicKey)))
        } else {
            tell(report, publicKey: publicKey, terminal)
        }
        try terminal.checkOutput()
    }

    /// A cache is for one store: what lies in the other is left out, which is said.
    private func allPaths(of store: LocalStore, _ terminal: Terminal) async throws -> [StorePath] {
        let directory = guix || gnu ? StoreDirectory.gnu : .nix
        let all = try await store.allPaths()
        let wanted = all.filter { $0.directory == directory }
        let others = all.count - wanted.count
        guard others > 0 else { return wanted }
        let advice = directory == .gnu ? "publish it without --guix and --gnu" : "publish it with --gnu, or --guix"
        guard !wanted.isEmpty else {
            throw CommandError(
                .usage, "there is nothing of \(directory.path) to publish, only of the other store: \(advice)")
        }
        terminal.errors.line(
            "quorate: \("warning", .yellow): \(others.counted("path")) of the other store left out: \(advice)")
        return wanted
    }

    private func tell(_ report: PublishReport, publicKey: String?, _ terminal: Terminal) {
        let there: StyledText =
            report.alreadyThere.isEmpty
            ? ""
            : "; \(report.alreadyThere.count.grouped) \(report.alreadyThere.count == 1 ? "was" : "were") there already"
        let sizes: StyledText = "\(ByteSize(report.fileBytes)) for \(ByteSize(report.narBytes))"
        terminal.output.line("\(report.published.count.counted("path")) published in \(to), " + sizes + there)
        if let publicKey { terminal.output.line("Public key: \(publicKey)") }
        func warn(_ paths: [StorePath], _ what: String, _ advice: String) {
            guard let example = paths.first else { return }
            terminal.errors.line(
                "quorate: \("warning", .yellow): \(paths.count.counted("path")) \(what), such as \(example)\(advice)")
        }
        warn(
            report.differing, "there with other contents and left alone",
            "; to publish what this store has, take the narinfo out of \(to) first")
        warn(
            report.signedByOthers, "signed by another key already",
            ": Guix's narinfos have room for one signature, and it was kept")
        if publicKey == nil {
            warn(report.unsigned, "without any signature", ": clients refuse that; give a key with --key")
        } else {
            warn(report.unsigned, "not built here and not signed by this key", "; --sign-all signs them too")
        }
    }

    private struct Document: Encodable {
        let version = 1
        let publicKey: String?
        let published: [String]
        let alreadyThere: [String]
        let unsigned: [String]
        let differing: [String]
        let signedByOthers: [String]
        let narBytes: UInt64
        let fileBytes: UInt64

        private enum CodingKeys: CodingKey {
            case version, publicKey, published, alreadyThere, unsigned, differing, signedByOthers, narBytes, fileBytes
        }

        init(_ report: PublishReport, publicKey: String?) {
            self.publicKey = publicKey
            published = report.published.map(\.path)
            alreadyThere = report.alreadyThere.map(\.path)
            unsigned = report.unsigned.map(\.path)
            differing = report.differing.map(\.path)
            signedByOthers = report.signedByOthers.map(\.path)
            narBytes = report.narBytes
            fileBytes = report.fileBytes
        }
    }
}
