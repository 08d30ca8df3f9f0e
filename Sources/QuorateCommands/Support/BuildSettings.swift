package import ArgumentParser
internal import Building
internal import Glibc
internal import LocalStore

/// How builds are done, for every command that builds.
package struct BuildSettings: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Builders that run at a time. Default: one for each processor.", valueName: "number"))
    package var jobs: Int?

    @Option(
        help: ArgumentHelp(
            "What NIX_BUILD_CORES tells builders; 0: all of this machine's.", valueName: "number"))
    package var cores = 1

    @Option(help: ArgumentHelp("Longest time of one build, in seconds.", valueName: "seconds"))
    package var timeout: Int?

    @Option(
        help: ArgumentHelp("Longest time of one build without a word in its log, in seconds.", valueName: "seconds"))
    package var maxSilentTime: Int?

    @Option(help: ArgumentHelp("Most bytes of one build's log (K, M, G, T).", valueName: "size"))
    package var maxLogSize: String?

    @Option(help: ArgumentHelp("Most memory of one build, where the system can hold it to that.", valueName: "size"))
    package var memory: String?

    @Option(
        help: ArgumentHelp(
            "What builders of Nix derivations see as /bin/sh, or none. Default: this machine's busybox, if it is static.",
            valueName: "file"), completion: .file())
    package var sandboxShell: String?

    @Option(
        help: ArgumentHelp(
            "Shows a file or folder of this machine to builders: PATH, or TARGET=PATH. May be repeated.",
            valueName: "path"), completion: .file())
    package var sandboxPath: [String] = []

    @Option(help: ArgumentHelp("Another of this machine's features that derivations may require.", valueName: "word"))
    package var systemFeature: [String] = []

    package init() {}

    package func validate() throws {
        guard (1...1024).contains(jobs ?? 1) else { throw ValidationError("--jobs: a number from 1 to 1024") }
        guard (0...65536).contains(cores) else { throw ValidationError("--cores: a number from 0 to 65536") }
        for (name, value) in [("--timeout", timeout), ("--max-silent-time", maxSilentTime)] {
            if let value, value <= 0 { throw ValidationError("\(name): seconds, more than 0") }
        }
        for (name, value) in [("--max-log-size", maxLogSize), ("--memory", memory)] {
            if let value, SizeArgument.bytes(value) == nil {
                throw ValidationError("\(name): expected a number with K, M, G or T, got '\(value)'")
            }
        }
        if let memory, let bytes = SizeArgument.bytes(memory), bytes < Self.minimumMemory {
            throw ValidationError("--memory: no build runs in \(memory); give \(Self.minimumMemory >> 20)M or more")
        }
    }

    /// The least that --memory takes: with a few pages the kernel ends whoever starts the build, too.
    static let minimumMemory: UInt64 = 16 << 20

    /// How many builders run at a time.
    var builders: Int { jobs ?? min(Processors.count, 1024) }

    /// Users that builders run as when root builds: behind those that nix hands out by itself (from 872415232 to
    /// 880803839), and far from any that people have.
    private static let firstBuildUser: UInt32 = 881_000_000
    private static let buildUsers: UInt32 = 128

    /// What holds for every build: root never builds as root.
    static func standardOptions() -> BuildOptions {
        var options = BuildOptions()
        if geteuid() == 0 {
            let users = firstBuildUser..<(firstBuildUser + buildUsers)
            options.identity = .buildUsers(uids: Array(users), gid: firstBuildUser)
        }
        return options
    }

    /// The same as the builder takes it.
    func options() throws(CommandError) -> BuildOptions {
        var options = Self.standardOptions()
        options.jobs = builders
        options.cores = cores == 0 ? Processors.count : cores
        options.limits.seconds = timeout
        options.limits.silentSeconds = maxSilentTime
        options.limits.logBytes = maxLogSize.flatMap(SizeArgument.bytes)
        options.limits.memoryBytes = memory.flatMap(SizeArgument.bytes)
        options.machine.features.formUnion(systemFeature)
        options.shell = try SandboxShell.path(sandboxShell)
        for text in sandboxPath {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard let target = parts.first, let source = parts.last, target.hasPrefix("/") else {
                throw CommandError(.usage, "--sandbox-path '\(text)': give PATH, or TARGET=PATH, from the root on")
            }
            options.sandboxPaths.append(SandboxPath(target: target, source: try Files.absolute(source)))
        }
        options.impureEnvironment = Places.environment
        return options
    }
}
