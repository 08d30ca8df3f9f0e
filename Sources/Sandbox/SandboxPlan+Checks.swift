internal import Glibc

extension SandboxPlan {
    /// Longer paths do not fit into the system's calls once a root stands before them.
    private static let longestPath = 3000
    /// The kernel's own bound on the mounts of a namespace.
    private static let mostSteps = 100_000
    /// The kernel's bound on host and domain names.
    private static let longestName = 64

    /// Refuses what no sandbox can have. ``Sandbox/run(_:onOutput:)`` checks it as well.
    package func checked() throws(SandboxError) {
        try Self.check(root, "root")
        guard steps.count <= Self.mostSteps else { throw .plan("\(steps.count) steps, of \(Self.mostSteps) at most") }
        for step in steps { try step.check() }
        try Self.check(workingDirectory, "working directory", allowsRoot: true)
        try checkProgram()
        try checkIdentity()
        for (what, name) in [("host name", hostName), ("domain name", domainName)] {
            guard name.utf8.count <= Self.longestName, !name.utf8.contains(0) else {
                throw .plan("the \(what) is longer than \(Self.longestName) bytes or has a zero byte")
            }
        }
        guard rootMode <= 0o777 else {
            throw .plan("the mode \(String(rootMode, radix: 8)) of / has more than permission bits")
        }
        guard umask <= 0o777 else { throw .plan("the umask \(umask) has more than permission bits") }
        for seconds in [limits.seconds, limits.silentSeconds].compactMap(\.self) where !(seconds > 0) {
            throw .plan("a limit of \(seconds) s ends every build")
        }
        try checkVariations()
    }

    private func checkVariations() throws(SandboxError) {
        if variations.processors == 0 { throw .plan("a build needs a processor") }
        // Within what the kernel's clocks can say: a thousand years, and a hundred times as fast.
        for offset in [variations.monotonicOffset, variations.clockOffset] where offset.magnitude > 31_556_952_000 {
            throw .plan("a clock cannot be shifted by \(offset) s")
        }
        guard (1...10_000).contains(variations.clockPercent) else {
            throw .plan("a clock cannot run at \(variations.clockPercent) percent")
        }
        for text in [variations.kernelRelease, variations.kernelVersion].compactMap(\.self) {
            guard text.utf8.count <= Self.longestName, text.utf8.allSatisfy({ $0 >= 0x20 }) else {
                throw .plan("\(SandboxString(text)) cannot be the name of a kernel")
            }
        }
        let needsProc = !allowsNestedNamespaces || variations.monotonicOffset != 0 || variations.masksFiles
        guard !needsProc || steps.contains(.proc) else {
            throw .plan("forbidding namespaces and varying clocks, kernel and processors need a step for /proc")
        }
    }

    private func checkProgram() throws(SandboxError) {
        guard !executable.bytes.isEmpty else { throw .plan("the builder has no name") }
        var texts = [executable] + arguments
        for variable in environment { texts += [variable.name, variable.value] }
        guard !texts.contains(where: { $0.bytes.contains(0) }) else {
            throw .plan("an argument or a variable has a zero byte, which no program can be given")
        }
    }

    private func checkIdentity() throws(SandboxError) {
        let none = UInt32.max
        guard identity.user != 0, identity.user != none, identity.group != none else {
            throw .plan("the builder cannot be user \(identity.user):\(identity.group)")
        }
        switch identity.outside {
        case .caller:
            guard geteuid() != 0 else { throw .plan("root has to name a build user: its own id rules the machine") }
        case .buildUser(let uid, let gid):
            guard geteuid() == 0 else { throw .plan("only root can build as another user") }
            guard uid != 0, uid != none, gid != 0, gid != none else {
                throw .plan("\(uid):\(gid) cannot be a build user")
            }
        }
    }

    /// Paths are used below another root, so none may lead out of it.
    fileprivate static func check(_ path: String, _ what: String, allowsRoot: Bool = false) throws(SandboxError) {
        if allowsRoot && path == "/" { return }
        let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isGood =
            parts.count > 1 && parts[0].isEmpty && path.utf8.count <= longestPath && !path.utf8.contains(0)
            && parts.dropFirst().allSatisfy {
                !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8)
            }
        guard isGood else { throw .plan("the \(what) \(SandboxString(path)) is no absolute path in its plainest form") }
    }
}

extension SandboxPlan.Step {
    fileprivate func check() throws(SandboxError) {
        switch self {
        case .directory(let path, let mode, _), .file(let path, _, let mode), .tmpfs(let path, let mode, _):
            try SandboxPlan.check(path, "path")
            guard mode <= 0o7777 else { throw .plan("the mode of \(SandboxString(path)) is more than permissions") }
        case .symlink(let path, let target):
            try SandboxPlan.check(path, "path")
            guard !target.isEmpty, !target.utf8.contains(0) else {
                throw .plan("the link \(SandboxString(path)) leads nowhere")
            }
        case .bind(let source, let target, _, _):
            try SandboxPlan.check(source, "source", allowsRoot: true)
            try SandboxPlan.check(target, "path")
        case .devices, .proc: break
        }
    }
}

extension SandboxError {
    /// A plan that cannot be carried out.
    static func plan(_ problem: String) -> Self {
        SandboxError(code: .invalidPlan, stage: .plan, systemError: 0, message: "bad sandbox plan: \(problem)")
    }
}
