package import ArgumentParser
internal import ClientSetup

/// `quorate policy from-guix-acl`: the policy's lines for the keys that Guix trusts on a machine.
package struct PolicyFromGuixACLCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "from-guix-acl",
        abstract: "Print a policy's cache lines for the keys in Guix's access list.",
        discussion: """
            The two farms that Guix comes with get their names and addresses. Any other key is named by its first \
            digits, and its line is a comment until it has an address.

            Exit status: 0 done, 65 the file is no access list, 66 there is none.

            Examples:
              quorate policy from-guix-acl >> ~/.config/quorate/policy
              quorate policy from-guix-acl --url https://substitutes.example ./acl
            """.flowing)

    @Option(help: ArgumentHelp("Where the servers of the one key are that Guix does not come with; may be repeated."))
    package var url: [String] = []

    @Argument(help: ArgumentHelp("The access list, '-' for standard input.", valueName: "file"), completion: .file())
    package var file = GuixConfiguration.accessListPath

    package init() {}

    package func run() throws {
        let terminal = Terminal.standard(color: .auto)
        for address in url {
            guard let objection = AccessListLines.objection(toAddress: address) else { continue }
            throw CommandError(.usage, "--url \(address): \(objection)")
        }
        let bytes = try Files.read(file, limit: 1 << 20)
        let lines: AccessListLines
        do {
            lines = AccessListLines(
                guix: try GuixConfiguration.parse(accessList: bytes, file: file == "-" ? "standard input" : file),
                addresses: url)
        } catch {
            throw CommandError(.badData, "\(error)")
        }
        if let objection = lines.addressObjection { throw CommandError(.usage, "--url: \(objection)") }
        terminal.output.lines(lines.lines.map { "\($0)" })
        for remark in lines.remarks { terminal.errors.line("quorate: \(remark)") }
        try terminal.checkOutput()
    }
}
