import StoreFormats

/// Nix 2.8 as Debian has it, with settings, caches and stores of its own.
struct NixClient {
    private let work: WorkFolder
    private static let cacheHome = "nix/cache-home"

    /// - Parameter keys: Those that it trusts.
    init(trusting keys: [NixPublicKey], in work: WorkFolder) throws {
        self.work = work
        for folder in ["conf", "home", "tmp"] { try work.make("nix/\(folder)") }
        // Without fsync the disk's noise is not in the figures; it applies to both sides.
        try work.write(
            """
            experimental-features = nix-command
            build-users-group =
            sandbox = false
            substituters =
            fsync-metadata = false
            trusted-public-keys = \(keys.map(\.description).joined(separator: " "))

            """, to: "nix/conf/nix.conf")
    }

    func command(_ arguments: [String]) -> Command {
        Command(
            arguments: arguments,
            environment: [
                "HOME": work.path("nix/home"), "NIX_CONF_DIR": work.path("nix/conf"), "TMPDIR": work.path("nix/tmp"),
                "XDG_CACHE_HOME": work.path(Self.cacheHome),
            ])
    }

    /// Forgets every narinfo that nix has seen.
    func forgetCaches() { work.remove(Self.cacheHome) }

    /// Copies paths with what they refer to into a new store.
    func copy(_ path: StorePath, from address: String, to store: String) throws -> Command.Result {
        try command(["nix", "copy", "--from", address, "--to", work.path(store), path.path]).require(in: work)
    }

    /// All paths of a store with their hashes, for comparisons.
    func contents(of store: String) throws -> Set<Substring> {
        let text = try command(["nix", "path-info", "--store", work.path(store), "--all", "--json"])
            .require(in: work).output
        // Each object of the array as a piece of text, less what differs from store to store.
        var all: Set<Substring> = []
        for piece in text.split(separator: "{") where piece.contains("narHash") {
            let fields = piece.split(separator: ",\"").filter {
                !$0.contains("registrationTime") && !$0.contains("sig")
            }
            all.insert(
                Substring(
                    fields.filter { $0.contains("narHash") || $0.contains("narSize") || $0.contains("path") }
                        .joined(separator: ",")))
        }
        return all
    }
}
