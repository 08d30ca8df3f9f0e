internal import Building
internal import DurableFiles
internal import Glibc

/// The `/bin/sh` that builders see: nothing of the host but one static program.
enum SandboxShell {
    private static let target = "/bin/sh"
    private static let places = ["/bin/busybox", "/usr/bin/busybox"]
    private static let headerLimit = 4096
    private static let interpreter: UInt32 = 3

    /// What a setting means: a program's path, `none`, or nil for a static busybox of this machine if it has one.
    static func path(_ setting: String?) throws(CommandError) -> SandboxPath? {
        switch setting {
        case "none": return nil
        case let setting?:
            let source = try Files.absolute(setting)
            guard access(source, X_OK) == 0 else {
                throw CommandError(.noInput, "--sandbox-shell: \(source) is no program that can be run")
            }
            return SandboxPath(target: target, source: source)
        case nil: return places.first(where: isStatic).map { SandboxPath(target: target, source: $0) }
        }
    }

    /// Whether a file is an ELF program of 64 bits that needs no loader, which is not in the sandbox.
    static func isStatic(_ path: String) -> Bool {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        var header = [UInt8](repeating: 0, count: headerLimit)
        let count = read(file, &header, header.count)
        guard count >= 64, header.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1]) else { return false }
        func number(_ offset: Int, _ length: Int) -> Int? {
            guard offset >= 0, offset + length <= count else { return nil }
            return Int(
                exactly: header[offset..<(offset + length)].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
        }
        // Program headers: where they begin, how long one is, how many there are.
        guard let start = number(32, 8), let size = number(54, 2), let entries = number(56, 2), size >= 4,
            start <= headerLimit
        else { return false }
        for entry in 0..<entries {
            guard let type = number(start + entry * size, 4) else { return false }
            if type == Int(interpreter) { return false }
        }
        return true
    }
}
