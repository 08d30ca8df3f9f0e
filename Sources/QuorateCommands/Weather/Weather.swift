internal import ClaimSources
internal import Dispatch
internal import Quorum
internal import StoreFormats
internal import Synchronization
internal import Verification

/// Asks every server about every path, and counts. Nothing is remembered from or for other runs.
struct Weather {
    let caches: CacheSet
    let verifier: NarInfoVerifier
    /// Whether what the answers refer to is asked about too.
    let followsReferences: Bool
    let terminal: Terminal

    /// Paths asked about at a time: their answers wait in memory.
    private static let batch = 4096
    /// Single questions that are timed.
    private static let timed = 5

    /// - Parameter references: What is known already of who refers to what.
    func run(_ paths: [StorePath], references: [StorePath: [StorePath]]) async -> WeatherReport {
        var servers = caches.members.map { ServerWeather(name: $0.leaf, address: $0.cache.address) }
        var report = WeatherReport()
        let bar = ProgressBar(
            terminal, "Asking \(servers.count) server\(servers.count == 1 ? "" : "s")",
            total: paths.count * servers.count)
        defer { bar.finish() }
        for (index, member) in caches.members.enumerated() {
            servers[index].roundTrips = await roundTrips(to: member, paths)
        }
        var known = Set(paths)
        var queue = paths[...]
        while !queue.isEmpty {
            let part = Array(queue.prefix(Self.batch))
            queue = queue.dropFirst(part.count)
            var outcomes: [StorePath: Set<Outcome>] = [:]
            // One server after the other: together they would only measure this machine.
            for (index, member) in caches.members.enumerated() {
                let (answers, time) = await ask(member, part, bar)
                servers[index].add(time)
                for (path, answer) in answers {
                    servers[index].count(answer, about: path)
                    guard case .statement(let statement) = answer else { continue }
                    outcomes[path, default: []].insert(statement.narInfo.outcome)
                    report.found.insert(path)
                    if references[path] == nil, outcomes[path]?.count == 1 {
                        report.wanted.add(path, references: statement.narInfo.references)
                    }
                    guard followsReferences else { continue }
                    for reference in statement.narInfo.references where known.insert(reference).inserted {
                        queue.append(reference)
                    }
                }
            }
            for path in part {
                if !caches.members.contains(where: { $0.serves(path) }) { report.unasked.append(path) }
                if let list = references[path] { report.wanted.add(path, references: list) }
                if outcomes[path, default: []].count > 1 { report.differing.append(path) }
            }
            bar.setTotal(known.count * servers.count)
        }
        report.total = known.count
        report.servers = servers
        return report
    }

    /// What single questions about paths cost, one after the other, on a connection that is there.
    private func roundTrips(to member: CacheSet.Member, _ paths: [StorePath]) async -> [Duration] {
        // This one makes the connection; that a folder has no such file is an answer too.
        if case .trouble = await member.cache.get("nix-cache-info") { return [] }
        var times: [Duration] = []
        let clock = ContinuousClock()
        // A server may make an answer when it is first asked, and remember it: no path is asked about twice.
        for path in paths.lazy.filter(member.serves).prefix(Self.timed) {
            let begin = clock.now
            if case .trouble = await member.cache.get(path.hashPart + ".narinfo") { return times.sorted() }
            times.append(clock.now - begin)
        }
        return times.sorted()
    }

    /// The answers of one server, and the time until the last had come; they are checked behind that.
    private func ask(
        _ member: CacheSet.Member, _ paths: [StorePath], _ bar: ProgressBar
    ) async -> (answers: [(StorePath, ServerWeather.Answer)], time: Duration) {
        let paths = paths.filter(member.serves)
        let received = Mutex<[Result<[UInt8]?, SourceTrouble>?]>(Array(repeating: nil, count: paths.count))
        let clock = ContinuousClock()
        let begin = clock.now
        await member.cache.getBytes(paths.map { $0.hashPart + ".narinfo" }) { index, answer in
            received.withLock { $0[index] = answer }
            bar.advance()
        }
        let time = clock.now - begin
        let all = received.withLock { $0 }
        let checked = Mutex<[ServerWeather.Answer?]>(Array(repeating: nil, count: paths.count))
        let (address, now) = (member.cache.address, SystemClock.now)
        try? await Blocking.run { [verifier] in
            DispatchQueue.concurrentPerform(iterations: paths.count) { index in
                let answer = Self.check(all[index], paths[index], verifier, address: address, at: now)
                checked.withLock { $0[index] = answer }
            }
        }
        return (zip(paths, checked.withLock { $0 }).map { ($0, $1 ?? .trouble("not asked")) }, time)
    }

    private static func check(
        _ answer: Result<[UInt8]?, SourceTrouble>?, _ path: StorePath, _ verifier: NarInfoVerifier, address: String,
        at now: Timestamp
    ) -> ServerWeather.Answer {
        switch answer {
        case nil: return .trouble("\(address): no answer")
        case .failure(let trouble)?: return .trouble(trouble.message)
        case .success(nil)?: return .absent
        case .success(let bytes?)?:
            do throws(SourceTrouble) {
                let statement = try verifier.verify(
                    bytes, asked: path.hashPart, in: path.directory, source: address, at: now)
                guard statement.narInfo.storePath == path else {
                    return .trouble("\(address): has \(statement.narInfo.storePath) under the digits of \(path)")
                }
                return .statement(statement)
            } catch {
                return .trouble(error.message)
            }
        }
    }
}
