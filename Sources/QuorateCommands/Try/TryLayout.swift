import FoundationEssentials
import Glibc
import Subprocess
import SystemPackage

/// Where the try-out keeps its things: one folder, with `inputs` which is kept and `run-<number>` for each run.
///
/// A run has a folder name of its own because a killed one may leave builds behind that go on for some seconds.
package struct TryLayout: Sendable, Hashable {
    /// The absolute path of the folder that everything is below.
    package let root: String

    private let number: Int32

    /// Creates a layout.
    ///
    /// - Parameters:
    ///   - root: An absolute path. Not below a folder that everybody may write to: newer Nix refuses a store there.
    ///   - number: Tells runs apart: the process's id, unless a test wants another.
    package init(root: String, number: Int32 = getpid()) {
        self.root = root
        self.number = number
    }

    /// The default folder: `quorate/try` in the XDG cache folder.
    package init(environment: [String: String]) {
        let cache = environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        self.init(root: "\(cache ?? "\(environment["HOME"] ?? "/root")/.cache")/quorate/try")
    }

    /// What the example derivations start from: filled by `Examples/prepare-inputs`.
    package var inputs: String { "\(root)/inputs" }

    /// Everything of one run: stores, caches, keys.
    package var run: String { "\(root)/\(Self.runPrefix)\(number)" }

    private static let runPrefix = "run-"
    /// Of earlier runs that are being removed.
    private static let oldPrefix = "old-"

    /// The folder of one builder, of the client, or of the gateway.
    package func home(of participant: String) -> String { "\(run)/\(participant)" }

    /// Makes an empty folder for this run, and sees to it that what earlier ones left goes. Hold the ``TryLock`` before.
    ///
    /// Earlier runs are moved aside at once and removed while this one works, which on some disks takes half a minute.
    /// What is not gone when the program ends, goes with the next run.
    ///
    /// - Returns: The folders of earlier runs that cannot be removed, because they are another user's.
    /// - Throws: ``TryError/Code/fileSystem``.
    package func startRun() async throws -> [String] {
        try Self.makeFolder(root)
        var left: [String] = []
        var old: [String] = []
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        for (index, name) in names.sorted().enumerated() {
            let folder = "\(root)/\(name)"
            if name.hasPrefix(Self.oldPrefix) {
                old.append(folder)
            } else if name.hasPrefix(Self.runPrefix) {
                let aside = "\(root)/\(Self.oldPrefix)\(number)-\(index)"
                if access(folder, W_OK) == 0, rename(folder, aside) == 0 {
                    old.append(aside)
                } else {
                    left.append(folder)
                }
            }
        }
        guard !left.contains(run) else { throw TryError(.fileSystem, "cannot remove \(run), left by an earlier run") }
        try Self.makeFolder(run)
        Task.detached(priority: .utility) { [old] in
            for folder in old { try? await Self.remove(folder) }
        }
        return left
    }

    /// Removes a folder with stores in it: their folders are read-only, and only root may empty those as they are.
    private static func remove(_ folder: String) async throws {
        guard FileManager.default.fileExists(atPath: folder) else { return }
        for (command, arguments) in [("chmod", ["-R", "u+rwX", "--", folder]), ("rm", ["-rf", "--", folder])] {
            let outcome = try await Subprocess.run(
                .name(command), arguments: Arguments(arguments), output: .discarded, error: .string(limit: 1 << 20))
            guard command == "chmod" || outcome.terminationStatus.isSuccess else {
                let why = outcome.standardError.split(separator: "\n").first ?? ""
                throw TryError(.fileSystem, "cannot remove \(folder): \(why)")
            }
        }
    }

    static func makeFolder(_ path: String) throws(TryError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw TryError(.fileSystem, "cannot make the folder \(path): \(error)")
        }
    }

    static func read(_ path: String) throws(TryError) -> [UInt8] {
        do {
            return try [UInt8](Data(contentsOf: URL(filePath: path)))
        } catch {
            throw TryError(.fileSystem, "cannot read \(path): \(error)")
        }
    }

    static func write(_ bytes: some Sequence<UInt8>, to path: String, secret: Bool = false) throws(TryError) {
        do {
            let permissions: FilePermissions = secret ? [.ownerReadWrite] : [.ownerReadWrite, .groupRead, .otherRead]
            let file = try FileDescriptor.open(
                FilePath(path), .writeOnly, options: [.create, .truncate, .closeOnExec], permissions: permissions)
            try file.closeAfter { _ = try file.writeAll(bytes) }
        } catch {
            throw TryError(.fileSystem, "cannot write \(path): \(error)")
        }
    }
}
