import StoreFormats

/// Asks a server for narinfos in turn, as fast as `wrk` can.
struct Wrk {
    private let work: WorkFolder
    private let script: String

    /// - Parameter name: Of the script.
    init(_ paths: some Sequence<StorePath>, name: String, in work: WorkFolder) throws {
        self.work = work
        script = "\(name).lua"
        let list = paths.map { "\"/\($0.hashPart).narinfo\"" }.joined(separator: ",\n")
        // The requests are made before the clock runs, so that wrk's own work is small and the same for every server.
        try work.write(
            """
            local paths = {
            \(list) }
            local requests = {}
            local at = 0
            function init(args)
              for i, path in ipairs(paths) do requests[i] = wrk.format("GET", path) end
            end
            function request()
              at = at % #requests + 1
              return requests[at]
            end

            """, to: script)
    }

    /// Answers a second, all of them good.
    func rate(_ address: String, connections: Int) throws -> Double {
        let output = try Command(arguments: [
            "wrk", "-t1", "-c\(connections)", "-d3s", "-s", work.path(script), address,
        ]).require(in: work).output
        try demand(!output.contains("Non-2xx") && !output.contains("Socket errors"), output)
        let line = output.split(separator: "\n").first { $0.hasPrefix("Requests/sec:") } ?? ""
        guard let rate = line.split(separator: " ").last.flatMap({ Double($0) }) else {
            throw BenchError("wrk says: \(output)")
        }
        return rate
    }
}
