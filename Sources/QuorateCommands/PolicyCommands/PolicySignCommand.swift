package import ArgumentParser
internal import DurableFiles
internal import Quorum
internal import TransparencyLog
internal import Verification

/// `quorate policy sign`: signs a version of a distributed policy.
package struct PolicySignCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "sign",
        abstract: "Sign a version of a policy that others are to take over.",
        discussion: """
            The policy has a line 'version N expires TIME', signer lines, and signed-by. Each signer signs in turn: the
            first the policy file, the next ones the signed file. A version after the first needs the signatures that
            the version before asks for as well; give that with --after to see whether all are there. Publish every
            version as a file named by its number, and never take one back. Makes the key when there is none. Prints the
            key's signer line when the key is new, and when no policy is named.

            Exit status: 0 all signatures are there, 1 some are missing yet.

            Examples:
              quorate policy sign --key alice.key
              quorate policy sign --key alice.key --name alice.example/policy \\
                  team.policy -o 1
              quorate policy sign --key bob.key 1
              quorate policy sign --key alice.key --after 1 team.policy -o 2
            """.flowing)

    @Option(help: ArgumentHelp("The file with the signer's secret key.", valueName: "file"), completion: .file())
    package var key: String

    @Option(help: ArgumentHelp("What a new key is called.", valueName: "name"))
    package var name: String?

    @Option(help: ArgumentHelp("The signed version before this one.", valueName: "file"), completion: .file())
    package var after: String?

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: "Where the signed policy goes. Default: into the same file, when it is signed already.",
        completion: .file())
    package var destination: String?

    @Argument(
        help: ArgumentHelp("The policy, or the signed policy; nothing to make a key only.", valueName: "file"),
        completion: .file())
    package var file: String?

    package init() {}

    package func run() async throws {
        let terminal = Terminal.standard(color: .auto)
        let isComplete = try await CommandError.translating { () async throws -> Bool in
            let signer = try signer(terminal)
            guard let file else { return true }
            let bytes = try Files.read(file, limit: PolicyShelf.maximumByteCount)
            let isNote = bytes.firstRange(of: Array("\n\n\u{2014} ".utf8)) != nil
            guard let destination = destination ?? (isNote ? file : nil) else {
                throw CommandError(.usage, "say with -o where the signed policy is to go")
            }
            let previous = try after.map { try Self.release($0).policy }
            let release: PolicyRelease
            if isNote {
                let unsigned = try Self.release(file)
                release = try unsigned.adding(try signer.sign(unsigned.note.text))
            } else {
                release = try Self.release(
                    try SignedNote(text: bytes, signatures: [try signer.sign(bytes)]).bytes, file)
            }
            let signers = try release.signers(alsoOf: previous)
            if !signers.contains(where: { $0.key.identity.bytes == signer.key.publicKey }) {
                terminal.errors.line(
                    "quorate: \("warning", .yellow): no signer line of the policy has the key \(signer.key.name)")
            }
            if destination == "-" {
                terminal.output.data(release.note.bytes)
            } else {
                try WholeFile.replace(destination, release.note.bytes, mode: 0o644)
            }
            let names = signers.map(\.name).joined(separator: ", ")
            let version = release.distribution.version
            do throws(PolicyReleaseError) {
                try release.check(after: previous)
            } catch {
                terminal.errors.line(
                    "Version \(String(version)), signed by \(names). Not enough yet: \(error.description)")
                return false
            }
            terminal.errors.line(
                "Version \(String(version)), signed by \(names): enough"
                    + (previous == nil && version > 1 ? " for itself; --after shows whether for the one before." : "."))
            terminal.errors.line("SHA-256 of its text: \(release.digest.hex)")
            return true
        }
        try terminal.checkOutput()
        if !isComplete { throw ExitCode(ExitStatus.short.rawValue) }
    }

    private func signer(_ terminal: Terminal) throws -> NoteSigner {
        guard !Files.exists(key) else {
            let signer = try LogKeyFile.read(key, kind: .ed25519)
            if file == nil { terminal.output.data(Self.line(signer)) }
            return signer
        }
        guard let name else {
            throw CommandError(.noInput, "\(key): there is no key; give --name to make one")
        }
        let signer = try LogKeyFile.readOrMake(key, name: name, kind: .ed25519)
        terminal.errors.line("Made \(key). Its line for the policy:")
        terminal.output.data(Self.line(signer))
        return signer
    }

    /// The line for policies.
    private static func line(_ signer: NoteSigner) -> String {
        let name = signer.key.name
        let label = name.split { $0 == "/" || $0 == "." }.first.map(String.init) ?? name
        return "signer \(label) \(signer.key.text)\n"
    }

    /// The signed policy in a file.
    static func release(_ file: String) throws(CommandError) -> PolicyRelease {
        try release(try Files.read(file, limit: PolicyShelf.maximumByteCount), file)
    }

    private static func release(_ bytes: [UInt8], _ file: String) throws(CommandError) -> PolicyRelease {
        do throws(PolicyReleaseError) {
            return try PolicyRelease(parsing: bytes)
        } catch {
            throw CommandError(.badPolicy, "\(file): \(error)")
        }
    }
}
