import Glibc
import GuixFormats
import StoreFormats

/// Figure 11: 2,000 paths of Guix's store on two servers, and their narinfos from the gateway, beside `guix publish`.
struct FigureGuix {
    let bench: Bench
    let guix: GuixPeer?

    /// Questions that a Guix client asks before it reads the first answer.
    private static let batch = 1000

    func run() throws {
        let work = bench.work
        let caches = try GuixCaches(of: bench.caches, in: work)
        let nginx = try Nginx(caches.folders.map { .folder($0) }, in: WorkFolder(work.path("guix-peer")))
        defer { nginx.stop() }
        let quorate = bench.quorate("guix-home")
        var cold = Samples()
        var effort = Samples()
        var warm = Samples()
        for _ in 0..<bench.runs {
            try prepare(quorate, caches, nginx)
            let first = try quorate.verify(caches.paths)
            cold.add(first.wall)
            effort.add(first.cpu)
            try demand(
                first.status == 0 && first.output.contains("2,000 quorate"),
                "verify: \(first.output.suffix(200))\(first.errors)")
            let again = try quorate.verify(caches.paths)
            try demand(again.status == 0, "verify: \(again.errors)")
            warm.add(again.wall)
        }
        bench.report.single("11 verify 2,000 Guix paths on 2 servers, cold", cold, .milliseconds, nil)
        bench.report.single("11 the same, processor time", effort, .milliseconds, nil)
        bench.report.single("11 the same again, from the ledger", warm, .milliseconds, nil)
        try serve(quorate, caches, nginx)
    }

    private func prepare(_ quorate: QuorateProgram, _ caches: GuixCaches, _ nginx: Nginx) throws {
        _ = try bench.work.empty(quorate.home)
        try bench.work.make("\(quorate.home)/config")
        try bench.work.write(
            caches.policy(GuixCaches.names.indices.map(nginx.address)), to: "\(quorate.home)/config/policy")
    }

    private func serve(_ quorate: QuorateProgram, _ caches: GuixCaches, _ nginx: Nginx) throws {
        try prepare(quorate, caches, nginx)
        let gateway = try quorate.serve()
        defer { gateway.stop() }
        let requests = caches.paths.prefix(Self.batch).map {
            "GET /\($0.hashPart).narinfo HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        }.joined()
        var first = Samples()
        first.add(try pipelined(requests, gateway.port))
        var batch = Samples()
        for _ in 0..<max(bench.runs, 5) { batch.add(try pipelined(requests, gateway.port)) }
        bench.report.single("11 1,000 narinfos asked for at once, undecided", first, .milliseconds, nil)
        bench.report.single("11 1,000 narinfos asked for at once, decided", batch, .milliseconds, .atMost(0.06))
        var rate = Samples()
        let wrk = try Wrk(caches.paths.prefix(Self.batch), name: "guix-narinfos", in: bench.work)
        let ours = { rate.add(try wrk.rate(gateway.address, connections: 8)) }
        guard let guix else {
            for _ in 0..<bench.runs { try ours() }
            return bench.report.single("11 decided narinfos of Guix, 8 connections", rate, .perSecond, nil)
        }
        // The peer is asked for one narinfo again and again, which cannot harm it.
        let cache = guix.folder("publish")
        defer { try? guix.remove(cache) }
        for (name, cache, bar) in [("guix publish --cache", cache, 5.0), ("guix publish", nil, 40.0)] {
            let server = try guix.publish(cache: cache)
            defer { server.stop() }
            let peer = try Wrk([try guix.published(by: server)], name: "guix-publish", in: bench.work)
            rate = Samples()
            var theirs = Samples()
            for _ in 0..<bench.runs {
                try ours()
                theirs.add(try peer.rate(server.address, connections: 8))
            }
            bench.report.compare(
                "11 decided narinfos of Guix, 8 connections", rate, name, theirs, .perSecond,
                ratio: rate.median / theirs.median, .atLeast(bar))
        }
    }

    /// Seconds until all answers have come, each of them a narinfo.
    private func pipelined(_ requests: String, _ port: UInt16) throws -> Double {
        guard let socket = Ports.connect(port) else { throw BenchError("nobody listens on port \(port)") }
        defer { close(socket) }
        let bytes = Array(requests.utf8)
        let capacity = 1 << 20
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
        defer { buffer.deallocate() }
        var received: [UInt8] = []
        received.reserveCapacity(4 << 20)
        var rest = Self.batch
        var start = 0
        let begin = Stopwatch()
        guard send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw BenchError("port \(port): cannot send")
        }
        while rest > 0 {
            let got = recv(socket, buffer.baseAddress, capacity, 0)
            guard got > 0 else { throw BenchError("port \(port): \(rest) answers did not come") }
            received.append(contentsOf: buffer[..<got])
            while rest > 0, let head = PlainHTTP.Head(Array(received[start...].prefix(512))),
                let length = head.contentLength, received.count - start >= head.length + length
            {
                try demand(head.status == 200, "port \(port): status \(head.status)")
                start += head.length + length
                rest -= 1
            }
        }
        return begin.seconds
    }
}
