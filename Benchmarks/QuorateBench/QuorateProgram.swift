import StoreFormats

/// The program under measurement, with a home of its own.
struct QuorateProgram {
    let executable: String
    /// The folder below the work folder that is its `QUORATE_HOME`.
    let home: String
    let work: WorkFolder

    /// An empty home with a policy under which all three caches have to agree.
    func prepare(_ caches: GeneratedCaches, _ addresses: [String]) throws {
        _ = try work.empty(home)
        try work.make("\(home)/config")
        var policy = "policy benchmark\n"
        for (index, name) in GeneratedCaches.names.enumerated() {
            policy += "cache \(name) nix \(caches.keys[index].publicKey) \(addresses[index]) builds\n"
        }
        policy += "group everyone all \(GeneratedCaches.names.joined(separator: " "))\nquorum nix everyone\n"
        try work.write(policy, to: "\(home)/config/policy")
    }

    func command(_ arguments: [String]) -> Command {
        Command(arguments: [executable] + arguments, environment: ["QUORATE_HOME": work.path(home)])
    }

    func verify(_ paths: [StorePath]) throws -> Command.Result {
        try command(["verify"] + paths.map(\.path)).run(in: work)
    }

    /// A gateway that runs until ``ServerProcess/stop()``.
    func serve() throws -> ServerProcess {
        try ServerProcess(name: "serve", in: work) { port in
            command(["serve", "--mode", "enforce", "--listen", "127.0.0.1:\(port)"])
        }
    }
}
