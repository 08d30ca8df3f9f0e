internal import CSandbox
internal import Glibc

/// Puts failures of the native half into words.
enum Refusals {
    /// What stands in the way of namespaces, and what to do about it.
    static func advice(on error: Int32) -> String {
        let reason = text(of: error)
        if let number = setting("user/max_user_namespaces"), number == "0" {
            return "user namespaces are switched off here; allow some with 'sysctl user.max_user_namespaces=10000'"
        }
        if geteuid() != 0, setting("kernel/unprivileged_userns_clone") == "0" {
            return "ordinary users may not make user namespaces here; allow it with 'sysctl "
                + "kernel.unprivileged_userns_clone=1'"
        }
        if geteuid() != 0, let rule = setting("kernel/apparmor_restrict_unprivileged_userns"), rule != "0" {
            return "AppArmor keeps ordinary users from using user namespaces here; give the program a profile with "
                + "'userns,' or allow it with 'sysctl kernel.apparmor_restrict_unprivileged_userns=0'"
        }
        switch error {
        case ENOSYS, EINVAL: return "this kernel is too old for the sandbox, which needs Linux 5.14 (\(reason))"
        case ENOSPC, EUSERS: return "there are too many namespaces already (\(reason)); see 'sysctl user'"
        default:
            return "this system does not let us make namespaces (\(reason)); a container around us has to allow them"
        }
    }

    static func error(_ failure: csandbox_failure, in plan: SandboxPlan, origins: [Int]) -> SandboxError {
        let stage = SandboxError.Stage(failure.stage)
        let reason = failure.error == 0 ? "it was killed" : text(of: failure.error)
        func made(_ code: SandboxError.Code, _ message: String) -> SandboxError {
            SandboxError(code: code, stage: stage, systemError: failure.error, message: message)
        }
        switch stage {
        case .namespaces, .propagation:
            return made(.unsupported, "cannot make a sandbox: \(advice(on: failure.error))")
        case .execute:
            guard failure.error != 0 else { break }
            return made(.cannotExecute, "cannot execute the builder \(plan.executable): \(reason)")
        case .step, .readOnly:
            // Behind the steps of the plan stand those of its variations.
            guard failure.step < origins.count else { break }
            return made(.failed, "cannot make a sandbox: '\(plan.steps[origins[failure.step]])': \(reason)")
        case .root: return made(.failed, "cannot make a sandbox on '\(plan.root)': \(reason)")
        default: break
        }
        return made(.failed, "cannot make a sandbox: \(stage.rawValue): \(reason)")
    }

    static func text(of error: Int32) -> String { String(cString: strerror(error)) }

    /// A setting of the kernel; nil where it has no such setting.
    private static func setting(_ name: String) -> String? {
        SystemFile.text("/proc/sys/" + name).map { String($0.prefix { !$0.isWhitespace }) }
    }
}

extension SandboxError.Stage {
    init(_ stage: Int32) {
        let stages: [(csandbox_stage, Self)] = [
            (csandbox_stage_output, .output), (csandbox_stage_namespaces, .namespaces),
            (csandbox_stage_identity, .identity), (csandbox_stage_propagation, .propagation),
            (csandbox_stage_root, .root), (csandbox_stage_step, .step), (csandbox_stage_read_only, .readOnly),
            (csandbox_stage_pivot, .pivot), (csandbox_stage_names, .names), (csandbox_stage_network, .network),
            (csandbox_stage_control_group, .controlGroup), (csandbox_stage_clocks, .clocks),
            (csandbox_stage_descriptors, .descriptors), (csandbox_stage_limits, .limits),
            (csandbox_stage_personality, .personality), (csandbox_stage_directory, .directory),
            (csandbox_stage_privileges, .privileges), (csandbox_stage_view, .view), (csandbox_stage_execute, .execute),
        ]
        self = stages.first { Int32($0.0.rawValue) == stage }?.1 ?? .namespaces
    }
}
