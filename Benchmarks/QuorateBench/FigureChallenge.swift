import GuixFormats
import StoreFormats

/// Figure 10: 2,000 paths of Guix on two servers, every signature checked, and again from the ledger.
struct FigureChallenge {
    let bench: Bench

    func run() throws {
        let mirrors = try GuixMirrors(in: bench.work)
        let quorate = bench.quorate("challenge-home")
        let first = GeneratedCaches.names.count
        let addresses = (first..<first + GuixMirrors.names.count).map(bench.nginx.address)
        try checkAnswers(mirrors, addresses, quorate)
        var cold = Samples()
        var work = Samples()
        var warm = Samples()
        var weather = Samples()
        for _ in 0..<bench.runs {
            try prepare(mirrors, addresses, quorate)
            let new = try challenge(mirrors, quorate)
            let again = try challenge(mirrors, quorate)
            let survey = try quorate.command(["weather"] + mirrors.paths.map(\.path)).run(in: bench.work)
            try demand(
                new.status == 0 && again.status == 0 && survey.status == 0,
                "challenge: \(new.errors) \(again.errors) \(survey.errors)")
            cold.add(new.wall)
            work.add(new.cpu)
            warm.add(again.wall)
            weather.add(survey.wall)
        }
        let report = bench.report
        report.single("12 challenge 2,000 paths of Guix on 2 servers, cold", cold, .milliseconds, nil)
        report.single("12 the same, processor time", work, .milliseconds, nil)
        report.single("12 the same again, from the ledger", warm, .milliseconds, .atMost(0.07))
        report.single("12 weather of the same paths", weather, .milliseconds, nil)
        report.note(
            "by hand, in turn with these: guix challenge --diff=none --substitute-urls='\(addresses.joined(separator: " "))'"
        )
    }

    private func prepare(_ mirrors: GuixMirrors, _ addresses: [String], _ quorate: QuorateProgram) throws {
        _ = try bench.work.empty(quorate.home)
        try bench.work.make("\(quorate.home)/config")
        var policy = ""
        for (index, name) in GuixMirrors.names.enumerated() {
            policy += "cache \(name) guix \(mirrors.keys[index].publicKey.hexadecimal) \(addresses[index]) builds\n"
        }
        policy += "group both all \(GuixMirrors.names.joined(separator: " "))\nquorum guix both\n"
        try bench.work.write(policy, to: "\(quorate.home)/config/policy")
    }

    private func challenge(_ mirrors: GuixMirrors, _ quorate: QuorateProgram) throws -> Command.Result {
        try quorate.command(["challenge", "--diff", "none"] + mirrors.paths.map(\.path)).run(in: bench.work)
    }

    /// All match; and where one signature is a stranger's, one does not.
    private func checkAnswers(_ mirrors: GuixMirrors, _ addresses: [String], _ quorate: QuorateProgram) throws {
        try prepare(mirrors, addresses, quorate)
        let good = try challenge(mirrors, quorate)
        try demand(
            good.status == 0 && good.output.contains("2,000 match"), "challenge: \(good.output)\(good.errors)")
        let file = "guix/\(GuixMirrors.names[1])/\(mirrors.paths[1234].hashPart).narinfo"
        let honest = try bench.work.read(file)
        try bench.work.write(mirrors.narInfo(1234, signedBy: GuixSecretKey.generate()).serialized, to: file)
        defer { try? bench.work.write(honest, to: file) }
        try prepare(mirrors, addresses, quorate)
        let bad = try challenge(mirrors, quorate)
        try demand(
            bad.status == 1 && bad.output.contains("1,999 match"), "challenge takes a stranger's signature for a voice")
    }
}
