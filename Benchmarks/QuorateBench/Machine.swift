import FoundationEssentials
import Glibc

/// The machine in words, for whoever reads the figures later.
enum Machine {
    static var description: String {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        func field(_ name: String) -> String {
            text.split(separator: "\n").first { $0.hasPrefix(name) }
                .flatMap { $0.split(separator: ":").dropFirst().first }.map { String($0.drop { $0 == " " }) } ?? "?"
        }
        let flags = field("flags").split(separator: " ")
        let cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        return
            "\(cores) cores, \(field("model name")), \(flags.contains("sha_ni") ? "with" : "without") SHA-NI; \(load)"
    }

    /// How busy it is: other work makes every figure worse.
    static var load: String {
        let text = (try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8)) ?? "?"
        return "load average \(text.split(separator: " ").prefix(2).joined(separator: ", "))"
    }

    /// Bytes of this process that are in memory.
    static var residentMemory: Double {
        guard let file = fopen("/proc/self/statm", "r") else { return .nan }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, 256, file) != nil else { return .nan }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard let pages = text.split(separator: " ").dropFirst().first.flatMap({ Double($0) }) else { return .nan }
        return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
    }
}
