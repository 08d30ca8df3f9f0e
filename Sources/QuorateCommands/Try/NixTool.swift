import Subprocess
import SystemPackage

/// Runs the commands of Nix, each with nothing in its environment but what is given here.
package struct NixTool: Sendable {
    /// What a command left behind.
    package struct Result: Sendable {
        /// What it wrote to its standard output.
        package var output: [UInt8]
        /// Whether it ended with status 0.
        package var succeeded: Bool
        /// Why it failed, in its own words: its errors, and the last lines of the build that failed.
        package var trouble: [String]
    }

    /// The most that is kept of a command's standard output; all that is asked for is far smaller.
    private static let outputLimit = 64 << 20

    /// The longest line taken from a log: a build may print long lines, but not without end.
    private static let lineLimit = 1 << 20

    /// How many lines of a failed build's own output are told.
    private static let tailLength = 10

    package let environment: [String: String]

    package init(environment: [String: String]) {
        self.environment = environment
    }

    /// Runs a command to its end and tells what it logs as it happens.
    ///
    /// - Parameters:
    ///   - command: Its name, such as `nix-build`, looked for in `PATH`.
    ///   - arguments: Its arguments; those for the log's format are added.
    ///   - event: Called for each event, in order.
    /// - Throws: ``TryError/Code/missingTool``, ``TryError/Code/toolFailed`` when it cannot be run at all. A command that
    ///   runs and fails is a result.
    package func run(
        _ command: String, _ arguments: [String], event: @Sendable (NixLogEvent) -> Void = { _ in }
    ) async throws -> Result {
        do {
            let outcome = try await Subprocess.run(
                .name(command), arguments: Arguments(arguments + ["--log-format", "internal-json", "-v"]),
                environment: .custom(keyed(environment)), input: .none, output: .bytes(limit: Self.outputLimit),
                error: .sequence
            ) { execution in
                try await follow(
                    execution.standardError.strings(
                        separatedBy: .unicodeScalarSequence(["\n"]), bufferingPolicy: .maxLineLength(Self.lineLimit)),
                    event: event)
            }
            let succeeded = outcome.terminationStatus.isSuccess
            let trouble = succeeded ? [] : outcome.closureResult
            return Result(output: outcome.standardOutput, succeeded: succeeded, trouble: trouble)
        } catch let error as SubprocessError where error.code == .executableNotFound {
            throw TryError(.missingTool, "\(command) is not installed: on Debian, apt-get install nix-bin")
        } catch let error as SubprocessError {
            throw TryError(.toolFailed, "\(command) could not be run: \(error)")
        }
    }

    /// Runs a command that has to succeed.
    ///
    /// - Parameter purpose: What it is for, to begin the error message with.
    /// - Throws: ``TryError/Code/missingTool``, ``TryError/Code/toolFailed``.
    @discardableResult
    package func require(
        _ purpose: String, _ command: String, _ arguments: [String], event: @Sendable (NixLogEvent) -> Void = { _ in }
    ) async throws -> [UInt8] {
        let result = try await run(command, arguments, event: event)
        guard result.succeeded else {
            throw TryError(.toolFailed, "\(purpose): \(command) failed: \(result.trouble.joined(separator: " | "))")
        }
        return result.output
    }

    private func keyed(_ variables: [String: String]) -> [Environment.Key: String] {
        var keyed: [Environment.Key: String] = [:]
        for (name, value) in variables {
            if let key = Environment.Key(rawValue: name) { keyed[key] = value }
        }
        return keyed
    }

    /// Passes the log's events on and keeps what explains a failure.
    private func follow<Lines: AsyncSequence>(
        _ lines: Lines, event: @Sendable (NixLogEvent) -> Void
    ) async throws -> [String] where Lines.Element == String {
        var log = NixInternalLog()
        var errors: [String] = []
        var tail: [String] = []
        for try await line in lines {
            guard let happened = log.read(line) else { continue }
            switch happened {
            case .message(NixLogEvent.errorLevel, let text): errors.append(text)
            case .building: tail.removeAll()
            case .buildOutput(_, let text): tail = tail.suffix(Self.tailLength - 1) + [text]
            default: break
            }
            event(happened)
        }
        return errors + tail
    }
}
