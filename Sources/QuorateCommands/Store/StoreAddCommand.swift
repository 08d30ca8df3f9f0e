package import ArgumentParser
internal import DurableFiles
internal import LocalStore
internal import StoreFormats

/// What `--hash-algo` takes.
package enum HashAlgorithmChoice: String, ExpressibleByArgument, CaseIterable, Sendable {
    case sha256, sha512, sha1, md5

    var algorithm: HashAlgorithm {
        switch self {
        case .sha256: .sha256
        case .sha512: .sha512
        case .sha1: .sha1
        case .md5: .md5
        }
    }
}

/// `quorate store add`: files and trees into the store, each under the path that follows from its contents.
package struct StoreAddCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Copy files or trees into the store and print their store paths.",
        discussion: """
            The path follows from the contents, as with 'nix-store --add' and 'nix-store --add-fixed'. Of a file's
            permissions only whether its owner may execute it is kept.

            Examples:
              quorate store add ./source
              quorate store add --flat --hash-algo sha512 hello-2.12.tar.gz
              quorate store add --name source ./checkout
            """.flowing)

    @OptionGroup package var storeOptions: StoreOptions

    @Option(help: "The name in the store path; by default the file's own.")
    package var name: String?

    @Flag(help: "Hash the bytes of a file, not its NAR: for files only.")
    package var flat = false

    @Option(help: ArgumentHelp("sha256, sha512, sha1 or md5.", valueName: "algorithm"))
    package var hashAlgo = HashAlgorithmChoice.sha256

    @Flag(help: "Add to /gnu/store, Guix's store directory, not to /nix/store.")
    package var gnu = false

    @Argument(help: "Files or trees.", completion: .file())
    package var files: [String]

    package init() {}

    package func validate() throws {
        guard name == nil || files.count == 1 else { throw ValidationError("--name: add one file at a time") }
        if let name, !StorePath.isValidName(name) {
            throw ValidationError("--name: '\(name)' has other characters than letters, digits and +-._?=")
        }
    }

    package func run() async throws {
        let terminal = Terminal.standard(color: .auto)
        let store = try await storeOptions.open()
        for file in files {
            try Files.refuseHyphen(file)
            guard FileStatus(path: file) != nil else {
                throw CommandError(.noInput, "\(FileFailure(file, "cannot be read"))")
            }
            let name = try name ?? Self.name(of: file)
            let info = try await CommandError.translating {
                try await store.add(
                    file, name: name, method: flat ? .flat : .recursive, algorithm: hashAlgo.algorithm,
                    in: gnu ? .gnu : .nix)
            }
            terminal.output.line("\(info.path)")
        }
        try await CommandError.translating { try await store.synchronize() }
        try terminal.checkOutput()
    }

    /// The last component of a path, where it can be the name of a store path.
    static func name(of file: String) throws(CommandError) -> String {
        let base = try Files.absolute(file).split(separator: "/").last.map(String.init) ?? ""
        guard base != ".", base != "..", StorePath.isValidName(base) else {
            throw CommandError(
                .usage, "'\(file)': '\(base)' cannot be the name of a store path; give one with --name")
        }
        return base
    }
}
