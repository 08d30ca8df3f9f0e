import Glibc
import StoreFormats

/// Figure 6: what building costs beside the builders' own work.
struct FigureBuild {
    let bench: Bench

    private static let files = 50_000

    func run() throws {
        guard getuid() == 0 else {
            throw BenchError("figure 'build' builds as root and as another user: run it as root")
        }
        // Nothing may have been built before.
        _ = try bench.work.empty("build")
        let trivial = try TrivialDerivations(bench: bench)
        try many(200, of: trivial)
        try linear(trivial)
        try largeOutput(trivial)
    }

    /// Builds that do nothing: all their time is the tool's.
    private func many(_ count: Int, of trivial: TrivialDerivations) throws {
        let root = try BuildHome("build/root", bench: bench, ordinary: false)
        let ordinary = try BuildHome("build/ordinary", bench: bench, ordinary: true)
        for home in [root, ordinary] { try home.adopt(trivial) }
        var theirs = Samples()
        var asRoot = Samples()
        var asUser = Samples()
        for run in 0..<bench.runs {
            let derivations = try trivial.make(count, salt: "\(count) in run \(run)")
            theirs.add(try trivial.realise(derivations).wall)
            asRoot.add(try root.build(derivations, trivial).wall)
            asUser.add(try ordinary.build(derivations, trivial).wall)
            for home in [root, ordinary] { try home.demandSameOutputs(as: trivial, of: derivations) }
        }
        for (who, ours) in [("as root", asRoot), ("as an ordinary user", asUser)] {
            bench.report.compare(
                "6 \(count) derivations that do nothing, sandboxed, \(who)", ours, "nix-store --realise as root",
                theirs,
                .milliseconds, ratio: ours.median / theirs.median, .atMost(1.0 / 3))
        }
    }

    /// Ten times as many take ten times as long.
    private func linear(_ trivial: TrivialDerivations) throws {
        let home = try BuildHome("build/linear", bench: bench, ordinary: false)
        try home.adopt(trivial)
        var few = Samples()
        var many = Samples()
        for run in 0..<max(1, bench.runs / 2) {
            few.add(try home.build(try trivial.make(200, salt: "few \(run)"), trivial).wall)
            many.add(try home.build(try trivial.make(2000, salt: "many \(run)"), trivial).wall)
        }
        bench.report.compare(
            "6 2,000 of them", many, "ten times 200", Samples(10 * few.median), .milliseconds,
            ratio: many.median / (10 * few.median), .atMost(1.2))
    }

    /// A build whose output has many files, less the time its builder took by its own clock.
    private func largeOutput(_ trivial: TrivialDerivations) throws {
        let home = try BuildHome("build/large", bench: bench, ordinary: false)
        try home.adopt(trivial)
        var theirs = Samples()
        var ours = Samples()
        for run in 0..<bench.runs {
            let derivation = [try trivial.makeLarge(files: Self.files, salt: "run \(run)")]
            let nix = try trivial.realise(derivation)
            theirs.add(nix.wall - (try Self.builderTime(in: nix.errors)))
            let mine = try home.build(derivation, trivial, showsLog: true)
            ours.add(mine.wall - (try Self.builderTime(in: mine.errors)))
        }
        bench.report.compare(
            "6 hashing, scanning and registering an output of 50,000 files", ours, "nix-store --realise", theirs,
            .milliseconds, ratio: ours.median / theirs.median, .atMost(1))
    }

    /// The builder prints its clock when it begins and ends.
    private static func builderTime(in log: String) throws -> Double {
        let stamps = log.split(separator: "\n").compactMap { line -> Double? in
            let words = line.split(separator: " ")
            return words.dropLast().last == "clock" ? words.last.flatMap { Double($0) } : nil
        }
        guard stamps.count == 2 else { throw BenchError("no two clocks in the log: \(log.suffix(500))") }
        return stamps[1] - stamps[0]
    }
}
