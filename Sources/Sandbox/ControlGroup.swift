internal import Glibc
internal import Synchronization

/// A control group of one build, which limits the memory of all its processes together. Gone with the value, which has
/// to outlive them.
final class ControlGroup {
    private let path: String
    private let version: Version
    /// Where a process joins: an open file.
    let processes: Int32

    private enum Version {
        case first
        case second

        var limit: String { self == .first ? "memory.limit_in_bytes" : "memory.max" }
        var peak: String { self == .first ? "memory.max_usage_in_bytes" : "memory.peak" }
        /// Where the kernel counts what it killed.
        var events: String { self == .first ? "memory.oom_control" : "memory.events" }
    }

    private static let count = Atomic<Int>(0)

    /// Nil where this user can make no such group.
    init?(memoryBytes: UInt64) {
        let name = "quorate-\(getpid())-\(Self.count.wrappingAdd(1, ordering: .relaxed).newValue)"
        for (parent, version) in Self.parents() {
            let path = "\(parent)/\(name)"
            guard mkdir(path, 0o755) == 0 else { continue }
            if SystemFile.write("\(memoryBytes)", to: "\(path)/\(version.limit)") {
                if version == .second { _ = SystemFile.write("0", to: "\(path)/memory.swap.max") }
                let processes = open("\(path)/cgroup.procs", O_WRONLY | O_CLOEXEC)
                if processes >= 0 {
                    self.path = path
                    self.version = version
                    self.processes = processes
                    return
                }
            }
            rmdir(path)
        }
        return nil
    }

    deinit {
        close(processes)
        rmdir(path)
    }

    /// Bytes, as far as the kernel tells.
    var peak: UInt64? { SystemFile.text("\(path)/\(version.peak)").flatMap { UInt64($0.filter(\.isNumber)) } }

    /// Whether the kernel killed a process of the group for want of memory.
    var hasKilled: Bool {
        let lines = (SystemFile.text("\(path)/\(version.events)") ?? "").split(separator: "\n")
        return lines.contains { $0.hasPrefix("oom_kill ") && $0 != "oom_kill 0" }
    }

    /// Folders in which a group may be made: of the old version our own group, of the new one the group above, since one
    /// that has processes itself cannot limit those below it.
    private static func parents() -> [(String, Version)] {
        let mounts = (SystemFile.text("/proc/self/mountinfo") ?? "").split(separator: "\n").compactMap(Mount.init)
        var parents: [(String, Version)] = []
        for line in (SystemFile.text("/proc/self/cgroup") ?? "").split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3, fields[2].first == "/" else { continue }
            let controllers = fields[1].split(separator: ",")
            if controllers.contains("memory") {
                for mount in mounts where mount.kind == "cgroup" && mount.options.contains("memory") {
                    if let path = mount.path(of: fields[2]) { parents.append((path, .first)) }
                }
            } else if fields[0] == "0" && controllers.isEmpty {
                for mount in mounts where mount.kind == "cgroup2" {
                    guard let path = mount.path(of: fields[2]) else { continue }
                    let above = path.lastIndex(of: "/").map { String(path[..<$0]) }
                    let folder = fields[2] == "/" ? path : (above ?? path)
                    let shared = SystemFile.text("\(folder)/cgroup.subtree_control") ?? ""
                    if shared.split(whereSeparator: \.isWhitespace).contains("memory") {
                        parents.append((folder, .second))
                    }
                }
            }
        }
        return parents
    }

    /// A line of `/proc/self/mountinfo`; see proc(5).
    private struct Mount {
        let root: Substring
        let point: Substring
        let kind: Substring
        let options: [Substring]

        init?(_ line: Substring) {
            let fields = line.split(separator: " ")
            guard let separator = fields.firstIndex(of: "-"), separator >= 6, fields.count >= separator + 4 else {
                return nil
            }
            root = fields[3]
            point = fields[4]
            kind = fields[separator + 1]
            options = fields[separator + 3].split(separator: ",")
        }

        /// Where a group is found; nil when the mount does not show it.
        func path(of group: Substring) -> String? {
            if root == "/" { return group == "/" ? String(point) : "\(point)\(group)" }
            guard group.hasPrefix(root) else { return nil }
            return "\(point)\(group.dropFirst(root.count))"
        }
    }
}
