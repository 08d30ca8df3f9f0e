extension NixConfiguration {
    /// Gives the output of a command, or nil when there is no such command or it failed.
    package typealias CommandOutput = @Sendable (_ command: [String]) async -> [UInt8]?

    /// Reads the effective settings: asks nix, and reads its files for where each was set; without an answer of nix
    /// the files alone.
    ///
    /// - Parameters:
    ///   - root: the file system.
    ///   - environment: the variables that nix would see.
    ///   - output: runs `nix config show --json` and, for older versions, `nix show-config --json`.
    /// - Throws: when a file is one that nix would refuse, or nix's answer cannot be read.
    package static func read(
        root: ClientRoot = ClientRoot(), environment: [String: String], output: CommandOutput
    ) async throws -> NixConfiguration {
        let files = try parse(files: root, environment: environment)
        let nix = ["nix", "--extra-experimental-features", "nix-command"]
        for command in [["config", "show", "--json"], ["show-config", "--json"]] {
            guard let answer = await output(nix + command), !answer.isEmpty else { continue }
            var configuration = try parse(showConfig: answer)
            configuration.takeOrigins(from: files)
            configuration.remoteBuilders = try machines(configuration.builders.value, root: root)
            return configuration
        }
        return files
    }

    /// Reads nix's files in nix's order: the system's, the user's from the least to the most important, `NIX_CONFIG`.
    package static func parse(
        files root: ClientRoot, environment: [String: String]
    ) throws(ClientSetupError) -> NixConfiguration {
        var text = NixConfigurationText(root: root)
        let folder = environment["NIX_CONF_DIR"] ?? "/etc/nix"
        try text.apply(file: "\(folder)/nix.conf", of: .system)
        for path in userFiles(environment).reversed() { try text.apply(file: path, of: .user) }
        if let more = environment["NIX_CONFIG"] { try text.apply(more, named: "NIX_CONFIG", of: .environment) }
        var configuration = text.configuration
        if configuration.builders.isDefault { configuration.builders.value = "@\(folder)/machines" }
        configuration.remoteBuilders = try machines(configuration.builders.value, root: root)
        return configuration
    }

    /// The user's files, the most important first.
    private static func userFiles(_ environment: [String: String]) -> [String] {
        if let files = environment["NIX_USER_CONF_FILES"] { return files.split(separator: ":").map(String.init) }
        var folders: [String] = []
        if let folder = environment["XDG_CONFIG_HOME"], !folder.isEmpty {
            folders.append(folder)
        } else if let home = environment["HOME"], !home.isEmpty {
            folders.append("\(home)/.config")
        }
        folders += (environment["XDG_CONFIG_DIRS"] ?? "/etc/xdg").split(separator: ":").map(String.init)
        return folders.map { "\($0)/nix/nix.conf" }
    }

    /// The machines of a `builders` setting: separated by semicolons or line ends, `@file` stands for a file's lines.
    private static func machines(_ text: String, root: ClientRoot) throws(ClientSetupError) -> [String] {
        var machines: [String] = []
        for part in text.utf8.split(whereSeparator: { $0 == UInt8(ascii: ";") || $0 == UInt8(ascii: "\n") }) {
            let code = part.prefix { $0 != UInt8(ascii: "#") }.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
            let line = code.compactMap { String($0) }.joined(separator: " ")
            if line.isEmpty { continue }
            guard line.hasPrefix("@") else {
                machines.append(line)
                continue
            }
            guard let file = try root.text(of: String(line.dropFirst())) else { continue }
            for fileLine in file.utf8.split(separator: UInt8(ascii: "\n")) {
                let code = fileLine.prefix { $0 != UInt8(ascii: "#") }.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
                let machine = code.compactMap { String($0) }.joined(separator: " ")
                if !machine.isEmpty { machines.append(machine) }
            }
        }
        return machines
    }
}
