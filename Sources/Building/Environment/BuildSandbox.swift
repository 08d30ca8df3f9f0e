internal import Glibc
internal import LocalStore
internal import Sandbox
internal import StoreFormats

/// What a builder's sandbox looks like, by the rules of Nix or of Guix.
struct BuildSandbox {
    let derivation: Derivation
    let flavor: BuildFlavor
    let environment: BuildEnvironment
    /// The build folder as the builder sees it.
    let buildFolder: String
    /// The inputs, and where their contents are.
    let inputs: [(path: StorePath, place: String)]
    let options: BuildOptions
    let outside: SandboxPlan.Identity.Outside

    /// The plan, for a root folder that exists and is empty.
    func plan(root: String) -> SandboxPlan {
        let builder = derivation.builder.bytes
        let name = builder.split(separator: UInt8(ascii: "/")).last ?? []
        let placeholders = OutputPlaceholders(
            flavor.replacesPlaceholders ? derivation.outputs.map { ($0.name, $0.path) } : [])
        var plan = SandboxPlan(
            root: root, executable: SandboxString(bytes: builder),
            arguments: [SandboxString(bytes: name)]
                + derivation.arguments.map { SandboxString(bytes: placeholders.replaced($0).bytes) },
            environment: environment.variables.map {
                SandboxPlan.Variable(SandboxString(bytes: $0.name.bytes), SandboxString(bytes: $0.value.bytes))
            })
        plan.rootMode = flavor.rootMode
        plan.steps = steps()
        plan.workingDirectory = buildFolder
        plan.identity = .init(user: flavor.identity.user, group: flavor.identity.group, outside: outside)
        plan.network = derivation.isFixed ? .host : .none
        plan.personality = options.machine.showsThirtyTwoBits(to: derivation.system) ? .linux32 : .native
        plan.output = flavor == .nix ? .terminal : .pipe
        plan.limits.seconds = options.limits.seconds.map(Double.init)
        plan.limits.silentSeconds = options.limits.silentSeconds.map(Double.init)
        plan.limits.logBytes = options.limits.logBytes
        plan.limits.processes = options.limits.processes.map(UInt64.init)
        plan.limits.memoryBytes = options.limits.memoryBytes
        plan.limits.fileBytes = options.limits.fileBytes
        return plan
    }

    private func steps() -> [SandboxPlan.Step] {
        var steps: [SandboxPlan.Step] = [
            .directory(derivation.directory.path, mode: 0o1775, on: .disk),
            .directory("/tmp", mode: 0o1777, on: .disk),
            .directory(buildFolder, mode: 0o700, on: .disk),
            .devices(kvm: flavor == .guix || options.machine.features.contains("kvm")),
            .proc,
        ]
        steps += accounts()
        for file in environment.files { steps.append(.file("\(buildFolder)/\(file.name)", file.contents)) }
        for input in inputs { steps.append(.bind(source: input.place, target: input.path.path)) }
        for path in (flavor == .nix ? [options.shell].compactMap(\.self) : []) + options.sandboxPaths {
            steps.append(.bind(source: Self.end(of: path.source), target: path.target, optional: path.isOptional))
        }
        return steps
    }

    /// Where links lead: what a person shows to builders is there as it is, whatever it is called on this machine.
    private static func end(of path: String) -> String {
        guard let end = realpath(path, nil) else { return path }
        defer { free(end) }
        return String(cString: end)
    }

    /// What stands in `/etc`.
    private func accounts() -> [SandboxPlan.Step] {
        let (user, group) = flavor.identity
        var steps: [SandboxPlan.Step]
        switch flavor {
        case .nix:
            steps = [
                text(
                    "/etc/passwd",
                    """
                    root:x:0:0:Nix build user:\(buildFolder):/noshell
                    nixbld:x:\(user):\(group):Nix build user:\(buildFolder):/noshell
                    nobody:x:65534:65534:Nobody:/:/noshell

                    """), text("/etc/group", "root:x:0:\nnixbld:!:\(group):\nnogroup:x:65534:\n"),
            ]
        case .guix:
            steps = [
                text(
                    "/etc/passwd",
                    """
                    nixbld:x:\(user):\(group):Nix build user:/:/noshell
                    nobody:x:65534:65534:Nobody:/:/noshell

                    """), text("/etc/group", "nixbld:!:\(group):\n"),
            ]
        }
        guard derivation.isFixed else {
            return steps + [text("/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n")]
        }
        // Fixed outputs may use the network, and look up names the way the host does.
        var shared = ["/etc/resolv.conf", "/etc/services", "/etc/hosts"]
        switch flavor {
        case .nix: steps.append(text("/etc/nsswitch.conf", "hosts: files dns\nservices: files\n"))
        case .guix: shared.append("/etc/nsswitch.conf")
        }
        for path in shared { steps.append(.bind(source: path, target: path, optional: true)) }
        return steps
    }

    private func text(_ path: String, _ contents: String) -> SandboxPlan.Step { .file(path, Array(contents.utf8)) }
}
