internal import Building
internal import StoreFormats

/// What a command line asks to be built.
struct BuildTargetArguments {
    let targets: [BuildTarget]
    /// The derivations that were given as files, and where others are looked for.
    let files: DerivationFiles

    /// Most targets in one run.
    private static let limit = 1_000_000

    private enum Word {
        case target(BuildTarget)
        case file(String, BuildTarget.OutputSelection)
    }

    /// Reads arguments; `-` stands for lines on standard input.
    /// - Parameters:
    ///   - folders: Where derivations are that those given need.
    ///   - store: Quorate's store, whose paths may be named by their places too.
    init(_ arguments: [String], folders: [String], store: String? = nil) throws {
        var words: [Word] = []
        for argument in arguments {
            guard argument == "-" else {
                words.append(try Self.word(argument, "", store))
                continue
            }
            let text = String(decoding: try Files.read("-", limit: 1 << 30), as: UTF8.self)
            for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
            where !line.isEmpty {
                words.append(try Self.word(String(line), "standard input, line \(index + 1): ", store))
                guard words.count <= Self.limit else {
                    throw CommandError(.badData, "more than \(Self.limit) things to build")
                }
            }
        }
        guard !words.isEmpty else {
            throw arguments.isEmpty
                ? CommandError(
                    .usage, "nothing to build is given; name a .drv, a store path, or '-' for lines on stdin")
                : CommandError(.badData, "standard input: nothing to build in it")
        }
        var paths: [String] = []
        var near: [String] = []
        for case .file(let file, _) in words {
            paths.append(file)
            // Derivations that lie together usually need each other.
            let folder = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
            if !near.contains(folder) { near.append(folder) }
        }
        files = try DerivationFiles(files: paths, folders: folders + near)
        var next = files.paths.makeIterator()
        targets = words.compactMap { word in
            switch word {
            case .target(let target): target
            case .file(_, let selection): next.next().map { .derivation($0, selection) }
            }
        }
    }

    private static func word(_ text: String, _ place: String, _ store: String?) throws -> Word {
        let (base, selection) = try split(text, place)
        let isInStore = [StoreDirectory.nix, .gnu].contains { base.hasPrefix($0.path + "/") }
        if !isInStore, base.hasSuffix(".drv") {
            guard Files.exists(base) else { throw CommandError(.noInput, "\(place)'\(base)': no such file") }
            return .file(base, selection ?? .all)
        }
        if !isInStore, base.hasSuffix(".json") {
            throw CommandError(
                .badData, "\(place)'\(base)': no derivation; 'quorate derivation add --fill' makes one of JSON")
        }
        let path = try StorePathArguments.parse(base, place, in: store)
        guard path.isDerivation else {
            guard selection == nil else {
                throw CommandError(.usage, "\(place)'\(text)': outputs are chosen of a .drv, and this is none")
            }
            return .target(.path(path))
        }
        return .target(.derivation(path, selection ?? .all))
    }

    /// Takes `^out,dev` or `^*` off the end.
    private static func split(
        _ text: String, _ place: String
    ) throws(CommandError) -> (String, BuildTarget.OutputSelection?) {
        guard let mark = text.lastIndex(of: "^") else { return (text, nil) }
        let base = String(text[..<mark])
        let names = text[text.index(after: mark)...].split(separator: ",", omittingEmptySubsequences: false)
        if names == ["*"] { return (base, .all) }
        guard names.allSatisfy({ StorePath.isValidName(String($0)) }) else {
            throw CommandError(.usage, "\(place)'\(text)': after '^' stand names of outputs, or '*'")
        }
        return (base, .named(names.map(String.init)))
    }
}
