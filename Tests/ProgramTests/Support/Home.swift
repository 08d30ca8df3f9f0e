import Foundation
import TestSupport

/// A folder that holds everything of one user: policy, state, cache.
final class Home: Sendable {
    let folder: TemporaryFolder

    init(policy: String? = nil) throws {
        folder = try TemporaryFolder()
        if let policy { try folder.write("config/policy", policy) }
    }

    var path: String { folder.path }

    var spool: String { folder.file("cache/nar") }

    /// The names of the finished files in the spool.
    var spooled: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: spool)) ?? []).filter { $0.contains(".nar") }.sorted()
    }

    /// What a program needs and nothing of this machine: nix, where it is asked, looks at an empty store.
    var environment: [String: String] {
        [
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": path,
            "QUORATE_HOME": path, "NIX_REMOTE": folder.file("root"), "NIX_CONF_DIR": folder.file("nix-conf"),
            "SWIFT_BACKTRACE": "enable=no", "LANG": "C.UTF-8",
        ].merging(Self.inherited) { own, _ in own }
    }

    /// Where the Swift runtime is, if it has to be said.
    private static let inherited = ProcessInfo.processInfo.environment.filter { $0.key == "LD_LIBRARY_PATH" }
}
