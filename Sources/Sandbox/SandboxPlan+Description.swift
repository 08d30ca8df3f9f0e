extension SandboxPlan: CustomStringConvertible {
    /// One line for each thing that is done, in the order in which it is done.
    package var description: String { lines.map { $0 + "\n" }.joined() }

    private var lines: [String] {
        var lines = ["root \(root) mode \(octal(rootMode))", "namespaces \(namespaces)"]
        lines += steps.map(\.description)
        lines.append("host \(SandboxString(hostName)) domain \(SandboxString(domainName))")
        switch identity.outside {
        case .caller: lines.append("user \(identity.user):\(identity.group), outside the caller")
        case .buildUser(let uid, let gid):
            lines.append("user \(identity.user):\(identity.group), outside \(uid):\(gid)")
        }
        lines += limits.lines
        lines += conditions
        lines.append("output \(output == .terminal ? "terminal" : "pipe")")
        lines.append("enter \(SandboxString(workingDirectory)) umask \(octal(umask))")
        lines.append("no-new-privileges\(filtersSystemCalls ? " system-call-filter" : "")")
        lines += environment.map { "variable \($0.name)=\($0.value)" }
        lines.append("execute \(executable) as \(arguments.map(\.description).joined(separator: " "))")
        return lines
    }

    private var namespaces: String {
        var names = "user mount process name ipc cgroup"
        if network == .none { names += " network" }
        if variations.monotonicOffset != 0 { names += " time" }
        return allowsNestedNamespaces ? names : names + " (no further ones)"
    }

    private var conditions: [String] {
        var lines: [String] = []
        if personality == .linux32 { lines.append("personality linux32") }
        if randomisesAddresses { lines.append("addresses random") }
        return lines + variations.lines
    }
}

extension SandboxPlan.Variations {
    fileprivate var lines: [String] {
        var lines: [String] = []
        if showsOldKernel { lines.append("kernel 2.6") }
        if let kernelRelease { lines.append("kernel release \(SandboxString(kernelRelease))") }
        if let kernelVersion { lines.append("kernel version \(SandboxString(kernelVersion))") }
        if monotonicOffset != 0 { lines.append("monotonic clock shifted by \(monotonicOffset) s") }
        if clockOffset != 0 { lines.append("time of day shifted by \(clockOffset) s") }
        if clockPercent != 100 { lines.append("clocks at \(clockPercent) percent") }
        if let processors { lines.append("processors \(processors)") }
        if !hiddenProcessorFeatures.isEmpty {
            lines.append("processor without \(hiddenProcessorFeatures.sorted().joined(separator: " "))")
        }
        if reversesDirectories { lines.append("folders listed the other way round") }
        return lines
    }
}

extension SandboxPlan.Step: CustomStringConvertible {
    package var description: String {
        switch self {
        case .directory(let path, let mode, let place):
            return "directory \(path) \(octal(mode))\(place == .disk ? " on disk" : "")"
        case .file(let path, let bytes, let mode): return "file \(path) \(octal(mode)) \(bytes.count) bytes"
        case .symlink(let path, let target): return "symlink \(path) -> \(target)"
        case .bind(let source, let target, let writable, let optional):
            return "bind \(target) from \(source)\(writable ? " writable" : "")\(optional ? " optional" : "")"
        case .tmpfs(let path, let mode, let bytes):
            return "tmpfs \(path) \(octal(mode))\(bytes.map { " \($0) bytes" } ?? "")"
        case .devices(let kvm): return "devices /dev\(kvm ? " with kvm" : "")"
        case .proc: return "proc /proc"
        }
    }
}

extension SandboxPlan.Limits {
    fileprivate var lines: [String] {
        var lines: [String] = []
        if let seconds { lines.append("limit \(seconds) s") }
        if let silentSeconds { lines.append("limit \(silentSeconds) s without output") }
        if let logBytes { lines.append("limit \(logBytes) bytes of output") }
        if let processes { lines.append("limit \(processes) processes") }
        if let memoryBytes { lines.append("limit \(memoryBytes) bytes of memory") }
        if let fileBytes { lines.append("limit \(fileBytes) bytes a file") }
        return lines
    }
}

private func octal(_ mode: UInt32) -> String {
    let digits = String(mode, radix: 8)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
}
