internal import Glibc
internal import Subprocess
internal import SystemPackage

/// What another program prints.
enum ProgramOutput {
    /// Most bytes that are taken: `nix path-info --all --json` of 100,000 paths prints about 100 MB.
    private static let limit = 1 << 30

    /// Runs a program from PATH and returns its standard output, or nil when it is not there or fails.
    static func of(_ command: [String]) async -> [UInt8]? {
        guard let program = command.first else { return nil }
        let result = try? await run(
            .name(program), arguments: Arguments(Array(command.dropFirst())), output: .bytes(limit: limit),
            error: .discarded)
        guard let result, result.terminationStatus.isSuccess else { return nil }
        return result.standardOutput
    }

    /// Whether a program is found in PATH.
    static func exists(_ name: String) -> Bool {
        let path = Places.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        return path.split(separator: ":").contains { access("\($0)/\(name)", X_OK) == 0 }
    }
}
