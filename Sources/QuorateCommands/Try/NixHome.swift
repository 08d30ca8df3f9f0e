/// A place where Nix can work as if it were alone on a machine: own settings, store, database and caches.
package struct NixHome: Sendable, Hashable {
    /// The absolute path of the folder that holds it all.
    package let folder: String

    /// The store's root: `/nix/store/…` of this home is really `<store>/nix/store/…`.
    package var store: String { "\(folder)/store" }

    /// The settings that every home has.
    ///
    /// `build-users-group` is empty because Debian has no `nixbld` group, which root's nix would ask for. `sandbox` is off
    /// in Debian's own settings, and must not fall back to nothing silently.
    private static let commonSettings = [
        "sandbox = true",
        "sandbox-fallback = false",
        "build-users-group =",
        "experimental-features = nix-command",
        "max-jobs = 1",
    ]

    package init(folder: String) {
        self.folder = folder
    }

    /// Makes the folders and writes `nix.conf`.
    ///
    /// - Parameter settings: Lines of `nix.conf` beside the common ones; they must say what `substituters` are.
    /// - Throws: ``TryError/Code/fileSystem``.
    package func prepare(settings: [String]) throws(TryError) {
        for part in ["conf", "home", "tmp", "cache-home"] { try TryLayout.makeFolder("\(folder)/\(part)") }
        let lines = Self.commonSettings + settings
        try TryLayout.write(lines.map { "\($0)\n" }.joined().utf8, to: "\(folder)/conf/nix.conf")
    }

    /// The commands of Nix, working in this home.
    ///
    /// - Parameter path: The value of `PATH`.
    package func tool(path: String) -> NixTool {
        NixTool(environment: [
            "HOME": "\(folder)/home",
            "LC_ALL": "C.UTF-8",
            "NIX_CONF_DIR": "\(folder)/conf",
            "PATH": path,
            "TMPDIR": "\(folder)/tmp",
            // Asked for where the user has no name in /etc/passwd, as in containers.
            "USER": "quorate",
            "XDG_CACHE_HOME": "\(folder)/cache-home",
            "XDG_CONFIG_HOME": "\(folder)/home/.config",
            "XDG_DATA_HOME": "\(folder)/home/.local/share",
            "XDG_STATE_HOME": "\(folder)/home/.local/state",
        ])
    }

    /// Where a path of the store really is.
    package func realPath(of storePath: String) -> String { store + storePath }
}
