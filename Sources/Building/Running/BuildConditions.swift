package import Sandbox

/// What is different from a standard build: for rebuilding under other conditions and seeing which one matters.
package struct BuildConditions: Sendable {
    /// What `NIX_BUILD_CORES` says; nil: as the options say.
    package var cores: Int?

    /// Where the builder works, as it sees it: an absolute path; nil: where the flavour has it.
    package var buildFolder: String?

    /// Changes the plan of the sandbox, last of all: variables, umask, host name, identity, clocks and so on.
    package var adjust: @Sendable (inout SandboxPlan) -> Void

    /// Nothing is different.
    package static let standard = BuildConditions()

    package init(
        cores: Int? = nil, buildFolder: String? = nil,
        adjust: @escaping @Sendable (inout SandboxPlan) -> Void = { _ in }
    ) {
        self.cores = cores
        self.buildFolder = buildFolder
        self.adjust = adjust
    }
}
