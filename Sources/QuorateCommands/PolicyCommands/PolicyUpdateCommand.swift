package import ArgumentParser
internal import ClaimSources
internal import DurableFiles
internal import Quorum
internal import TransparencyLog
internal import Verification

/// `quorate policy update`: takes over the next versions of a distributed policy.
package struct PolicyUpdateCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Take over new versions of a policy that others sign.",
        discussion: """
            Versions are files named by their numbers below an address. Each next one is taken when it is signed as the
            one before asks, and as it asks itself; none is left out, and none older is ever taken again. The first one
            is trusted by the SHA-256 of its text, which its signers tell by another way.

            Exit status: 0 the policy is the newest that is published, 78 it has expired or is refused.

            Examples:
              quorate policy update https://team.example/policy --trust 5c0f…
              quorate policy update
            """.flowing)

    @Option(help: ArgumentHelp("SHA-256 of the text of the first version to be taken.", valueName: "hex"))
    package var trust: String?

    @Option(help: ArgumentHelp("The number of that first version.", valueName: "version"))
    package var from = 1

    @Argument(help: ArgumentHelp("Where versions are published; later the same.", valueName: "url"))
    package var url: String?

    package init() {}

    /// More versions in one update than anybody publishes.
    private static let maximumSteps = 10_000

    package func validate() throws {
        if let trust, Digest256(hex: trust) == nil {
            throw ValidationError("--trust: 64 hexadecimal digits in lower case, not '\(trust)'")
        }
        guard from >= 1 else { throw ValidationError("--from: versions count from 1") }
    }

    package func run() async throws {
        let terminal = Terminal.standard(color: .auto)
        try await CommandError.translating {
            let workplace = try Workplace()
            let shelf = PolicyShelf(directory: workplace.places.state)
            let known = try shelf.newest()
            guard let address = url ?? shelf.source else {
                throw CommandError(.usage, "say where the policy is published: quorate policy update URL --trust HEX")
            }
            let resources = HTTPResources()
            let newest: PolicyRelease
            do {
                newest = try await follow(from: known, at: address, workplace, shelf, resources, terminal)
            } catch {
                await resources.shutdown()
                throw error
            }
            await resources.shutdown()
            // What stands in the place of the policy is the newest version, and nothing that was edited since.
            try Files.makeDirectory(workplace.places.configuration)
            try WholeFile.replace(workplace.places.policy, newest.note.text, mode: 0o644)
            let distribution = newest.distribution
            terminal.output.line(
                "\(workplace.places.policy): version \(String(distribution.version)), expires \(distribution.expires.description)"
            )
            guard SystemClock.now < distribution.expires else {
                throw CommandError(
                    .badPolicy,
                    "version \(distribution.version) expired at \(distribution.expires) and accepts nothing; "
                        + "no newer one is published at \(address)")
            }
        }
        try terminal.checkOutput()
    }

    /// Takes every version that is published beyond the known one.
    private func follow(
        from known: PolicyRelease?, at address: String, _ workplace: Workplace, _ shelf: PolicyShelf,
        _ resources: HTTPResources, _ terminal: Terminal
    ) async throws -> PolicyRelease {
        let source = try LogTileSource(url: address, resources: resources)
        defer { source.shutdown() }
        var newest: PolicyRelease
        if let known {
            newest = known
        } else {
            newest = try await first(source, address)
            guard !Files.exists(workplace.places.policy) else {
                throw CommandError(
                    .cannotWrite, "\(workplace.places.policy): there is a policy already; move it away first")
            }
            try shelf.keep(newest, source: address)
        }
        for _ in 0..<Self.maximumSteps {
            let number = newest.distribution.version + 1
            guard let bytes = try await source.file(String(number)) else { return newest }
            let next = try release(bytes, "\(source.address)\(number)")
            do {
                try next.check(after: newest.policy)
            } catch {
                throw CommandError(.badPolicy, "\(source.address)\(number): \(error)")
            }
            try shelf.keep(next, source: address)
            terminal.output.line("Took version \(String(number)).")
            newest = next
        }
        throw CommandError(.badPolicy, "\(address): publishes more than \(Self.maximumSteps) new versions")
    }

    private func first(_ source: LogTileSource, _ address: String) async throws -> PolicyRelease {
        guard let bytes = try await source.file(String(from)) else {
            throw CommandError(.noInput, "\(source.address)\(from): not there")
        }
        let release = try release(bytes, "\(source.address)\(from)")
        do {
            try release.check(after: nil)
        } catch {
            throw CommandError(.badPolicy, "\(source.address)\(from): \(error)")
        }
        guard release.distribution.version == from else {
            throw CommandError(
                .badPolicy, "\(source.address)\(from): it says that it is version \(release.distribution.version)")
        }
        guard let trust else {
            throw CommandError(
                .usage,
                "the first version is trusted by you: ask its signers for the SHA-256 of its text, and give it "
                    + "with --trust; what is published at \(address) has \(release.digest.hex)")
        }
        guard release.digest.hex == trust else {
            throw CommandError(.badPolicy, "\(source.address)\(from): its text has the SHA-256 \(release.digest.hex)")
        }
        return release
    }

    private func release(_ bytes: [UInt8], _ place: String) throws -> PolicyRelease {
        do {
            return try PolicyRelease(parsing: bytes)
        } catch {
            throw CommandError(.badPolicy, "\(place): \(error)")
        }
    }
}
