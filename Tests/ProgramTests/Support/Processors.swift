import Foundation
import Glibc

/// What this machine's processors are, for tests that take something of it away.
enum Processors {
    static var count: Int { sysconf(Int32(_SC_NPROCESSORS_ONLN)) }

    static var haveSomethingToHide: Bool {
        guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8) else { return false }
        return text.split { $0 == " " || $0 == "\n" }.contains { ["avx", "ssse3", "asimd"].contains($0) }
    }
}
