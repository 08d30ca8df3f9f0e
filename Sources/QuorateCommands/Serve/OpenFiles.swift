internal import Glibc

/// This process's limit of open files.
enum OpenFiles {
    /// Most that is made use of: the kernel's default for a service, and enough for every client that a host has.
    private static let most: rlim_t = 1 << 19

    /// Raises the limit as far as the system lets it, and returns it: the default of 1,024 is for programs that use
    /// `select`.
    static func raiseLimit() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        let wanted = min(limit.rlim_max, most)
        if wanted > limit.rlim_cur {
            let before = limit.rlim_cur
            limit.rlim_cur = wanted
            if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) != 0 { limit.rlim_cur = before }
        }
        return Int(min(limit.rlim_cur, most))
    }
}
