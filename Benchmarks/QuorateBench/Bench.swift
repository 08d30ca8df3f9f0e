import StoreFormats

/// What all figures work with.
struct Bench {
    let work: WorkFolder
    let executable: String
    /// Repetitions of each side of a comparison, taking turns.
    let runs: Int
    let caches: GeneratedCaches
    let nginx: Nginx
    let nix: NixClient
    let report = Report()

    init(work: WorkFolder, executable: String, runs: Int) throws {
        self.work = work
        self.executable = executable
        self.runs = runs
        caches = try GeneratedCaches(in: work)
        nginx = try Nginx(caches.folders.map { .folder($0) }, in: work)
        nix = try NixClient(trusting: caches.keys.map(\.publicKey), in: work)
    }

    func quorate(_ home: String) -> QuorateProgram {
        QuorateProgram(executable: executable, home: home, work: work)
    }
}
