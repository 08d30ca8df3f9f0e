import StoreFormats

/// Figure 12: 2,000 paths of Guix on two servers, every signature checked, and again from the ledger, beside `guix
/// challenge`, which checks none.
struct FigureChallenge {
    let bench: Bench
    let guix: GuixPeer?

    func run() throws {
        let caches = try GuixCaches(of: bench.caches, in: bench.work)
        let nginx = try Nginx(caches.folders.map { .folder($0) }, in: WorkFolder(bench.work.path("guix-peer")))
        defer { nginx.stop() }
        let addresses = GuixCaches.names.indices.map(nginx.address)
        let quorate = bench.quorate("challenge-home")
        try checkAnswers(caches, addresses, quorate)
        var cold = Samples()
        var work = Samples()
        var warm = Samples()
        var weather = Samples()
        var theirCold = Samples()
        var theirWarm = Samples()
        for run in 0..<bench.runs {
            try prepare(caches, addresses, quorate)
            let new = try challenge(caches, quorate)
            let again = try challenge(caches, quorate)
            let survey = try quorate.command(["weather"] + caches.paths.map(\.path)).run(in: bench.work)
            try demand(
                new.status == 0 && again.status == 0 && survey.status == 0,
                "challenge: \(new.errors) \(again.errors) \(survey.errors)")
            cold.add(new.wall)
            work.add(new.cpu)
            warm.add(again.wall)
            weather.add(survey.wall)
            guard let guix else { continue }
            let cache = guix.folder("challenge-\(run)")
            defer { try? guix.remove(cache) }
            theirCold.add(try guix.challenge(caches.paths, addresses, cache: cache))
            theirWarm.add(try guix.challenge(caches.paths, addresses, cache: cache))
        }
        let report = bench.report
        let (first, again) = (
            "12 challenge 2,000 paths of Guix on 2 servers, cold", "12 the same again, from what is remembered"
        )
        if guix == nil {
            report.single(first, cold, .milliseconds, nil)
            report.single(again, warm, .milliseconds, nil)
        } else {
            report.compare(
                first, cold, "guix challenge", theirCold, .milliseconds, ratio: theirCold.median / cold.median,
                .atLeast(2))
            report.compare(
                again, warm, "guix challenge", theirWarm, .milliseconds, ratio: theirWarm.median / warm.median,
                .atLeast(20))
        }
        report.single("12 the first, processor time", work, .milliseconds, nil)
        report.single("12 weather of the same paths", weather, .milliseconds, nil)
    }

    private func prepare(_ caches: GuixCaches, _ addresses: [String], _ quorate: QuorateProgram) throws {
        _ = try bench.work.empty(quorate.home)
        try bench.work.make("\(quorate.home)/config")
        try bench.work.write(caches.policy(addresses), to: "\(quorate.home)/config/policy")
    }

    private func challenge(_ caches: GuixCaches, _ quorate: QuorateProgram) throws -> Command.Result {
        try quorate.command(["challenge", "--diff", "none"] + caches.paths.map(\.path)).run(in: bench.work)
    }

    /// All match; and where one signature is a stranger's, one does not.
    private func checkAnswers(_ caches: GuixCaches, _ addresses: [String], _ quorate: QuorateProgram) throws {
        try prepare(caches, addresses, quorate)
        let good = try challenge(caches, quorate)
        try demand(
            good.status == 0 && good.output.contains("2,000 match"), "challenge: \(good.output)\(good.errors)")
        try caches.withForgedNarInfo(
            {
                try prepare(caches, addresses, quorate)
                let bad = try challenge(caches, quorate)
                try demand(
                    bad.status == 1 && bad.output.contains("1,999 match"),
                    "challenge takes a stranger's signature for a voice")
            }, in: bench.work)
    }
}
