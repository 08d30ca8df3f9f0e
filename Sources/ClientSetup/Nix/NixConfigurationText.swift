/// The lines of `nix.conf` texts, applied in nix's order: later lines win, `extra-` adds, includes stand where they are.
struct NixConfigurationText {
    /// Includes inside includes: more is a circle.
    static let includeLimit = 16

    private let root: ClientRoot
    private(set) var configuration = NixConfiguration()

    init(root: ClientRoot) {
        self.root = root
    }

    /// Whose text it is.
    enum Owner {
        case system
        case user
        case environment
    }

    /// Applies a file; one that is not there changes nothing.
    mutating func apply(file path: String, of owner: Owner) throws(ClientSetupError) {
        guard let text = try root.text(of: path) else { return }
        try apply(text, named: path, of: owner, depth: 0)
    }

    /// Applies a text.
    ///
    /// - Parameter name: the file's absolute path, from which includes are found; for the environment, `NIX_CONFIG`.
    /// - Throws: `malformed` for lines that nix itself refuses.
    mutating func apply(
        _ text: String, named name: String, of owner: Owner, depth: Int = 0
    ) throws(ClientSetupError) {
        guard depth < Self.includeLimit else {
            throw ClientSetupError(.tooLarge, at: .file(name), "more than \(Self.includeLimit) includes inside another")
        }
        // By bytes: Swift would take CR LF for one character.
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, bytes) in lines.enumerated() {
            let code = bytes.prefix { $0 != UInt8(ascii: "#") }
            let words = code.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }.compactMap { String($0) }
            let place = ClientSetupError.Place.line(file: name, index + 1)
            guard let first = words.first else { continue }
            switch (first, words.count) {
            case ("include", 2), ("!include", 2):
                try include(words[1], isOptional: first == "!include", at: place, in: name, of: owner, depth: depth)
            case (_, 2...) where words[1] == "=" && first != "include" && first != "!include":
                try set(
                    first, words.dropFirst(2).joined(separator: " "), at: place,
                    from: Self.origin(name, line: index + 1, of: owner))
            default:
                throw ClientSetupError(.malformed, at: place, "not a line of nix.conf; write 'name = value'")
            }
        }
    }

    private mutating func set(
        _ name: String, _ value: String, at place: ClientSetupError.Place, from origin: NixSettingOrigin.Place
    ) throws(ClientSetupError) {
        var name = name
        var appends = false
        if name.hasPrefix("extra-"), Self.lists.contains(String(name.dropFirst(6))) {
            name.removeFirst(6)
            appends = true
        }
        let origin = NixSettingOrigin(origin, appends: appends)
        if let wrong = configuration.apply(name, .text(value), from: origin) {
            throw ClientSetupError(.malformed, at: place, "\(name): \(wrong)")
        }
    }

    private mutating func include(
        _ target: String, isOptional: Bool, at place: ClientSetupError.Place, in name: String, of owner: Owner,
        depth: Int
    ) throws(ClientSetupError) {
        let folder = name.hasPrefix("/") ? name.split(separator: "/").dropLast().map { "/\($0)" }.joined() : ""
        let path = target.hasPrefix("/") ? target : "\(folder)/\(target)"
        guard let text = try root.text(of: path) else {
            if isOptional { return }
            throw ClientSetupError(.malformed, at: place, "includes \(path), which is not there; nix stops here too")
        }
        try apply(text, named: path, of: owner, depth: depth + 1)
    }

    private static func origin(_ name: String, line: Int, of owner: Owner) -> NixSettingOrigin.Place {
        switch owner {
        case .system: .systemFile(name, line: line)
        case .user: .userFile(name, line: line)
        case .environment: .environment(line: line)
        }
    }

    /// The settings held here that `extra-` may stand before.
    private static let lists: Set<String> = [
        "substituters", "binary-caches", "trusted-substituters", "trusted-binary-caches", "trusted-public-keys",
        "binary-cache-public-keys", "trusted-users",
    ]
}
