internal import DurableFiles
internal import StoreFormats

/// The store paths that a command line or standard input names.
enum StorePathArguments {
    /// Most paths in one run: a large machine has about 100,000.
    private static let limit = 2_000_000

    /// Reads arguments; `-` stands for lines on standard input.
    /// - Parameter folder: Where a store of ours lies, whose paths are then known by their places too.
    static func read(_ arguments: [String], in folder: String? = nil) throws(CommandError) -> [StorePath] {
        var paths: [StorePath] = []
        var seen: Set<StorePath> = []
        func add(_ text: String, _ place: String) throws(CommandError) {
            let path = try parse(text, place, in: folder)
            if seen.insert(path).inserted { paths.append(path) }
        }
        for argument in arguments {
            guard argument == "-" else {
                try add(argument, "")
                continue
            }
            let bytes = try Files.read("-", limit: 1 << 30)
            for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
                .enumerated()
            where !line.isEmpty {
                guard let text = String(validating: line, as: UTF8.self) else {
                    throw CommandError(.badData, "standard input, line \(index + 1): not UTF-8")
                }
                try add(text, "standard input, line \(index + 1): ")
                guard paths.count <= limit else { throw CommandError(.badData, "more than \(limit) paths") }
            }
        }
        guard !paths.isEmpty else {
            throw arguments.isEmpty
                ? CommandError(.usage, "no store path given; name some, or '-' for lines on stdin")
                : CommandError(.badData, "standard input: no store path in it")
        }
        return paths
    }

    /// Where Quorate's store lies, for commands that only take links to its paths; nil where no home says.
    static var folder: String? { try? Places(environment: Places.environment).store }

    /// A store path, a file inside one, or a link to one.
    static func parse(
        _ text: String, _ place: String, in folder: String? = nil
    ) throws(CommandError) -> StorePath {
        if let folder, text.hasPrefix(folder + "/") {
            return try parse(String(text.dropFirst(folder.utf8.count)), place)
        }
        for directory in [StoreDirectory.nix, .gnu] {
            let prefix = directory.path + "/"
            if text.hasPrefix(prefix) {
                let base = text.dropFirst(prefix.count).prefix { $0 != "/" }
                do {
                    return try StorePath(baseName: String(base), in: directory)
                } catch {
                    throw CommandError(.badData, "\(place)'\(text)': \(error)")
                }
            }
        }
        // A link such as the `result` that nix-build and 'quorate build' leave.
        switch try LinkEnd(text, folder: folder) {
        case .store(let path, _, _): return path
        case .nothing(let end) where isLink(text):
            throw CommandError(.noInput, "\(place)'\(text)' leads to \(end), where nothing is")
        case .elsewhere(let end) where isLink(text):
            throw CommandError(
                .badData,
                "\(place)'\(text)' leads to \(end), which is in neither /nix/store nor /gnu/store nor Quorate's store")
        case .circle: throw CommandError(.badData, "\(place)'\(text)': a link that leads to itself")
        case .nothing, .elsewhere:
            throw CommandError(.badData, "\(place)'\(text)': not a path in /nix/store or /gnu/store")
        }
    }

    private static func isLink(_ path: String) -> Bool {
        FileStatus(path: path)?.isSymbolicLink ?? false
    }
}
