import FoundationEssentials
import Glibc

/// A program with its arguments and all of its environment.
struct Command {
    /// What a run gave and took.
    struct Result {
        let status: Int32
        let output: String
        let errors: String
        /// From before it was started until it had ended, in seconds.
        let wall: Double
        /// User and system time, in seconds.
        let cpu: Double
    }

    let arguments: [String]
    var environment: [String: String] = [:]
    /// The file on its standard input.
    var input = "/dev/null"

    /// Starts it.
    func start(output: String, errors: String) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let flags = O_WRONLY | O_CREAT | O_TRUNC
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, flags, 0o644)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors, flags, 0o644)
        // Programs begin with no signal blocked or ignored, whatever this thread has: `openssl speed` ends by an alarm.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var all = ["PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8"]
        all.merge(environment) { $1 }
        var argv = arguments.map { strdup($0) } + [nil]
        var variables = all.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer {
            for pointer in argv { free(pointer) }
            for pointer in variables { free(pointer) }
        }
        var process: pid_t = 0
        let code = posix_spawnp(&process, arguments[0], &actions, &attributes, &argv, &variables)
        guard code == 0 else { throw BenchError("\(arguments[0]): \(String(cString: strerror(code)))") }
        return process
    }

    /// Runs it to its end.
    func run(in work: WorkFolder) throws -> Result {
        let output = work.path("command.out")
        let errors = work.path("command.err")
        let begin = Stopwatch()
        let process = try start(output: output, errors: errors)
        var status: Int32 = 0
        var usage = rusage()
        while wait4(process, &status, 0, &usage) < 0 {
            guard errno == EINTR else { throw BenchError("\(arguments[0]): lost") }
        }
        let wall = begin.seconds
        return Result(
            status: status & 0x7F == 0 ? (status >> 8) & 0xFF : -(status & 0x7F),
            output: try String(contentsOfFile: output, encoding: .utf8),
            errors: try String(contentsOfFile: errors, encoding: .utf8), wall: wall,
            cpu: usage.ru_utime.seconds + usage.ru_stime.seconds)
    }

    /// Runs it to its end, which has to be a success.
    @discardableResult
    func require(in work: WorkFolder) throws -> Result {
        let result = try run(in: work)
        guard result.status == 0 else {
            throw BenchError(
                "\(arguments.prefix(4).joined(separator: " ")) …: exit status \(result.status): "
                    + result.errors.suffix(2000))
        }
        return result
    }
}

/// Time since it was made.
struct Stopwatch {
    private let begin = ContinuousClock.now

    var seconds: Double { begin.duration(to: .now) / .seconds(1) }
}

/// Why a benchmark cannot go on, in one line.
struct BenchError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Ends the benchmarks unless a condition holds: numbers of wrong answers are worth nothing.
func demand(_ condition: Bool, _ otherwise: @autoclosure () -> String) throws {
    guard condition else { throw BenchError("wrong answer: \(otherwise())") }
}

extension timeval {
    fileprivate var seconds: Double { Double(tv_sec) + Double(tv_usec) / 1e6 }
}
