import Building
import Foundation
import LocalStore
import StoreFormats
import TestSupport
import Testing

/// The same derivations, built by nix and by us: equal NAR hashes, and failures of the same.
@Suite(.enabled(if: Workshop.nixObstacle == nil, "needs nix-build, root, /bin/bash and namespaces"))
struct NixComparisonTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write(
            "conf/nix.conf",
            """
            sandbox = true
            sandbox-fallback = false
            sandbox-paths = /bin /usr /lib /lib64
            build-users-group =
            substituters =
            max-jobs = 2
            cores = 1

            """)
        for name in ["home", "tmp"] {
            try FileManager.default.createDirectory(atPath: folder.file(name), withIntermediateDirectories: true)
        }
    }

    /// Runs a command of nix and gives its output, however it ended.
    private func nix(_ command: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/\(command)")
        process.arguments = ["--store", folder.file("nix")] + arguments
        process.environment = [
            "HOME": folder.file("home"), "NIX_CONF_DIR": folder.file("conf"), "PATH": "/usr/bin:/bin",
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

    @Test(.timeLimit(.minutes(5))) func agree() async throws {
        let expression = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/compare.nix").path
        let drvs = try nix("nix-instantiate", [expression]).split(separator: "\n").map {
            String($0.prefix { $0 != "!" })
        }
        #expect(drvs.count == 24)
        // One at a time: some failures end nix whatever it was told about going on.
        var valid: Set<String> = []
        for drv in drvs where try nix("nix-store", ["--realise", drv]).isEmpty == false { valid.insert(drv) }
        let store = folder.file("nix") + "/nix/store"
        let workshop = try await Workshop()
        let files = try DerivationFiles(
            files: drvs.map { folder.file("nix") + $0 }, folders: [store])
        var options = Workshop.options
        options.keepsGoing = true
        let builder = Builder(store: workshop.store, derivations: files, options: options)
        let report = try await builder.realise(files.paths.map { .derivation($0, .all) })
        for path in files.paths {
            for output in try await builder.derivation(path).outputs {
                let physical = folder.file("nix") + output.path.path
                // What nix refuses may be left on its disk without being valid.
                let theirs =
                    valid.contains(path.path)
                    ? try NarHasher.hash(path: physical, limits: .standard).hash : nil
                let ours = report.realised[output.path]?.narHash
                #expect(
                    theirs == ours,
                    "\(output.path.name): \(report.outcomes[path].map { "\($0)" } ?? "") \(Self.difference(physical, workshop.store.physicalPath(of: output.path)))"
                )
            }
        }
    }

    /// The first lines of both, where they are files.
    private static func difference(_ left: String, _ right: String) -> String {
        let texts = [left, right].map { (try? String(contentsOfFile: $0, encoding: .utf8)) ?? "" }
        let lines = texts.map { $0.split(separator: "\n", omittingEmptySubsequences: false) }
        let count = max(lines[0].count, lines[1].count)
        for index in 0..<count {
            let pair = lines.map { index < $0.count ? String($0[index]) : "(none)" }
            if pair[0] != pair[1] { return "line \(index + 1): nix '\(pair[0])', ours '\(pair[1])'" }
        }
        return ""
    }
}
