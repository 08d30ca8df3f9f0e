package import ArgumentParser
internal import LocalStore
internal import StoreFormats
internal import Verification

/// `quorate store show`: all that is known of paths.
package struct StoreShowCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Print what the store knows of paths: hash, size, references, referrers, signatures.",
        discussion: """
            Examples:
              quorate store show /nix/store/HASH-hello
              quorate store show --json ./result
            """.flowing)

    @OptionGroup package var storeOptions: StoreOptions
    @OptionGroup package var output: OutputOptions

    @Argument(help: "Store paths or links to them; '-' for lines on standard input.", completion: .file())
    package var paths: [String]

    package init() {}

    package func run() async throws {
        let store = try await storeOptions.open(toLook: true)
        let wanted = try StorePathArguments.read(paths, in: store.folder)
        let reports = try await CommandError.translating {
            let infos = try await store.presentInfos(of: wanted)
            var reports: [(PathInfo, PathReport)] = []
            for info in infos {
                var report = PathReport(info)
                report.location = store.location(of: info)
                report.closureSize = try await store.closureInfos(of: [info.path]).reduce(0) { $0 + $1.narSize }
                report.referrers = try await store.referrers(of: info.path).map(\.path)
                reports.append((info, report))
            }
            return reports
        }
        let terminal = output.terminal
        if output.json {
            terminal.output.data(try VerdictReport.encode(StoreDocument(paths: reports.map(\.1))))
        } else {
            for (index, (info, report)) in reports.enumerated() {
                if index > 0 { terminal.output.line() }
                Self.print(info, report, to: terminal)
            }
        }
        try terminal.checkOutput()
    }

    private static func print(_ info: PathInfo, _ report: PathReport, to terminal: Terminal) {
        terminal.output.line("\(info.path, .bold)")
        func field(_ name: String, _ value: StyledText) {
            terminal.output.line("  \(name.padded(to: 16), .dim)" + value)
        }
        func list(_ name: String, _ values: [String]) {
            for (index, value) in values.enumerated() { field(index == 0 ? name : "", "\(value)") }
        }
        field("origin", "\(report.origin), \(report.registeredAt)")
        field("lies at", "\(report.location ?? "")")
        field("NAR hash", "\(info.narHash)")
        field("NAR size", "\(ByteSize(info.narSize)) (\(info.narSize.grouped) bytes)")
        field("with all needed", "\(ByteSize(report.closureSize ?? 0))")
        if let deriver = info.deriver { field("derivation", "\(deriver)") }
        if let address = info.contentAddress { field("content address", "\(address)") }
        list("refers to", report.references)
        list("referred to by", report.referrers ?? [])
        list("signatures", report.signatures)
    }
}

extension LocalStore {
    /// What is known of paths, in their order, each of which has to be there.
    func presentInfos(of paths: [StorePath]) async throws -> [PathInfo] {
        let known = try await infos(of: paths)
        if let missing = paths.first(where: { known[$0] == nil }) {
            throw CommandError(.noInput, "\(missing): not in the store \(folder)")
        }
        return paths.compactMap { known[$0] }
    }
}

extension String {
    /// With spaces behind, to at least so many characters.
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
