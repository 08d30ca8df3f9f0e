import Building
import DurableFiles
import Foundation
import Glibc
import LocalStore
import LocalStoreSQLite
import Sandbox
import StoreFormats
import TestSupport

/// A store of a test's own, and builds in it whose tools are the host's.
final class Workshop: Sendable {
    /// Why real builds cannot be tried here, if they cannot.
    static let obstacle: String? =
        Sandbox.obstacle()
        ?? (BuildMachine.current.system == "x86_64-linux" ? nil : "the sample derivations are for x86_64")

    /// Why builds cannot be compared with those of nix, if they cannot.
    static let nixObstacle: String? =
        obstacle
        ?? (geteuid() == 0 && access("/usr/bin/nix-build", X_OK) == 0 && access("/bin/bash", X_OK) == 0
            ? nil : "needs nix-build, root and /bin/bash")

    let folder: TemporaryFolder
    let store: LocalStore

    init() async throws {
        folder = try TemporaryFolder()
        store = try await LocalStore.open(
            folder: folder.file("store"), options: LocalStoreOptions(isDurable: false))
    }

    /// Options that show the host's programs to builders.
    static var options: BuildOptions {
        var options = BuildOptions()
        options.jobs = 2
        options.limits.seconds = 60
        for path in ["/bin", "/usr", "/lib", "/lib64"] {
            options.sandboxPaths.append(SandboxPath(target: path, source: path, isOptional: true))
        }
        return options
    }

    func builder(
        _ maker: DerivationMaker, options: BuildOptions = Workshop.options, substituter: (any Substituter)? = nil,
        fetcher: (any FileFetcher)? = nil, hosts: [any ForeignStore] = []
    ) throws -> Builder {
        for (path, derivation) in maker.derivations {
            try folder.write("drvs/\(path.baseName)", derivation.serialized())
        }
        return Builder(
            store: store, hosts: hosts, derivations: try DerivationFiles(files: [], folders: [folder.file("drvs")]),
            substituter: substituter, fetcher: fetcher, options: options)
    }

    /// What a valid path's file holds.
    func text(_ path: StorePath, _ file: String = "") throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: store.physicalPath(of: path) + file)), as: UTF8.self)
    }

    /// What is left unfinished in the store's folder, when it had some time to go.
    var leftovers: [String] {
        get async {
            for _ in 0..<200 where !leftoversNow.isEmpty { try? await Task.sleep(for: .milliseconds(10)) }
            return leftoversNow
        }
    }

    private var leftoversNow: [String] {
        let staging = "\(store.folder)/staging"
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: staging)) ?? []
        return processes.flatMap { (try? FileManager.default.contentsOfDirectory(atPath: "\(staging)/\($0)")) ?? [] }
    }
}

extension BuildReport {
    /// How one derivation failed, if it did.
    func failure(_ path: StorePath) -> BuildFailure? {
        guard case .failed(let failure, _) = outcomes[path] else { return nil }
        return failure
    }
}
