package import StoreFormats
import Subprocess
import SystemPackage

/// A compiled example, run as a person would run it, out of a store that is not at `/nix/store`.
package struct ExampleProgram: Sendable {
    /// The home whose store holds it.
    package let home: NixHome
    /// The package that holds the program, such as `/nix/store/…-greeter-1.0`.
    package let package: StorePath
    /// All that the package refers to, the C library among it; full paths.
    package let references: [String]

    package init(home: NixHome, package: StorePath, references: [String]) {
        self.home = home
        self.package = package
        self.references = references
    }

    /// Runs `bin/<name>` through the loader of the C library it was linked with: the program names that loader by a path
    /// below `/nix/store`, which is not there on this machine.
    ///
    /// - Returns: What it printed.
    /// - Throws: ``TryError/Code/toolFailed``.
    package func run(_ name: String, _ arguments: [String]) async throws -> String {
        guard let libc = references.first(where: { $0.hasSuffix("-libc-1.0") }) else {
            throw TryError(.toolFailed, "\(package.name) was not linked with the examples' C library")
        }
        let libraries = "\(home.realPath(of: libc))/lib"
        let program = "\(home.realPath(of: package.path))/bin/\(name)"
        let outcome = try await Subprocess.run(
            .path(FilePath("\(libraries)/loader")),
            arguments: Arguments(["--library-path", libraries, program] + arguments), input: .none,
            output: .string(limit: 1 << 16), error: .discarded)
        guard outcome.terminationStatus.isSuccess else {
            throw TryError(.toolFailed, "\(name) of \(package.path) ended with \(outcome.terminationStatus)")
        }
        return String(outcome.standardOutput.prefix { $0 != "\n" })
    }
}
