import StoreFormats

/// Figure 7: the closure of nearly everything in a large store.
struct FigureClosure {
    let bench: Bench

    private static let paths = 98_000
    private static let references = 10

    func run() throws {
        let work = bench.work
        let top = try generate()
        let nix = bench.nix.command([
            "nix-store", "--store", work.path("closure/nix"), "--query", "--requisites", top.path,
        ])
        let quorate = bench.quorate("closure/home").command(["store", "closure", top.path])
        let mine = Set(try quorate.require(in: work).output.split(separator: "\n"))
        let yours = Set(try nix.require(in: work).output.split(separator: "\n"))
        try demand(mine == yours, "\(mine.count) paths against \(yours.count)")
        var ours = Samples()
        var theirs = Samples()
        for _ in 0..<bench.runs {
            ours.add(try quorate.require(in: work).wall)
            theirs.add(try nix.require(in: work).wall)
        }
        bench.report.compare(
            "7 closure of \(mine.count) paths, \(Self.references) references each", ours, "nix-store -qR", theirs,
            .milliseconds, ratio: theirs.median / ours.median, .atLeast(20))
    }

    /// Fills both stores with the same paths; gives the one from which most others are reached.
    private func generate() throws -> StorePath {
        let work = bench.work
        var random = ReproducibleBytes(seed: 7)
        func number(below limit: Int) -> Int {
            Int(random.next(4).reduce(0) { $0 << 8 | UInt32($1) }) % limit
        }
        var paths: [StorePath] = []
        var references: [[StorePath]] = []
        paths.reserveCapacity(Self.paths)
        for index in 0..<Self.paths {
            let hash = Nix32.encode(random.next(20))
            paths.append(try StorePath(baseName: "\(hash)-path-\(index)", in: .nix))
            // The path before keeps everything connected; the others are anywhere below.
            var chosen: Set<Int> = index > 0 ? [index - 1] : []
            while chosen.count < min(index, Self.references) { chosen.insert(number(below: index)) }
            references.append(chosen.sorted().map { paths[$0] }.sorted())
        }
        guard let top = paths.last else { throw BenchError("no paths") }
        guard !work.exists("closure/complete") else { return top }
        Report.say("making two stores of \(Self.paths) paths …")
        work.remove("closure")
        try work.make("closure")
        var registration = ""
        var export: [UInt8] = []
        let nar = GeneratedCaches.nar(of: Array("a path\n".utf8))
        var hasher = NarHasher()
        hasher.update(nar)
        let hash = hasher.digest().hash
        for (path, needed) in zip(paths, references) {
            registration += "\(path.path)\n\(hash.hex)\n\(nar.count)\n\n\(needed.count)\n"
            for reference in needed { registration += reference.path + "\n" }
            export += ExportWriter.objectStart + nar
            export += ExportWriter.objectEnd(path: path, references: needed, deriver: nil, signature: nil)
        }
        export += ExportWriter.end
        try work.write(registration, to: "closure/registration")
        try work.write(export, to: "closure/export")
        var load = bench.nix.command(["nix-store", "--store", work.path("closure/nix"), "--load-db"])
        load.input = work.path("closure/registration")
        try load.require(in: work)
        var fill = bench.quorate("closure/home").command(["store", "import", "-"])
        fill.input = work.path("closure/export")
        try fill.require(in: work)
        try work.write("", to: "closure/complete")
        return top
    }
}
