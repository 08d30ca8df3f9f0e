import Foundation
import Glibc
import TestSupport

/// The built program, run as a user runs it.
enum Program {
    /// Beside the test bundle.
    static let path = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appendingPathComponent("quorate").path

    struct Output: Sendable {
        let status: Int32
        let out: String
        let err: String

        /// The lines on standard error.
        var errorLines: [String] { err.split(separator: "\n").map(String.init) }
    }

    /// Runs a shell's words, in which `$0` is the program.
    static func run(
        shell words: String, _ arguments: [String] = [], home: Home, environment: [String: String] = [:]
    ) async throws -> Output {
        try await run(arguments, home: home, environment: environment, through: ["sh", "-c", words])
    }

    /// Runs to the end.
    static func run(
        _ arguments: [String], home: Home, input: String = "", environment: [String: String] = [:],
        through wrapper: [String] = [], time: Duration = .seconds(30)
    ) async throws -> Output {
        let folder = try TemporaryFolder()
        try folder.write("in", input)
        await Slots.programs.acquire()
        let process = try RunningProcess(
            wrapper + [path] + arguments, environment: home.environment.merging(environment) { $1 }, folder: folder,
            slots: .programs)
        guard let status = await process.wait(time) else {
            process.signal(SIGKILL)
            throw TestFailure("\(arguments): did not end within \(time); \(process.err)")
        }
        return Output(status: status, out: process.out, err: process.err)
    }

    /// Begins to run; whoever asks for it sees to its end.
    static func start(_ arguments: [String], home: Home) async throws -> RunningProcess {
        await Slots.programs.acquire()
        return try RunningProcess(
            [path] + arguments, environment: home.environment, folder: try TemporaryFolder(), slots: .programs)
    }
}

/// A process whose input and output are files in a folder.
final class RunningProcess: Sendable {
    let pid: pid_t
    private let folder: TemporaryFolder
    private let exit: Task<Int32, Never>

    /// - Parameters:
    ///   - folder: May hold a file `in`; gets `out` and `err`.
    ///   - slots: Get back the slot that was acquired, when the process has ended.
    init(_ command: [String], environment: [String: String], folder: TemporaryFolder, slots: Slots) throws {
        self.folder = folder
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let input = FileManager.default.fileExists(atPath: folder.file("in")) ? folder.file("in") : "/dev/null"
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, folder.file("out"), O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, folder.file("err"), O_WRONLY | O_CREAT | O_APPEND, 0o600)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
        var argv = command.map { strdup($0) } + [nil]
        var envp = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var pid = pid_t()
        let code = posix_spawnp(&pid, command[0], &actions, &attributes, &argv, &envp)
        guard code == 0 else { throw TestFailure("\(command): \(String(cString: strerror(code)))") }
        self.pid = pid
        let child = pid
        exit = Task {
            let status = try? await offPool {
                var status: Int32 = 0
                while waitpid(child, &status, 0) < 0 && errno == EINTR {}
                // As a shell tells it: 128 and the signal's number for a process that a signal ended.
                return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + (status & 0x7F)
            }
            await slots.release()
            return status ?? -1
        }
    }

    var out: String { (try? folder.text("out")) ?? "" }
    var err: String { (try? folder.text("err")) ?? "" }

    func signal(_ number: Int32) { kill(pid, number) }

    /// The exit status, or nil when the process goes on for longer than `time`.
    func wait(_ time: Duration) async -> Int32? {
        let exit = exit
        return await withCheckedContinuation { continuation in
            let once = Once(continuation)
            Task { once.resume(await exit.value) }
            Task {
                try? await Task.sleep(for: time)
                once.resume(nil)
            }
        }
    }
}

private final class Once: @unchecked Sendable {
    private let lock = NSLock()
    private var continuation: CheckedContinuation<Int32?, Never>?

    init(_ continuation: CheckedContinuation<Int32?, Never>) { self.continuation = continuation }

    func resume(_ value: Int32?) {
        lock.lock()
        defer { lock.unlock() }
        continuation?.resume(returning: value)
        continuation = nil
    }
}
