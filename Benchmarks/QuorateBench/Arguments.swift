import Glibc

/// The command line of the benchmarks: `--quorate FILE --work FOLDER [--runs N] [--report FILE] [--guix-prefix
/// WORDS] [FIGURE…]`.
struct Arguments {
    private var executable = ".build/release/quorate"
    private var work = ".build/benchmarks"
    private var runs = 7
    private var report: String?
    private var guixPrefix: [String] = []
    private var figures: Set<String> = []

    private static let all = [
        "verify", "narinfo", "copy", "body", "memory", "hash", "start", "build", "closure", "sequence",
        "follow", "proof", "signature", "guix", "challenge",
    ]

    init(_ arguments: some Sequence<String>) throws {
        var rest = Array(arguments)[...]
        func value(_ option: String) throws -> String {
            guard let value = rest.popFirst() else { throw BenchError("\(option) needs a value") }
            return value
        }
        while let argument = rest.popFirst() {
            switch argument {
            case "--quorate": executable = try value(argument)
            case "--work": work = try value(argument)
            case "--runs": runs = max(1, Int(try value(argument)) ?? 0)
            case "--report": report = try value(argument)
            case "--guix-prefix": guixPrefix = try value(argument).split(separator: " ").map(String.init)
            case _ where Self.all.contains(argument): figures.insert(argument)
            default:
                throw BenchError("'\(argument)': known figures are \(Self.all.joined(separator: ", "))")
            }
        }
    }

    private static func absolute(_ path: String) throws -> String {
        guard let resolved = realpath(path, nil) else { throw BenchError("\(path): not there") }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    func run() async throws {
        mkdir(work, 0o755)
        let bench = try Bench(
            work: WorkFolder(Self.absolute(work)), executable: Self.absolute(executable), runs: runs)
        defer { bench.nginx.stop() }
        Report.say(Machine.description)
        func wants(_ figure: String) -> Bool { figures.isEmpty || figures.contains(figure) }
        for row in bench.report.rows { Report.say(row) }
        if wants("verify") { try await FigureVerify(bench: bench).run() }
        if wants("narinfo") || wants("copy") {
            try await FigureGateway(bench: bench, wantsNarInfos: wants("narinfo"), wantsCopy: wants("copy")).run()
        }
        if wants("body") || wants("memory") {
            try FigureBody(bench: bench, wantsSpeed: wants("body"), wantsMemory: wants("memory")).run()
        }
        if wants("hash") { try FigureHash(bench: bench).run() }
        if wants("start") { try FigureStart(bench: bench).run() }
        if wants("build") { try FigureBuild(bench: bench).run() }
        if wants("closure") { try FigureClosure(bench: bench).run() }
        if wants("sequence") { try await FigureSequence(bench: bench).run() }
        if wants("follow") { try await FigureFollow(bench: bench).run() }
        if wants("proof") { try FigureProof(bench: bench).run() }
        if wants("signature") { try FigureSignature(bench: bench).run() }
        if wants("guix") || wants("challenge") {
            let guix = try GuixPeer(prefix: guixPrefix, in: bench.work)
            if guix == nil { Report.say("no guix answers: its figures are without a peer") }
            if wants("guix") { try FigureGuix(bench: bench, guix: guix).run() }
            if wants("challenge") { try FigureChallenge(bench: bench, guix: guix).run() }
        }
        Report.say(Machine.load)
        let table = bench.report.rows.joined(separator: "\n")
        if let report {
            try WorkFolder.write("\(Machine.description)\n\n\(table)\n", toFile: report)
        }
        if bench.report.missed > 0 { Report.say("\(bench.report.missed) figures miss their bar") }
    }
}
