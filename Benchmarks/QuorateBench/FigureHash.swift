import StoreFormats

/// Figure 4: the NAR hash of one large file and of a tree of many small ones.
struct FigureHash {
    let bench: Bench

    private static let fileSize = 1 << 30
    private static let folders = 250
    private static let filesInEach = 200

    func run() throws {
        try generate()
        let work = bench.work
        for (what, name) in [("1 GiB file", "hash/file"), ("tree of 50,000 files", "hash/tree")] {
            let ourCommand = bench.quorate("hash-home").command(["hash", work.path(name)])
            let theirCommand = bench.nix.command([
                "nix", "hash", "path", "--type", "sha256", "--base32", work.path(name),
            ])
            let mine = try ourCommand.require(in: work).output
            let yours = try theirCommand.require(in: work).output
            try demand(mine == "sha256:\(yours)", "NAR hash of \(name): \(mine) against \(yours)")
            var ours = Samples()
            var theirs = Samples()
            var raw = Samples()
            for _ in 0..<bench.runs {
                theirs.add(try theirCommand.require(in: work).wall)
                ours.add(try ourCommand.require(in: work).wall)
                if name == "hash/file" {
                    let openssl = Command(arguments: ["openssl", "dgst", "-sha256", work.path(name)])
                    raw.add(try openssl.require(in: work).wall)
                }
            }
            bench.report.compare(
                "4 NAR hash of a \(what)", ours, "nix hash path", theirs, .milliseconds,
                ratio: ours.median / theirs.median, .atMost(1))
            guard name == "hash/file" else { continue }
            bench.report.compare(
                "4 the same beside the bare hash", ours, "openssl dgst", raw, .milliseconds,
                ratio: ours.median / raw.median, nil)
            let bare = try speed()
            let rate = Samples(Double(Self.fileSize) / ours.median)
            bench.report.compare(
                "4 the same as a rate", rate, "openssl speed", bare, .megabytesPerSecond,
                ratio: rate.median / bare.median, nil)
        }
    }

    /// What one core can hash from memory. The last number is in thousands of bytes per second.
    private func speed() throws -> Samples {
        let output = try Command(arguments: [
            "openssl", "speed", "-evp", "sha256", "-bytes", "262144", "-seconds", "1", "-mr",
        ]).require(in: bench.work).output
        let line = output.split(separator: "\n").last { $0.hasPrefix("+F:") } ?? ""
        guard let rate = line.split(separator: ":").last.flatMap({ Double($0) }) else {
            throw BenchError("openssl speed says: \(output)")
        }
        return Samples(rate)
    }

    private func generate() throws {
        let work = bench.work
        guard !work.exists("hash/complete") else { return }
        Report.say("making a file of 1 GiB and a tree of 50,000 files …")
        work.remove("hash")
        try work.make("hash")
        var random = ReproducibleBytes(seed: 4)
        try work.write(random.next(Self.fileSize), to: "hash/file")
        for folder in 0..<Self.folders {
            try work.make("hash/tree/part-\(folder)")
            for file in 0..<Self.filesInEach {
                let size = 1000 + (folder * 31 + file * 17) % 6000
                try work.write(random.next(size), to: "hash/tree/part-\(folder)/file-\(file).txt")
            }
        }
        try work.write("", to: "hash/complete")
    }
}
