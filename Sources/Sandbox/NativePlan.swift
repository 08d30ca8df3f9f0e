internal import CSandbox
internal import Glibc

/// A plan in the form that `CSandbox` carries out, with the memory that it points to.
final class NativePlan {
    private(set) var spec = csandbox_spec()
    /// For each native step, the step of the plan that it comes from.
    private(set) var origins: [Int] = []
    private var steps: [csandbox_step] = []
    private var blocks: [UnsafeMutableRawPointer] = []

    /// The filter is the same for all.
    private static let filter: [UInt64] = {
        // An instruction of a filter has eight bytes.
        var program = [UInt64](repeating: 0, count: Int(CSANDBOX_FILTER_LENGTH))
        let length = program.withUnsafeMutableBytes { csandbox_filter($0.baseAddress) }
        return Array(program.prefix(length))
    }()

    /// - Parameter plan: Checked.
    init(_ plan: SandboxPlan, controlGroups: [Int32]) {
        for (index, step) in plan.steps.enumerated() { add(step, at: index) }
        if plan.variations.masksFiles { addMasks(plan.variations) }
        spec.root = text(plan.root)
        spec.root_mode = plan.rootMode
        spec.steps = UnsafePointer(copy(steps))
        spec.step_count = steps.count
        spec.executable = text(plan.executable.bytes)
        spec.arguments = list(plan.arguments.map(\.bytes))
        spec.environment = list(plan.environment.map { $0.name.bytes + [UInt8(ascii: "=")] + $0.value.bytes })
        spec.working_directory = text(plan.workingDirectory)
        spec.umask = plan.umask
        set(plan.identity)
        spec.host_name = text(plan.hostName)
        spec.domain_name = text(plan.domainName)
        spec.shares_network = plan.network == .host ? 1 : 0
        spec.has_terminal = plan.output == .terminal ? 1 : 0
        spec.nested_namespaces = plan.allowsNestedNamespaces ? 1 : 0
        spec.personality = Self.personality(of: plan)
        spec.process_limit = plan.limits.processes ?? .max
        spec.file_limit = plan.limits.fileBytes ?? .max
        spec.control_groups = UnsafePointer(copy(controlGroups))
        spec.control_group_count = controlGroups.count
        spec.monotonic_offset = plan.variations.monotonicOffset
        spec.boot_offset = plan.variations.monotonicOffset
        spec.processors = plan.variations.processors ?? 0
        if plan.variations.needsAnswers { spec.view = UnsafePointer(copy([view(of: plan.variations)])) }
        if plan.filtersSystemCalls {
            spec.filter = UnsafeRawPointer(copy(Self.filter))
            spec.filter_length = UInt16(Self.filter.count)
        }
    }

    deinit { for block in blocks { block.deallocate() } }

    private func set(_ identity: SandboxPlan.Identity) {
        spec.inside_user = identity.user
        spec.inside_group = identity.group
        switch identity.outside {
        case .caller:
            spec.outside_user = geteuid()
            spec.outside_group = getegid()
        case .buildUser(let uid, let gid):
            spec.outside_user = uid
            spec.outside_group = gid
            spec.changes_user = 1
        }
    }

    private static func personality(of plan: SandboxPlan) -> UInt {
        // From <linux/personality.h>: PER_LINUX32, UNAME26, ADDR_NO_RANDOMIZE.
        var personality: UInt = plan.personality == .linux32 ? 0x0008 : 0
        if plan.variations.showsOldKernel { personality |= 0x0002_0000 }
        if !plan.randomisesAddresses { personality |= 0x0004_0000 }
        return personality
    }

    private func view(of variations: SandboxPlan.Variations) -> csandbox_view {
        var view = csandbox_view()
        view.clock_offset = variations.clockOffset
        view.clock_percent = variations.clockPercent
        view.reverses_directories = variations.reversesDirectories ? 1 : 0
        if let release = variations.kernelRelease { view.release = text(release) }
        if let version = variations.kernelVersion { view.version = text(version) }
        return view
    }

    // Steps

    /// After everything of the plan, so that `/proc` is there.
    private func addMasks(_ variations: SandboxPlan.Variations) {
        for (path, text) in MaskedFiles(variations: variations).all {
            append(csandbox_mask, path)
            steps[steps.count - 1].bytes = UnsafeRawPointer(copy(Array(text.utf8)))
            steps[steps.count - 1].size = text.utf8.count
        }
    }

    private func add(_ step: SandboxPlan.Step, at index: Int) {
        switch step {
        case .directory(let path, let mode, let place):
            append(place == .disk ? csandbox_disk_directory : csandbox_directory, path, mode: mode)
        case .file(let path, let bytes, let mode):
            append(csandbox_file, path, mode: mode)
            steps[steps.count - 1].bytes = UnsafeRawPointer(copy(bytes))
            steps[steps.count - 1].size = bytes.count
        case .symlink(let path, let target): append(csandbox_symlink, path, source: target)
        case .bind(let source, let target, let writable, let optional):
            let flags = (writable ? UInt32(csandbox_writable) : 0) | (optional ? UInt32(csandbox_optional) : 0)
            append(csandbox_bind, target, source: source, flags: flags)
        case .tmpfs(let path, let mode, let bytes):
            let size = bytes.map { ",size=\($0)" } ?? ""
            append(csandbox_tmpfs, path, mode: mode, source: "mode=\(String(mode, radix: 8))\(size)")
        case .devices(let kvm): addDevices(kvm: kvm)
        case .proc: append(csandbox_proc, "/proc")
        }
        origins += Array(repeating: index, count: steps.count - origins.count)
    }

    private func addDevices(kvm: Bool) {
        append(csandbox_directory, "/dev", mode: 0o755)
        for name in ["full", "null", "random", "tty", "urandom", "zero"] {
            append(csandbox_device, "/dev/" + name, source: "/dev/" + name)
        }
        if kvm { append(csandbox_device, "/dev/kvm", source: "/dev/kvm", flags: UInt32(csandbox_optional)) }
        append(csandbox_tmpfs, "/dev/shm", mode: 0o1777, source: "mode=1777")
        append(csandbox_devpts, "/dev/pts", source: "newinstance,mode=0620,ptmxmode=0666")
        for (name, target) in [
            ("ptmx", "/dev/pts/ptmx"), ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"),
            ("stdout", "/proc/self/fd/1"), ("stderr", "/proc/self/fd/2"),
        ] {
            append(csandbox_symlink, "/dev/" + name, source: target)
        }
    }

    private func append(
        _ kind: csandbox_step_kind, _ path: String, mode: UInt32 = 0, source: String? = nil, flags: UInt32 = 0
    ) {
        var step = csandbox_step()
        step.kind = kind.rawValue
        step.mode = mode
        step.flags = flags
        step.path = text(Array(path.utf8.dropFirst()))
        if let source { step.source = text(source) }
        steps.append(step)
    }

    // Memory

    private func text(_ text: String) -> UnsafePointer<CChar> { self.text(Array(text.utf8)) }

    private func text(_ bytes: [UInt8]) -> UnsafePointer<CChar> {
        let size = bytes.count
        let block = allocate(size + 1).bindMemory(to: UInt8.self, capacity: size + 1)
        bytes.withUnsafeBufferPointer { if let start = $0.baseAddress { block.update(from: start, count: size) } }
        block[size] = 0
        return UnsafeRawPointer(block).assumingMemoryBound(to: CChar.self)
    }

    /// Pointers to the texts, with a null pointer at the end.
    private func list(_ texts: [[UInt8]]) -> UnsafePointer<UnsafeMutablePointer<CChar>?> {
        let pointers = texts.map { Optional(UnsafeMutablePointer(mutating: text($0))) } + [nil]
        return UnsafePointer(copy(pointers))
    }

    private func copy<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
        let size = elements.count * MemoryLayout<Element>.stride
        let block = allocate(size).bindMemory(to: Element.self, capacity: elements.count)
        elements.withUnsafeBufferPointer {
            if let start = $0.baseAddress { block.initialize(from: start, count: elements.count) }
        }
        return block
    }

    private func allocate(_ size: Int) -> UnsafeMutableRawPointer {
        let block = UnsafeMutableRawPointer.allocate(byteCount: max(1, size), alignment: 16)
        blocks.append(block)
        return block
    }
}
