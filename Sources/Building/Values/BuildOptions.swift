internal import Glibc

/// How builds are done.
package struct BuildOptions: Sendable {
    /// How many builders run at a time.
    package var jobs = 1
    /// How many paths are fetched at a time.
    package var fetches = 8
    /// What `NIX_BUILD_CORES` says; 0 leaves it to the builder.
    package var cores = 1
    /// Whether to go on with what does not depend on a failure.
    package var keepsGoing = false
    /// Whether the build folder of a failed build is kept.
    package var keepsFailed = false
    /// Whether paths may be fetched.
    package var substitutes = true
    /// Whether anything may be built.
    package var builds = true
    /// Whether the host's stores may be used.
    package var usesHostStores = true
    /// What each build may take.
    package var limits = BuildLimits()
    /// What this machine can build.
    package var machine = BuildMachine.current
    /// What builders of Nix derivations see as `/bin/sh`. Those of Guix find none, and some look whether it is there.
    package var shell: SandboxPath?
    /// Files and folders of the host that each sandbox shows.
    package var sandboxPaths: [SandboxPath] = []
    /// As whom builders run.
    package var identity = BuildIdentity.standard
    /// The variables from which `impureEnvVars` of fixed outputs are taken: nothing of this process's own unless put here.
    package var impureEnvironment: [String: String] = [:]
    /// Where logs are kept; nil: below the store's folder.
    package var logFolder: String?

    package init() {}
}

/// What a build may take; nil is without limit.
package struct BuildLimits: Sendable, Hashable {
    /// Seconds for the whole build.
    package var seconds: Int?
    /// Seconds without a byte of output.
    package var silentSeconds: Int?
    /// Bytes of log.
    package var logBytes: UInt64?
    /// Processes and threads at a time.
    package var processes: Int?
    /// Bytes of memory, where cgroups are to be had.
    package var memoryBytes: UInt64?
    /// Bytes of one file.
    package var fileBytes: UInt64?

    package init() {}
}

/// Something of the host that a sandbox shows at a place of its own.
package struct SandboxPath: Sendable, Hashable {
    /// Where it is seen inside.
    package let target: String
    /// What it is outside.
    package let source: String
    /// Whether it is left out when it is not there.
    package let isOptional: Bool

    package init(target: String, source: String, isOptional: Bool = false) {
        self.target = target
        self.source = source
        self.isOptional = isOptional
    }
}

/// As whom builders run, seen from outside. Inside they are always uid 1000 of group 100.
package enum BuildIdentity: Sendable, Hashable {
    /// As the user who runs this program, who must not be root.
    case caller
    /// As users of their own, one build at a time each: for root only.
    case buildUsers(uids: [UInt32], gid: UInt32)

    /// For root users of its own, of ids that Guix and Nix take as well and that have no names; for others the caller.
    package static var standard: BuildIdentity {
        geteuid() == 0 ? .buildUsers(uids: Array(30001...30128), gid: 30000) : .caller
    }
}
