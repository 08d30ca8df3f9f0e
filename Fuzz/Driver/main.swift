import CLibFuzzer
import FuzzChecks
import Glibc

// quorate-fuzz TARGET [libFuzzer's options and folders]
//
// libFuzzer starts this program again for some of its work, with its own options alone: then the target's name is in
// the environment.

let variable = "QUORATE_FUZZ_TARGET"
var arguments = CommandLine.arguments
if arguments.count > 1, let target = FuzzTarget.all.first(where: { $0.name == arguments[1] }) {
    setenv(variable, target.name, 1)
    arguments.remove(at: 1)
    arguments.insert("-max_len=\(target.maximumLength)", at: 1)
} else if getenv(variable) == nil {
    for target in FuzzTarget.all { puts(target.name) }
    exit(arguments.count > 1 ? 2 : 0)
}

/// The target that is fuzzed; libFuzzer's callback can reach nothing but what is global.
enum Chosen {
    static let target = getenv(variable).flatMap { name in
        FuzzTarget.all.first { $0.name == String(cString: name) }
    }
}

var count = Int32(arguments.count)
var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
let status = pointers.withUnsafeMutableBufferPointer { buffer in
    var base = buffer.baseAddress
    return LLVMFuzzerRunDriver(&count, &base) { data, size in
        do throws(BrokenPromise) {
            _ = try Chosen.target?.check(Array(UnsafeBufferPointer(start: data, count: size)))
        } catch {
            let line = "broken promise: \(error)\n"
            _ = write(STDERR_FILENO, line, line.utf8.count)
            abort()
        }
        return 0
    }
}
exit(status)
