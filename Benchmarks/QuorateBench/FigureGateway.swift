import StoreFormats

/// Figure 2: decided narinfos beside the same files from nginx, and a stock client that copies a closure.
struct FigureGateway {
    let bench: Bench
    let wantsNarInfos: Bool
    let wantsCopy: Bool

    func run() async throws {
        let quorate = bench.quorate("gateway-home")
        try quorate.prepare(bench.caches, (0..<3).map(bench.nginx.address))
        let gateway = try quorate.serve()
        defer { gateway.stop() }
        try await ServedPaths.collect(from: gateway, bench)
        let nginx = try Nginx([.folder(bench.work.path(ServedPaths.folder))], in: WorkFolder(bench.work.path("peer")))
        defer { nginx.stop() }
        if wantsNarInfos { try narInfos(gateway, nginx) }
        if wantsCopy { try copy(quorate, gateway, nginx) }
    }

    private func narInfos(_ gateway: ServerProcess, _ nginx: Nginx) throws {
        let wrk = try Wrk(bench.caches.paths, name: "narinfos", in: bench.work)
        func measure(_ address: String) throws -> Double { try wrk.rate(address, connections: 32) }
        var ours = Samples()
        var theirs = Samples()
        _ = try measure(gateway.address)
        _ = try measure(nginx.address(0))
        for _ in 0..<bench.runs {
            theirs.add(try measure(nginx.address(0)))
            ours.add(try measure(gateway.address))
        }
        bench.report.compare(
            "2 decided narinfos, 2,000 in turn, 32 connections", ours, "nginx", theirs, .perSecond,
            ratio: ours.median / theirs.median, .atLeast(1))
    }

    private func copy(_ quorate: QuorateProgram, _ gateway: ServerProcess, _ nginx: Nginx) throws {
        let work = bench.work
        // Both serve the gateway's narinfos, so its key is the one to trust.
        let key = try NixSecretKey(fileContents: work.read("\(quorate.home)/state/keys/gateway"))
        let nix = try NixClient(trusting: [key.publicKey], in: WorkFolder(work.path("copy")))
        let top = bench.caches.paths[0]
        func measure(_ address: String, _ store: String) throws -> Double {
            work.remove("copy/\(store)")
            nix.forgetCaches()
            return try nix.copy(top, from: address, to: store).wall
        }
        _ = try measure(nginx.address(0), "theirs")
        _ = try measure(gateway.address, "ours")
        let copied = try nix.contents(of: "ours")
        try demand(
            copied.count == GeneratedCaches.count && copied == nix.contents(of: "theirs"),
            "the two copies differ, or lack something (\(copied.count) paths)")
        var ours = Samples()
        var theirs = Samples()
        for _ in 0..<bench.runs {
            theirs.add(try measure(nginx.address(0), "theirs"))
            ours.add(try measure(gateway.address, "ours"))
        }
        for store in ["ours", "theirs"] { work.remove("copy/\(store)") }
        bench.report.compare(
            "2 nix copy of the 2,000-path closure", ours, "from nginx", theirs, .milliseconds,
            ratio: ours.median / theirs.median, .atMost(1.15))
    }
}
