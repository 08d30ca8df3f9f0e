import Foundation
import TestSupport

/// The host's nix with a store, a configuration and build users of its own.
final class NixPeer: Sendable {
    private let folder: TemporaryFolder
    private let hasBuildUsers: Bool

    /// - Parameter hasBuildUsers: Whether builders run as users of their own, as a daemon has them, and not as root.
    init(hasBuildUsers: Bool = false) throws {
        self.hasBuildUsers = hasBuildUsers
        folder = try TemporaryFolder()
        try folder.write(
            "conf/nix.conf",
            """
            sandbox = true
            sandbox-fallback = false
            sandbox-paths = /bin /usr /lib /lib64
            build-users-group = \(hasBuildUsers ? "nixbld" : "")
            substituters =
            max-jobs = 2
            cores = 1

            """)
        for name in ["home", "tmp"] {
            try FileManager.default.createDirectory(atPath: folder.file(name), withIntermediateDirectories: true)
        }
        guard hasBuildUsers else { return }
        // Seen by nix alone: the machine keeps its own users.
        for (name, line) in [
            ("passwd", "nixbld1:x:30001:30000::/var/empty:/usr/sbin/nologin\n"), ("group", "nixbld:x:30000:nixbld1\n"),
        ] {
            let own = try String(contentsOfFile: "/etc/\(name)", encoding: .utf8).split(separator: "\n")
            try folder.write(name, own.filter { !$0.hasPrefix("nixbld") }.joined(separator: "\n") + "\n" + line)
        }
    }

    /// The folder on the disk that holds the store.
    var root: String { folder.file("nix") }

    /// Runs a command of nix and gives its output, however it ended.
    func run(_ command: String, _ arguments: [String]) throws -> String {
        let process = Process()
        var words = ["/usr/bin/\(command)", "--store", root] + arguments
        if hasBuildUsers {
            let script = """
                mount --bind "$0/passwd" /etc/passwd && mount --bind "$0/group" /etc/group && exec "$@"
                """
            words =
                ["/usr/bin/unshare", "-m", "--propagation", "private", "/bin/sh", "-c", script, folder.path] + words
        }
        process.executableURL = URL(fileURLWithPath: words[0])
        process.arguments = Array(words.dropFirst())
        process.environment = [
            "HOME": folder.file("home"), "NIX_CONF_DIR": folder.file("conf"), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "TMPDIR": folder.file("tmp"), "LC_ALL": "C.UTF-8",
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle(forWritingAtPath: "/dev/null")
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The derivations of a file with an expression, beside the tests.
    func instantiate(_ fixture: String) throws -> [String] {
        let expression = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/\(fixture)").path
        return try run("nix-instantiate", [expression]).split(separator: "\n").map { String($0.prefix { $0 != "!" }) }
    }

    /// Those of the derivations that can be built. One at a time: some failures end nix whatever it was told about going
    /// on.
    func realise(_ derivations: [String]) throws -> Set<String> {
        var valid: Set<String> = []
        for path in derivations where try run("nix-store", ["--realise", path]).isEmpty == false { valid.insert(path) }
        return valid
    }
}
