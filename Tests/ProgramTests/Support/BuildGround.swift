import Foundation
import Glibc
import Sandbox
import StoreFormats
import TestSupport

/// A home with a folder of derivations, in which the program builds.
struct BuildGround: Sendable {
    let home: Home
    private let derivations: TemporaryFolder

    /// Why nothing can be built here; nil when it can. Builders are shell scripts, so a static shell is needed.
    static let obstacle: String? = {
        if let obstacle = Sandbox.obstacle() { return obstacle }
        return access("/bin/busybox", X_OK) == 0 ? nil : "no static busybox"
    }()

    init(policy: String? = nil) throws {
        home = try Home(policy: policy)
        derivations = try TemporaryFolder()
    }

    func file(_ name: String) -> String { derivations.file(name) }

    /// Writes a derivation under the name of its store path.
    @discardableResult
    func write(_ derivation: Derivation) throws -> String {
        try write(
            try derivation.storePath().baseName, String(decoding: derivation.serialized(), as: UTF8.self))
    }

    func write(_ name: String, _ text: String) throws -> String {
        try derivations.write(name, text)
        return derivations.file(name)
    }

    /// Runs the program, without the caches that a build of this machine might find.
    func run(_ arguments: [String]) async throws -> Program.Output {
        try await Program.run(arguments, home: home, time: .seconds(60))
    }
}
