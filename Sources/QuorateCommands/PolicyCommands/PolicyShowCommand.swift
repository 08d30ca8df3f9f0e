package import ArgumentParser
internal import Quorum
internal import TransparencyLog
internal import Verification

/// `quorate policy show`: what of a distributed policy this machine has.
package struct PolicyShowCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Say which version of a distributed policy is here, who signed it, and when it expires.",
        discussion: """
            Without a file, what 'quorate policy update' took over. Exit status: 0 it is valid, 78 it has expired, was
            edited since, or is not signed as it asks.

            Examples:
              quorate policy show
              quorate policy show 2
            """.flowing)

    @Argument(help: ArgumentHelp("A signed policy.", valueName: "file"), completion: .file())
    package var file: String?

    package init() {}

    package func run() throws {
        let terminal = Terminal.standard(color: .auto)
        let workplace = try Workplace()
        let shelf = PolicyShelf(directory: workplace.places.state)
        let release: PolicyRelease
        var source: String?
        if let file {
            release = try PolicySignCommand.release(file)
        } else {
            do {
                guard let newest = try shelf.newest() else {
                    throw CommandError(
                        .noInput,
                        "no distributed policy was taken over here; a policy of your own: quorate policy check")
                }
                release = newest
                source = shelf.source
            } catch let error as StateFileError {
                throw CommandError(.badData, "\(error)")
            }
        }
        let signers: [SignerLine]
        do {
            signers = try release.signers()
        } catch {
            throw CommandError(.badPolicy, "\(error)")
        }
        let distribution = release.distribution
        let now = SystemClock.now
        let isExpired = now >= distribution.expires
        terminal.output.line("version    \(String(distribution.version))")
        terminal.output.line(
            "expires    \(distribution.expires.description)\(isExpired ? " (expired: accepts nothing)" : "")")
        terminal.output.line("signed by  \(signers.map(\.name).joined(separator: ", "))")
        terminal.output.line("next needs \(distribution.signedBy)")
        terminal.output.line("SHA-256    \(release.digest.hex)")
        if let source { terminal.output.line("from       \(source)") }
        try terminal.checkOutput()
        if file == nil, let installed = try? Files.read(workplace.places.policy, limit: PolicyShelf.maximumByteCount),
            installed != release.note.text
        {
            throw CommandError(
                .badPolicy,
                "\(workplace.places.policy): edited since it was taken over; 'quorate policy update' restores it")
        }
        guard release.policy.isSigned(by: Set(signers.map(\.key.identity))) else {
            throw CommandError(.badPolicy, "version \(distribution.version) is not signed as it asks")
        }
        if isExpired {
            throw CommandError(.badPolicy, "version \(distribution.version) expired at \(distribution.expires)")
        }
    }
}
