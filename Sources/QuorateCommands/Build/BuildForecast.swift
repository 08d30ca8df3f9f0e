internal import Building
internal import LocalStore
internal import StoreFormats
internal import Verification

/// What a build would do, for `--dry-run`.
struct BuildForecast {
    private let plan: BuildPlan

    init(_ plan: BuildPlan) { self.plan = plan }

    func print(to terminal: Terminal) {
        var lines: [StyledText] = []
        let builds = plan.builds.map(\.derivation).filter { plan.refused[$0] == nil }
        if !builds.isEmpty {
            lines.append("\(builds.count.grouped, .bold) to be built:")
            lines += builds.map { "  \($0.path)" }
        }
        if !plan.refused.isEmpty {
            lines.append("\(plan.refused.count.grouped, [.bold, .red]) cannot be built here:")
            lines += plan.refused.sorted { $0.key < $1.key }.map { "  \($0.key.path): \($0.value)" }
        }
        if !plan.fetches.isEmpty {
            let sizes = "\(ByteSize(plan.downloadSize)) to come, \(ByteSize(plan.fetchedNarSize)) unpacked"
            lines.append("\(plan.fetches.count.grouped, .bold) to be fetched (\(sizes)):")
            lines += plan.fetches.map { "  \($0.offer.info.path.path)" }
        }
        if !plan.unknown.isEmpty {
            lines.append("\(plan.unknown.count.grouped, [.bold, .red]) not known:")
            lines += plan.unknown.map { "  \(Self.words($0))" }
        }
        if !plan.host.isEmpty { lines.append("\(plan.host.count.grouped, .bold) taken from the host's store") }
        if lines.isEmpty { lines.append("Everything is there.") }
        terminal.output.lines(lines)
    }

    /// Something that cannot be had, in one line.
    static func words(_ unknown: BuildPlan.Unknown) -> String {
        var words = unknown.path.path
        if let user = unknown.neededBy { words += ", which \(user.path) needs," }
        return words + " " + (unknown.why ?? "is in no store and no cache that is asked, and no derivation makes it")
    }

    // MARK: - JSON

    private struct Document: Encodable {
        let version = 1
        let dryRun = true
        let complete: Bool
        let targets: [String]
        let builds: [Build]
        let fetches: [Fetch]
        let refused: [Refused]
        let unknown: [Unknown]
        let host: [String]
    }

    private struct Build: Encodable {
        let derivation: String
        let outputs: [String]
        let needs: [String]
    }

    private struct Refused: Encodable {
        let derivation: String
        let why: String
    }

    private struct Fetch: Encodable {
        let path: String
        let narHash: String
        let narSize: UInt64
        let downloadSize: UInt64?
    }

    struct Unknown: Encodable {
        let path: String
        let neededBy: String?
        let why: String?

        init(_ unknown: BuildPlan.Unknown) {
            path = unknown.path.path
            neededBy = unknown.neededBy?.path
            why = unknown.why
        }
    }

    func json() throws -> [UInt8] {
        try VerdictReport.encode(
            Document(
                complete: plan.isComplete, targets: plan.targets.map(\.path),
                builds: plan.builds.map { build in
                    Build(
                        derivation: build.derivation.path, outputs: build.neededOutputs,
                        needs: (build.builds + build.fetches).map(\.path))
                },
                fetches: plan.fetches.map { fetch in
                    let info = fetch.offer.info
                    return Fetch(
                        path: info.path.path, narHash: "sha256:\(info.narHash.hex)", narSize: info.narSize,
                        downloadSize: fetch.offer.downloadSize)
                },
                refused: plan.refused.sorted { $0.key < $1.key }.map {
                    Refused(derivation: $0.key.path, why: $0.value)
                },
                unknown: plan.unknown.map(Unknown.init), host: plan.host.keys.sorted().map(\.path)))
    }
}
