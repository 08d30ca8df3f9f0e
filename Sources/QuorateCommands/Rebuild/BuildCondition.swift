internal import Building
internal import Sandbox

/// Something about a build's surroundings that must not matter to what it gives, and how `--vary` changes it.
struct BuildCondition: Sendable, Hashable {
    /// What it is, for people.
    let name: String
    /// What it is changed to.
    let change: String
    fileprivate let apply: @Sendable (inout Surroundings) -> Void

    static func == (left: Self, right: Self) -> Bool { left.name == right.name }
    func hash(into hasher: inout Hasher) { hasher.combine(name) }

    /// What a build is given besides its derivation.
    fileprivate struct Surroundings {
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

    /// Every condition that a sandbox can change.
    /// - Parameter cores: What `NIX_BUILD_CORES` usually says.
    static func all(cores: Int) -> [BuildCondition] {
        let other = cores == 3 ? 5 : 3
        return [
            BuildCondition(name: "NIX_BUILD_CORES", change: "\(other)") { $0.cores = other },
            plan("processors", "one") { $0.variations.processors = 1 },
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
            plan("kernel version", "2.6.x") { $0.variations.showsOldKernel = true },
            plan("monotonic clock", "40 days later") { $0.variations.monotonicOffset = 40 * 86_400 },
            plan("address randomisation", "on") { $0.randomisesAddresses = true },
            plan("terminal", "a pipe instead, or the other way round") {
                $0.output = $0.output == .pipe ? .terminal : .pipe
            },
        ]
    }
}

extension SandboxPlan {
    /// Sets a variable, in its place or behind all others.
    fileprivate mutating func set(_ name: String, _ value: String) {
        let variable = Variable(SandboxString(name), SandboxString(value))
        if let index = environment.firstIndex(where: { $0.name == variable.name }) {
            environment[index] = variable
        } else {
            environment.append(variable)
        }
    }

    /// Turns the folders of PATH round; where there is one, an empty one comes before it.
    fileprivate mutating func reversePath() {
        guard let index = environment.firstIndex(where: { $0.name == SandboxString("PATH") }) else { return }
        let folders = environment[index].value.bytes.split(separator: UInt8(ascii: ":"))
        let turned: [ArraySlice<UInt8>] =
            folders.count > 1 ? Array(folders.reversed()) : [ArraySlice(Array("/nothing-here".utf8))] + folders
        environment[index].value = SandboxString(bytes: Array(turned.joined(separator: [UInt8(ascii: ":")])))
    }

    /// Gives the builder other ids, and says so in the files that name them.
    fileprivate mutating func changeIDs(user: UInt32, group: UInt32) {
        let old = identity
        identity.user = user
        identity.group = group
        replace(":\(old.user):\(old.group):", by: ":\(user):\(group):", in: "/etc/passwd")
        replace(":\(old.group):", by: ":\(group):", in: "/etc/group")
    }

    fileprivate mutating func replace(_ text: String, by other: String, in file: String) {
        for (index, step) in steps.enumerated() {
            guard case .file(file, let bytes, let mode) = step else { continue }
            let changed = String(decoding: bytes, as: UTF8.self).replacing(text, with: other)
            steps[index] = .file(file, Array(changed.utf8), mode: mode)
        }
    }
}
