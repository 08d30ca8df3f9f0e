internal import Glibc
internal import StoreFormats

/// What a post-build hook does: writes paths down, while the package manager waits for it.
enum Enqueuing {
    /// Seconds after which a file system that does not answer is given up.
    private static let patience: UInt32 = 2

    /// Puts paths into the queue and ends the process, always with status 0: a build must not fail because of this.
    ///
    /// - Parameter arguments: Store paths; without any those of the variable `OUT_PATHS`, or that of `DRV_PATH`, as Nix
    ///   sets them.
    static func run(_ arguments: [String]) -> Never {
        signal(SIGALRM) { _ in _exit(0) }
        alarm(patience)
        do throws(CommandError) {
            let environment = Places.environment
            var words = arguments.filter { $0 != "-" }
            if words.isEmpty { words = environment["OUT_PATHS"].words }
            // Nix 2.8 leaves OUT_PATHS empty.
            if words.isEmpty { words = environment["DRV_PATH"].words }
            let paths = try words.map { word throws(CommandError) in try StorePathArguments.parse(word, "") }
            if !paths.isEmpty { try AttestQueue(folder: try Places(environment: environment).queue).add(paths) }
        } catch {
            Terminal.standard(color: .auto).errors.line("quorate: not queued: \(error.description)")
        }
        _exit(0)
    }
}

extension String? {
    /// Words between spaces; none of nothing.
    fileprivate var words: [String] { (self ?? "").split(separator: " ").map(String.init) }
}
