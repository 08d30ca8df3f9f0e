internal import Building
internal import Sandbox

/// Something about a build's surroundings that must not matter to what it gives, and how `--vary` changes it.
struct BuildCondition: Sendable, Hashable {
    /// What it is, for people.
    let name: String
    /// What it is changed to.
    let change: String
    private let apply: @Sendable (inout Surroundings) -> Void

    static func == (left: Self, right: Self) -> Bool { left.name == right.name }
    func hash(into hasher: inout Hasher) { hasher.combine(name) }

    /// What a build is given besides its derivation.
    private struct Surroundings {
        var cores: Int?
        var buildFolder: String?
        var changes: [@Sendable (inout SandboxPlan) -> Void] = []
    }

    /// Conditions in which all of `varied` are changed.
    static func conditions(varying varied: [BuildCondition]) -> BuildConditions {
        var surroundings = Surroundings()
        for condition in varied { condition.apply(&surroundings) }
        let changes = surroundings.changes
        return BuildConditions(cores: surroundings.cores, buildFolder: surroundings.buildFolder) { plan in
            for change in changes { change(&plan) }
        }
    }

    private static func plan(
        _ name: String, _ change: String, _ body: @escaping @Sendable (inout SandboxPlan) -> Void
    ) -> BuildCondition {
        BuildCondition(name: name, change: change) { $0.changes.append(body) }
    }

    /// Every condition that a sandbox can change here.
    ///
    /// - Parameters:
    ///   - cores: What `NIX_BUILD_CORES` usually says.
    ///   - processor: What there is to take away.
    static func all(cores: Int, processor: ProcessorTraits = .current) -> [BuildCondition] {
        let other = cores == 3 ? 5 : 3
        var all = [
            BuildCondition(name: "NIX_BUILD_CORES", change: "\(other)") { $0.cores = other },
            BuildCondition(name: "build path", change: "/somewhere/else") { $0.buildFolder = "/somewhere/else" },
            plan("time zone", "13 h 45 min east") { $0.set("TZ", "QRT-13:45") },
            plan("locale", "C.UTF-8, French") {
                $0.set("LC_ALL", "C.UTF-8")
                $0.set("LANG", "C.UTF-8")
                $0.set("LANGUAGE", "fr")
            },
            plan("home", "/home/of/another") { $0.set("HOME", "/home/of/another") },
            plan("order of PATH", "backwards") { $0.reversePath() },
            plan("umask", "027") { $0.umask = 0o027 },
            plan("host name", "another.example") {
                $0.hostName = "another"
                $0.domainName = "example"
            },
            plan("user and group id", "4321, 1234") { $0.changeIDs(user: 4321, group: 1234) },
            plan("user name", "somebody") { $0.replace("nixbld:", by: "somebody:", in: "/etc/passwd") },
            plan("terminal", "a pipe instead, or the other way round") {
                $0.output = $0.output == .pipe ? .terminal : .pipe
            },
            plan("address randomisation", "on") { $0.randomisesAddresses = true },
            // Not older: C libraries refuse to run on what was before those that they were made for.
            plan("kernel version", "4.4.302") {
                $0.variations.kernelRelease = "4.4.302"
                $0.variations.kernelVersion = "#1 SMP Thu Feb 3 12:00:00 UTC 2022"
            },
            plan("directory order", "backwards") { $0.variations.reversesDirectories = true },
            plan("monotonic clock", "40 days later") { $0.variations.monotonicOffset = 40 * 86_400 },
            // Later, not earlier: files keep their true times, and none may seem to be from the future. Another year,
            // month, day of the week, hour, minute and second.
            plan("time of day", "400 days and some hours later") { $0.variations.clockOffset = 400 * 86_400 + 26_001 },
            plan("speed of clocks", "three times as fast") { $0.variations.clockPercent = 300 },
        ]
        if processor.count > 1 { all.append(plan("processors", "one") { $0.variations.processors = 1 }) }
        if !processor.hideable.isEmpty {
            let features = processor.hideable
            all.append(
                plan("CPU features", "newer ones hidden in /proc/cpuinfo and by GLIBC_TUNABLES") {
                    $0.variations.hiddenProcessorFeatures = features
                    $0.set("GLIBC_TUNABLES", ProcessorTraits.tunables)
                })
        }
        return all
    }
}
