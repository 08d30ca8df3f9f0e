package import ArgumentParser
internal import DurableFiles
internal import Glibc
internal import LocalStore
internal import StoreFormats
internal import Verification

/// `quorate store root`: what garbage collections leave alone.
package struct StoreRootCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "root",
        abstract: "Say which paths garbage collections have to keep.",
        subcommands: [StoreRootAddCommand.self, StoreRootListCommand.self, StoreRootRemoveCommand.self])

    package init() {}
}

/// `quorate store root add`.
package struct StoreRootAddCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Keep a path and all it refers to.",
        discussion: """
            Under a name, until it is removed by that name; or as long as a link leads to it, which is made here.

            Examples:
              quorate store root add /nix/store/HASH-hello --name hello
              quorate store root add /nix/store/HASH-hello --link ./result
            """.flowing)

    @OptionGroup package var storeOptions: StoreOptions

    @Option(help: "The root's name; by default the path's hash and name.")
    package var name: String?

    @Option(
        help: ArgumentHelp("Make this link, and keep the path as long as it stands.", valueName: "file"),
        completion: .file())
    package var link: String?

    @Argument(help: "A store path or a link to one.", completion: .file())
    package var path: String

    package init() {}

    package func validate() throws {
        guard name == nil || link == nil else { throw ValidationError("--name and --link: choose one") }
    }

    package func run() async throws {
        let terminal = Terminal.standard(color: .auto)
        let store = try await storeOptions.open()
        let path = try StorePathArguments.parse(path, "", in: store.folder)
        let place = try await CommandError.translating {
            // A path that is being collected now must not be rooted too late.
            try await store.protect([path])
            guard let info = try await store.presentInfos(of: [path]).first else { return "" }
            guard let link else { return try store.addRoot(path, name: name ?? path.baseName) }
            return try StoreLink.make(link, to: store.location(of: info), of: store)
        }
        terminal.output.line("\(place)")
        try terminal.checkOutput()
    }
}

/// `quorate store root list`.
package struct StoreRootListCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List what keeps paths: roots by name, links elsewhere, processes that are running.")

    @OptionGroup package var storeOptions: StoreOptions
    @OptionGroup package var output: OutputOptions

    package init() {}

    private struct Document: Encodable {
        struct Entry: Encodable {
            let kind: String
            let link: String
            let path: String
        }
        let version: Int
        let roots: [Entry]
    }

    package func run() async throws {
        let terminal = output.terminal
        let store = try await storeOptions.open(toLook: true)
        let roots = try await CommandError.translating { try await store.roots() }
        if output.json {
            let entries = roots.map { Document.Entry(kind: $0.kind.rawValue, link: $0.link, path: $0.path.path) }
            terminal.output.data(try VerdictReport.encode(Document(version: 1, roots: entries)))
        } else if roots.isEmpty {
            terminal.output.line("no roots: a garbage collection would remove everything")
        } else {
            var table = Table(columns: [Table.Column("kind"), Table.Column("root"), Table.Column("path")])
            for root in roots {
                let name = root.kind == .direct ? root.link.split(separator: "/").last.map(String.init) : root.link
                table.add("\(root.kind.rawValue)", "\(name ?? root.link)", "\(root.path)")
            }
            terminal.output.line(table)
        }
        try terminal.checkOutput()
    }
}

/// `quorate store root remove`.
package struct StoreRootRemoveCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove roots by their names, so that garbage collections may take what they kept.",
        discussion: "A root that is a link elsewhere goes when that link is removed.")

    @OptionGroup package var storeOptions: StoreOptions

    @Argument(help: "Names, as 'store root list' prints them.")
    package var names: [String]

    package init() {}

    package func run() async throws {
        let store = try await storeOptions.open(toLook: true)
        try await CommandError.translating {
            let known = Set(
                try await store.roots().filter { $0.kind == .direct }.compactMap { $0.link.split(separator: "/").last })
            if let unknown = names.first(where: { !known.contains($0[...]) }) {
                throw CommandError(.noInput, "'\(unknown)': no root of this name; 'quorate store root list' has them")
            }
            for name in names { try store.removeRoot(name: name) }
        }
    }
}

/// Links such as `result`, which keep what they lead to.
enum StoreLink {
    /// Makes a link, in the place of an earlier one, and tells the store of it.
    /// - Returns: The link's full path.
    static func make(_ link: String, to target: String, of store: LocalStore) throws -> String {
        let place = try Files.absolute(link)
        var status = stat()
        if lstat(place, &status) == 0, status.st_mode & S_IFMT != S_IFLNK {
            throw CommandError(.cannotWrite, "\(place): is there already, and is no link")
        }
        let new = "\(place).\(getpid()).new"
        unlink(new)
        guard symlink(target, new) == 0 else {
            throw CommandError(.cannotWrite, "\(FileFailure(place, "cannot be made"))")
        }
        guard rename(new, place) == 0 else {
            let failure = FileFailure(place, "cannot be put in place")
            unlink(new)
            throw CommandError(.cannotWrite, "\(failure)")
        }
        try store.addIndirectRoot(link: place)
        return place
    }
}
