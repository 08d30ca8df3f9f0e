package import ArgumentParser
internal import DurableFiles
internal import LocalStore
internal import StoreFormats

/// How `derivation show` prints.
package enum DerivationFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    /// For people.
    case pretty
    /// As `nix show-derivation` of Nix 2.8.
    case oldNix = "2.8"
    /// As `nix derivation show` of Nix 2.34: version 4 of the JSON.
    case version4 = "4"
    /// The bytes of the file.
    case aterm
}

/// `quorate derivation show`.
package struct DerivationShowCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Print derivations for people, or as the JSON that 'nix derivation show' prints.",
        discussion: """
            A derivation is named by its store path, by a path that was built from it, or by a file. It is looked for in
            Quorate's store and in those of Nix and Guix; neither of the two is needed.

            Examples:
              quorate derivation show ./hello.drv
              quorate derivation show --json /nix/store/HASH-hello.drv
              quorate derivation show --format 2.8 --recursive /nix/store/HASH-hello
            """.flowing)

    @OptionGroup package var storeOptions: StoreOptions
    @OptionGroup package var output: OutputOptions

    @Option(help: "pretty; 4: JSON as Nix 2.34 prints it, also with --json; 2.8: as Nix 2.8 does; aterm: the file.")
    package var format: DerivationFormat?

    @Flag(name: .shortAndLong, help: "Also all derivations that they depend on.")
    package var recursive = false

    @Argument(help: "Store paths, links to them, or .drv files; '-' for lines on standard input.", completion: .file())
    package var paths: [String]

    package init() {}

    package func validate() throws {
        guard !output.json || format == nil || format == .oldNix || format == .version4 else {
            throw ValidationError("--json and --format \(format?.rawValue ?? ""): choose one")
        }
    }

    package func run() async throws {
        let terminal = output.terminal
        let format = format ?? (output.json ? .version4 : .pretty)
        let entries = try await CommandError.translating { try await find() }
        switch format {
        case .pretty:
            for (index, entry) in entries.enumerated() {
                if index > 0 { terminal.output.line() }
                DerivationPage(entry).print(to: terminal)
            }
        case .oldNix, .version4:
            terminal.output.data(
                try CommandErrorPlace("JSON").run {
                    try DerivationJSON.serialize(entries, as: format == .oldNix ? .nix28 : .version4) + [0x0A]
                })
        case .aterm:
            guard entries.count == 1 else {
                throw CommandError(.usage, "--format aterm: \(entries.count) derivations make no file; name one")
            }
            terminal.output.data(entries[0].derivation.serialized())
        }
        try terminal.checkOutput()
    }

    /// What the arguments name, in their order.
    private func find() async throws -> [DerivationJSON.Entry] {
        var shelf = DerivationShelf(folder: try storeOptions.folder())
        var wanted: [StorePath] = []
        for argument in paths {
            let isInStore = ["/nix/store/", "/gnu/store/", shelf.folder + "/"].contains { argument.hasPrefix($0) }
            if argument.hasSuffix(Derivation.fileExtension), !isInStore, FileStatus(path: argument)?.isRegular == true {
                wanted.append(try shelf.read(file: argument))
                continue
            }
            for path in try StorePathArguments.read([argument], in: shelf.folder) {
                wanted.append(path.isDerivation ? path : try await deriver(of: path))
            }
        }
        var seen: Set<StorePath> = []
        wanted = wanted.filter { seen.insert($0).inserted }
        guard !recursive else { return try shelf.withInputs(wanted).sorted { $0.path < $1.path } }
        return try wanted.map { DerivationJSON.Entry(path: $0, derivation: try shelf.load($0)) }
    }

    /// The derivation that a path was built from, as the stores of this machine recorded it.
    private func deriver(of path: StorePath) async throws -> StorePath {
        var info: PathInfo?
        if FileStatus(path: try storeOptions.folder() + "/db.sqlite") != nil {
            info = try await storeOptions.open().info(of: path)
        }
        for store in HostStores.find().stores where store.directory == path.directory && info?.deriver == nil {
            info = try await store.info(of: path) ?? info
        }
        guard let info else {
            throw CommandError(.noInput, "\(path): in no store of this machine; name its derivation")
        }
        guard let deriver = info.deriver else {
            throw CommandError(.noInput, "\(path): its derivation is not recorded; sources have none")
        }
        return deriver
    }
}
