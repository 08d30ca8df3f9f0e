import Subprocess
import SystemPackage

extension ExampleSet {
    /// Gets what the derivations start from, unless it is there: Debian packages, downloaded and unpacked.
    ///
    /// - Parameter line: Called for each line the script prints, as it prints it.
    /// - Throws: ``TryError/Code/toolFailed`` with the script's own words.
    package func prepare(line: @Sendable (String) -> Void) async throws {
        let outcome = try await Subprocess.run(
            .name("sh"), arguments: [prepareInputs, inputs], input: .none, output: .sequence,
            error: .combinedWithOutput
        ) { execution in
            var last = ""
            for try await text in execution.standardOutput.strings(separatedBy: .unicodeScalarSequence(["\n"])) {
                line(text)
                last = text
            }
            return last
        }
        guard outcome.terminationStatus.isSuccess else {
            throw TryError(.toolFailed, outcome.closureResult)
        }
    }
}
