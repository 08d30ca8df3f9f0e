import StoreFormats

/// Figure 3: the bytes of one large NAR, and the gateway's memory while many clients read it slowly.
struct FigureBody {
    let bench: Bench
    let wantsSpeed: Bool
    let wantsMemory: Bool

    private static let slowReaders = [0, 1, 100, 2000]

    func run() throws {
        let quorate = bench.quorate("body-home")
        try quorate.prepare(bench.caches, (0..<3).map(bench.nginx.address))
        let published = try NarInfo(
            parsing: bench.work.read("caches/one/\(bench.caches.large.hashPart).narinfo"), accepting: .seenInCaches)
        if wantsSpeed {
            try spooled(quorate, published)
            try firstTransfer(published)
        }
        if wantsMemory { try memory(quorate) }
    }

    /// The NAR's place at the gateway. Asking starts the spooling.
    private func place(_ gateway: ServerProcess) throws -> String {
        let answer = try PlainHTTP.get(gateway.port, "/\(bench.caches.large.hashPart).narinfo", keepingBody: true)
        try demand(answer.status == 200, "the gateway's narinfo has status \(answer.status)")
        return "/" + (try NarInfo(parsing: answer.body, accepting: .seenInCaches).url)
    }

    private func seconds(_ port: UInt16, _ path: String, _ published: NarInfo) throws -> Double {
        let begin = Stopwatch()
        let answer = try PlainHTTP.get(port, path)
        let seconds = begin.seconds
        try demand(
            answer.status == 200 && UInt64(answer.bodyBytes) == published.narSize,
            "\(path): status \(answer.status), \(answer.bodyBytes) bytes")
        return seconds
    }

    private func spooled(_ quorate: QuorateProgram, _ published: NarInfo) throws {
        let gateway = try quorate.serve()
        defer { gateway.stop() }
        let path = try place(gateway)
        let body = try PlainHTTP.get(gateway.port, path, keepingBody: true).body
        var hasher = NarHasher()
        hasher.update(body)
        try demand(hasher.digest().hash == published.narHash, "the gateway's NAR is another one")
        var ours = Samples()
        var theirs = Samples()
        for _ in 0..<2 * bench.runs {
            theirs.add(
                Double(published.narSize) / (try seconds(bench.nginx.ports[0], "/" + published.url, published)))
            ours.add(Double(published.narSize) / (try seconds(gateway.port, path, published)))
        }
        bench.report.compare(
            "3 spooled NAR of 200 MiB, one client", ours, "nginx sendfile", theirs, .megabytesPerSecond,
            ratio: ours.median / theirs.median, .atLeast(0.8))
    }

    private func firstTransfer(_ published: NarInfo) throws {
        let proxy = try Nginx([.proxy(toPort: bench.nginx.ports[0])], in: WorkFolder(bench.work.path("peer")))
        defer { proxy.stop() }
        let quorate = bench.quorate("first-home")
        var ours = Samples()
        var proxied = Samples()
        var verified = Samples()
        for _ in 0..<bench.runs {
            proxied.add(try seconds(proxy.ports[0], "/" + published.url, published))
            let hash = Stopwatch()
            let nar = try ContentFile.sha256(bench.work.path("caches/one/\(published.url)"))
            verified.add(hash.seconds)
            try demand(nar == published.narHash, "the published NAR is another one")
            try quorate.prepare(bench.caches, (0..<3).map(bench.nginx.address))
            let gateway = try quorate.serve()
            defer { gateway.stop() }
            let begin = Stopwatch()
            _ = try seconds(gateway.port, place(gateway), published)
            ours.add(begin.seconds)
        }
        let sum = proxied.median + verified.median
        bench.report.compare(
            "3 first transfer of it, decision included", ours,
            "nginx proxy_pass \(Unit.milliseconds.text(proxied.median)) + hashing", Samples(sum), .milliseconds,
            ratio: ours.median / sum, nil)
    }

    private func memory(_ quorate: QuorateProgram) throws {
        // Once before, so that the file is in the spool for all.
        let warm = try quorate.serve()
        _ = try PlainHTTP.get(warm.port, place(warm))
        warm.stop()
        var base = 0.0
        for count in Self.slowReaders {
            let gateway = try quorate.serve()
            defer { gateway.stop() }
            let path = try place(gateway)
            // The first request has the file hashed again.
            let ready = try PlainHTTP.get(gateway.port, path)
            try demand(ready.status == 200, "status \(ready.status)")
            let readers = SlowReaders(count: count, port: gateway.port, path: path)
            let started = readers.read(atMost: 45, then: 8)
            let now = try gateway.memory("VmRSS")
            let peak = try gateway.memory("VmHWM")
            readers.stop()
            if count == 0 {
                base = now
                bench.report.single(
                    "3 gateway's memory at rest, after one transfer", Samples(now), .mebibytes, nil,
                    note: "peak \(Unit.mebibytes.text(peak)); bar below 60 MiB")
            } else {
                let each = (now - base) / Double(count)
                bench.report.single(
                    "3 gateway's memory with \(count) slow readers", Samples(now), .mebibytes, nil,
                    note: "peak \(Unit.mebibytes.text(peak)); \(started) under way; "
                        + "\(Unit.mebibytes.text(each)) each")
            }
        }
    }
}
