import Glibc
import StoreFormats

/// A Guix with its daemon, where there is one: the peer of what concerns Guix's store.
struct GuixPeer {
    /// Words in front of every command, for a Guix that lives in a container or on a mounted disk.
    private let prefix: [String]
    private let work: WorkFolder

    /// Nil where no Guix answers.
    init?(prefix: [String], in work: WorkFolder) throws {
        self.prefix = prefix
        self.work = work
        // It may be that the first of the words is not there at all.
        guard let version = try? command(["guix", "--version"]).run(in: work), version.status == 0 else { return nil }
        Report.say("beside: \(version.output.prefix { $0 != "\n" })")
    }

    private func command(_ words: [String]) -> Command { Command(arguments: prefix + words) }

    /// `guix challenge`, which has to find everything identical.
    /// - Parameter cache: The folder of the narinfos that it remembers; one that is not there for a first run.
    func challenge(_ paths: [StorePath], _ servers: [String], cache: String) throws -> Double {
        let result = try command(
            [
                "env", "XDG_CACHE_HOME=\(cache)", "guix", "challenge", "--diff=none",
                "--substitute-urls=\(servers.joined(separator: " "))",
            ] + paths.map(\.path)
        ).require(in: work)
        try demand(
            (result.output + result.errors).contains("\(paths.count) (100.0%) were identical"),
            "guix challenge: \(result.errors.suffix(500))")
        return result.wall
    }

    /// A folder of its own, beside that of the program that it is compared with; in a container, the container's.
    func folder(_ name: String) -> String { work.path("guix-\(name)-\(getpid())") }

    func remove(_ folder: String) throws { try command(["rm", "-rf", folder]).require(in: work) }

    /// `guix publish`, until it is stopped.
    /// - Parameter cache: Where it keeps what it made, in `--cache`; nil to make each answer anew.
    func publish(cache: String?) throws -> ServerProcess {
        try ServerProcess(name: "guix-publish", in: work) { port in
            command(
                ["guix", "publish", "--listen=127.0.0.1", "--port=\(port)"] + (cache.map { ["--cache=\($0)"] } ?? []))
        }
    }

    /// Some path of the store of which a server has the narinfo ready; it may have to be asked before.
    func published(by server: ServerProcess) throws -> StorePath {
        let names = try command(["ls", "/gnu/store"]).require(in: work).output.split(separator: "\n")
        let paths = names.filter { !$0.hasSuffix(".drv") && !$0.hasSuffix(".lock") && !$0.hasPrefix(".") }
            .compactMap { try? StorePath(baseName: String($0), in: .gnu) }.prefix(20)
        // With a cache, the first answer is "not yet".
        for _ in 0..<150 {
            for path in paths {
                let answer = try PlainHTTP.get(server.port, "/\(path.hashPart).narinfo")
                if answer.status == 200 { return path }
            }
            usleep(200_000)
        }
        throw BenchError("\(server.address): no narinfo of \(paths.count) paths")
    }
}
