extension SandboxPlan {
    /// Something that is made inside. Paths are absolute, without `.`, `..` and empty parts.
    package enum Step: Hashable, Sendable, Codable {
        /// A folder.
        case directory(String, mode: UInt32 = 0o755, on: Place = .memory)
        /// A file, where nothing is yet.
        case file(String, [UInt8], mode: UInt32 = 0o644)
        /// A symbolic link.
        case symlink(String, target: String)
        /// A file or a folder of the host; of a symbolic link a copy, which is not followed. Mounts below a folder do not
        /// come along. Optional: nothing happens when the source is missing.
        case bind(source: String, target: String, writable: Bool = false, optional: Bool = false)
        /// A file system in memory, of half the machine's memory at most where no size is given.
        case tmpfs(String, mode: UInt32 = 0o1777, bytes: UInt64? = nil)
        /// `/dev`: full, null, random, tty, urandom, zero, kvm where it is wanted and there, ptmx, pts, shm, fd, stdin,
        /// stdout and stderr.
        case devices(kvm: Bool = false)
        /// `/proc`, of the sandbox's own processes.
        case proc
    }

    /// Where a folder lies.
    package enum Place: Hashable, Sendable, Codable {
        /// It goes with the sandbox, and is read-only for the builder.
        case memory
        /// Below ``SandboxPlan/root`` on the host, where it stays. The builder may write in it.
        case disk
    }
}
