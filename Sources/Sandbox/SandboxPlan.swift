/// Everything about a sandbox before it is made: what the builder finds in it, what is run, as whom, within which limits.
///
/// `/` inside is a small file system in memory that goes with the sandbox. What must outlive the build, or be large, is a
/// folder on disk below ``root``, bound into place. Folders on disk belong to the builder, and so does what steps make below
/// its working directory; what everybody may write to and all else belongs to the caller, and what is bound keeps its
/// owner. In the end everything is read-only but folders on disk, ``Step/tmpfs(_:mode:bytes:)``, writable binds, `/proc`,
/// `/dev/shm` and `/dev/pts`.
package struct SandboxPlan: Hashable, Sendable, Codable {
    /// An existing folder of the host, absolute, on the file system of the store that outputs are moved to. The sandbox
    /// makes it accessible to the caller alone.
    package var root: String
    /// The mode of `/` inside: permission bits, with which the builder can enter. Nix's daemon gives it 0750.
    package var rootMode: UInt32 = 0o750
    /// What is made inside, in this order. Folders above that are missing are made with mode 0755.
    package var steps: [Step] = []

    /// The builder, as a path inside.
    package var executable: SandboxString
    /// Its arguments, the zeroth included.
    package var arguments: [SandboxString]
    /// Its environment, in this order and nothing else.
    package var environment: [Variable]
    package var workingDirectory = "/"
    package var umask: UInt32 = 0o022

    package var identity = Identity()
    package var hostName = "localhost"
    package var domainName = "(none)"
    package var network = Network.none
    package var personality = Personality.native
    /// Whether addresses differ from run to run. Nix and Guix switch that off.
    package var randomisesAddresses = false
    package var output = Output.pipe
    /// Whether the filter of system calls is installed: no set-id bits, extended attributes, key rings, or sockets that
    /// know no namespaces.
    package var filtersSystemCalls = true
    /// Whether the builder may make user namespaces of its own, in which it is root over nothing but what it has.
    package var allowsNestedNamespaces = true
    package var limits = Limits()
    package var variations = Variations()

    package init(
        root: String, executable: SandboxString, arguments: [SandboxString], environment: [Variable] = []
    ) {
        self.root = root
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
    }
}

extension SandboxPlan {
    /// A variable of the builder's environment.
    package struct Variable: Hashable, Sendable, Codable {
        package var name: SandboxString
        package var value: SandboxString

        package init(_ name: SandboxString, _ value: SandboxString) {
            self.name = name
            self.value = value
        }
    }

    /// Who the builder is.
    package struct Identity: Hashable, Sendable, Codable {
        /// Who it is for everybody else on the machine.
        package enum Outside: Hashable, Sendable, Codable {
            /// The caller, who must not be root: in a namespace root's id is still the owner of the kernel's settings.
            case caller
            /// Ids that no other build uses at the same time, nor anything else. Only root can give them.
            case buildUser(uid: UInt32, gid: UInt32)
        }

        /// The user id that the builder sees. Not 0: that one would keep privileges.
        package var user: UInt32
        package var group: UInt32
        package var outside: Outside

        package init(user: UInt32 = 1000, group: UInt32 = 100, outside: Outside = .caller) {
            self.user = user
            self.group = group
            self.outside = outside
        }
    }

    package enum Network: Hashable, Sendable, Codable {
        /// A network of its own with nothing but the loopback interface.
        case none
        /// The host's network, and with it the host's abstract sockets: a process elsewhere may be handed a descriptor
        /// that is open for writing on an output. Outputs of such a build have to be copied, not moved.
        case host
    }

    package enum Personality: Hashable, Sendable, Codable {
        case native
        /// `uname` names the 32-bit machine.
        case linux32
    }

    /// What standard output and standard error are.
    package enum Output: Hashable, Sendable, Codable {
        /// One pipe for both, as with Guix.
        case pipe
        /// One pseudoterminal for both, in raw mode and controlling nothing, as with Nix.
        case terminal
    }

    /// What ends a build, or makes it fail. Nil is no limit.
    package struct Limits: Hashable, Sendable, Codable {
        /// Seconds from the start.
        package var seconds: Double?
        /// Seconds without output.
        package var silentSeconds: Double?
        /// Bytes of output.
        package var logBytes: UInt64?
        /// Processes and threads at a time.
        package var processes: UInt64?
        /// Bytes of memory of the whole build, where a control group can be made.
        package var memoryBytes: UInt64?
        /// Bytes of any one file.
        package var fileBytes: UInt64?

        package init() {}
    }

}
