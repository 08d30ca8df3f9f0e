import StoreFormats

/// Figure 5: from the start of the program to its first answer.
struct FigureStart {
    let bench: Bench

    func run() throws {
        let (caches, work) = (bench.caches, bench.work)
        let quorate = bench.quorate("start-home")
        try quorate.prepare(caches, (0..<3).map(bench.nginx.address))
        let known = Array(caches.paths.prefix(1))
        try demand(try quorate.verify(known).status == 0, "verify of one path")
        let version = quorate.command(["--version"])
        var verify = Samples()
        var bare = Samples()
        var serve = Samples()
        for _ in 0..<2 * bench.runs {
            bare.add(try version.require(in: work).wall)
            let result = try quorate.verify(known)
            try demand(result.status == 0, "verify of one path: \(result.errors)")
            verify.add(result.wall)
            let begin = Stopwatch()
            let gateway = try quorate.serve()
            defer { gateway.stop() }
            let answer = try PlainHTTP.get(gateway.port, "/\(known[0].hashPart).narinfo")
            serve.add(begin.seconds)
            try demand(answer.status == 200, "the gateway's first answer has status \(answer.status)")
        }
        bench.report.single("5 verify of one path known in the ledger", verify, .milliseconds, .atMost(0.05))
        bench.report.single("5 serve, until the first narinfo", serve, .milliseconds, .atMost(0.05))
        bench.report.single("5 for comparison: --version", bare, .milliseconds, nil)
    }
}
