import ClaimSources
import Crypto
import Dispatch
import NIOCore
import StoreFormats

/// Figure 1: 2,000 paths on three caches, every signature checked.
struct FigureVerify {
    let bench: Bench

    func run() async throws {
        let (caches, work, nix) = (bench.caches, bench.work, bench.nix)
        let quorate = bench.quorate("verify-home")
        let addresses = (0..<3).map(bench.nginx.address)
        if !work.exists("nix/verify-store/complete") {
            Report.say("copying the paths into a store of nix …")
            work.remove("nix/verify-store")
            nix.forgetCaches()
            _ = try nix.copy(caches.paths[0], from: addresses[0], to: "nix/verify-store")
            try work.write("", to: "nix/verify-store/complete")
        }
        let nixVerify = nix.command(
            [
                "nix", "store", "verify", "--store", work.path("nix/verify-store"), "--no-contents", "--sigs-needed",
                "3",
            ] + addresses.flatMap { ["-s", $0] } + caches.paths.map(\.path))
        try checkAnswers(nixVerify, quorate, addresses)

        var ours = Samples()
        var ourWork = Samples()
        var theirs = Samples()
        var theirWork = Samples()
        var again = Samples()
        var requests = Samples()
        var signatures = Samples()
        let parts = try VerificationParts(caches, addresses, work)
        for _ in 0..<bench.runs {
            nix.forgetCaches()
            let peer = try nixVerify.require(in: work)
            theirs.add(peer.wall)
            theirWork.add(peer.cpu)
            try quorate.prepare(caches, addresses)
            let cold = try quorate.verify(caches.paths)
            ours.add(cold.wall)
            ourWork.add(cold.cpu)
            let warm = try quorate.verify(caches.paths)
            again.add(warm.wall)
            try demand(cold.status == 0 && warm.status == 0, "verify: \(cold.errors) \(warm.errors)")
            requests.add(try await parts.requests())
            signatures.add(try parts.signatures())
        }
        let report = bench.report
        report.compare(
            "1 verify 2,000 paths on 3 caches, cold", ours, "nix store verify", theirs, .milliseconds,
            ratio: theirs.median / ours.median, .atLeast(3))
        let floor = requests.median + signatures.median
        report.compare(
            "1 the same beside its parts: 6,000 requests \(Unit.milliseconds.text(requests.median)), 6,000 signatures "
                + Unit.milliseconds.text(signatures.median),
            ours, "parts", Samples(floor), .milliseconds, ratio: ours.median / floor, .atMost(1.5))
        report.compare(
            "1 the same, processor time", ourWork, "nix store verify", theirWork, .milliseconds,
            ratio: theirWork.median / ourWork.median, nil)
        report.single("1 the same again, from the ledger", again, .milliseconds, .atMost(0.1))
    }

    /// Both accept the whole set, and both refuse it when one signature of one cache is forged.
    private func checkAnswers(_ nixVerify: Command, _ quorate: QuorateProgram, _ addresses: [String]) throws {
        let (caches, work) = (bench.caches, bench.work)
        try quorate.prepare(caches, addresses)
        let good = try quorate.verify(caches.paths)
        try demand(
            good.status == 0 && good.output.contains("2,000 quorate"),
            "verify: \(good.output.suffix(200))\(good.errors)"
        )
        bench.nix.forgetCaches()
        try nixVerify.require(in: work)
        let forged = try caches.forged(1234, cache: 2, work)
        let honest = try work.read(forged.file)
        try work.write(forged.bytes, to: forged.file)
        defer { try? work.write(honest, to: forged.file) }
        bench.nix.forgetCaches()
        try demand(try nixVerify.run(in: work).status != 0, "nix accepts a forged signature")
        try quorate.prepare(caches, addresses)
        let bad = try quorate.verify(caches.paths)
        try demand(bad.status == 1 && bad.output.contains("1,999 quorate"), "quorate verify accepts a forged signature")
    }
}

/// What a cold verification cannot do without, each alone and in this process: the requests with the same HTTP client,
/// and the signatures with the library over all cores.
struct VerificationParts {
    private struct Signed: Sendable {
        let fingerprint: [UInt8]
        let signature: NixSignature
        let key: Curve25519.Signing.PublicKey
    }

    private let addresses: [String]
    private let files: [String]
    private let signed: [Signed]

    init(_ caches: GeneratedCaches, _ addresses: [String], _ work: WorkFolder) throws {
        self.addresses = addresses
        files = caches.paths.map { $0.hashPart + ".narinfo" }
        var signed: [Signed] = []
        for (name, secret) in zip(GeneratedCaches.names, caches.keys) {
            let key = try Curve25519.Signing.PublicKey(rawRepresentation: secret.publicKey.bytes)
            for file in files {
                let narInfo = try NarInfo(parsing: work.read("caches/\(name)/\(file)"), accepting: .seenInCaches)
                guard let signature = narInfo.signatures.first else { throw BenchError("\(file): no signature") }
                signed.append(
                    Signed(fingerprint: narInfo.fingerprint, signature: signature, key: key))
            }
        }
        self.signed = signed
    }

    /// Seconds for all requests, connections included.
    func requests() async throws -> Double {
        let resources = HTTPResources()
        let sources = try addresses.map { try BinaryCache(url: $0, resources: resources) }
        let files = files
        let begin = Stopwatch()
        let found = await withTaskGroup(of: Int.self) { group in
            for source in sources {
                group.addTask {
                    let count = Counter()
                    await source.get(files) { _, answer in
                        if case .body = answer { count.increment() }
                    }
                    return count.value
                }
            }
            return await group.reduce(0, +)
        }
        let seconds = begin.seconds
        for source in sources { source.shutdown() }
        await resources.shutdown()
        try demand(found == files.count * addresses.count, "\(found) narinfos came")
        return seconds
    }

    /// Seconds for all signatures with the library, on every core.
    func signatures() throws -> Double {
        let count = Counter()
        let pieces = 64
        let signed = signed
        let begin = Stopwatch()
        DispatchQueue.concurrentPerform(iterations: pieces) { piece in
            for index in stride(from: piece, to: signed.count, by: pieces) {
                let one = signed[index]
                if one.key.isValidSignature(one.signature.bytes, for: one.fingerprint) { count.increment() }
            }
        }
        let seconds = begin.seconds
        try demand(count.value == signed.count, "\(count.value) signatures are good")
        return seconds
    }
}
