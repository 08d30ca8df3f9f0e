import FoundationEssentials
import Glibc
import StoreFormats

/// A home of the program in which it builds.
struct BuildHome {
    let bench: Bench
    private let home: String
    private let isOrdinary: Bool
    /// The user `nobody`: it owns nothing and may do nothing special.
    private static let ordinaryUser: uid_t = 65534

    /// - Parameter ordinary: Builds as an ordinary user instead of root.
    init(_ home: String, bench: Bench, ordinary: Bool) throws {
        self.home = home
        self.bench = bench
        isOrdinary = ordinary
        let path = try bench.work.empty(home)
        if ordinary { chown(path, Self.ordinaryUser, Self.ordinaryUser) }
    }

    private func command(_ arguments: [String]) -> Command {
        let program = [bench.executable] + arguments
        let user = String(Self.ordinaryUser)
        return Command(
            arguments: isOrdinary
                ? ["setpriv", "--reuid", user, "--regid", user, "--clear-groups", "--"] + program : program,
            environment: ["QUORATE_HOME": bench.work.path(home)])
    }

    /// Takes what all derivations start from out of nix's store.
    func adopt(_ trivial: TrivialDerivations) throws {
        let export = try trivial.nixStore(["--export"] + trivial.sources())
        let file = bench.work.path("build/sources.export")
        let shell = Command(
            arguments: ["sh", "-c", "\"$@\" > \"$0\"", file] + export.arguments, environment: export.environment)
        try shell.require(in: bench.work)
        try command(["store", "import", file]).require(in: bench.work)
    }

    /// Builds derivations of nix's store.
    func build(
        _ derivations: [String], _ trivial: TrivialDerivations, showsLog: Bool = false
    ) throws -> Command.Result {
        let list = derivations.map { trivial.realPath($0) + "\n" }.joined()
        try bench.work.write(list, to: "build/list")
        var command = command(["build", "--no-substitutes"] + (showsLog ? ["--print-build-logs"] : []) + ["-"])
        command.input = bench.work.path("build/list")
        return try command.require(in: bench.work)
    }

    /// The outputs hold what nix's hold.
    func demandSameOutputs(as trivial: TrivialDerivations, of derivations: [String]) throws {
        let outputs = try trivial.nixStore(["--query", "--outputs"] + derivations).require(in: bench.work).output
        for output in outputs.split(separator: "\n") {
            let mine = try Data(contentsOf: URL(filePath: "\(bench.work.path(home))/store\(output)"))
            let yours = try Data(contentsOf: URL(filePath: trivial.realPath(String(output))))
            try demand(mine == yours, "\(output) differs from what nix built")
        }
    }
}
