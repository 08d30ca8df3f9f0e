internal import ClientSetup

/// Reads the list of what is installed: from nix, or from a file with what nix printed.
enum AuditInput {
    /// `nix path-info --all --json` of a very large store prints about 100 MB.
    private static let limit = 1 << 30

    /// - Parameters:
    ///   - file: What nix printed, `-` for standard input; nil to ask nix.
    ///   - root: Folder of another system whose store is meant; nil for this machine's own.
    static func read(file: String?, root: String?) async throws(CommandError) -> InstalledPaths {
        let json: [UInt8]
        let name: String
        if let file {
            json = try Files.read(file, limit: limit)
            name = file == "-" ? "standard input" : file
        } else {
            json = try await ask(root: root)
            name = "nix path-info"
        }
        do {
            return try InstalledPaths.parse(json)
        } catch {
            throw CommandError(.badData, "\(name): \(error)")
        }
    }

    private static func ask(root: String?) async throws(CommandError) -> [UInt8] {
        guard ProgramOutput.exists("nix") else {
            throw CommandError(
                .unavailable,
                "nix is not in PATH, so it cannot be asked what is installed; run 'nix path-info --all --json' where "
                    + "it is, and pass the output with --installed")
        }
        var command = ["nix", "--extra-experimental-features", "nix-command"]
        if let root { command += ["--store", root] }
        command += ["path-info", "--all", "--json"]
        guard let json = await ProgramOutput.of(command) else {
            throw CommandError(
                .unavailable, "'\(command.joined(separator: " "))' fails; run it to see why")
        }
        return json
    }
}
