import Foundation
import Glibc
import Sandbox
import Testing

@Suite(.enabled(if: SandboxFixture.isPossible, "sandboxes cannot be made here: \(SandboxFixture.obstacle ?? "")"))
struct EscapeTests {
    @Test(arguments: EscapeAttempt.all)
    func isKeptIn(_ attempt: EscapeAttempt) async throws {
        guard !attempt.needsPerl || SandboxFixture.hasPerl else { return }
        let failure = try await attempt.failure(in: SandboxFixture())
        #expect(failure == nil, "\(failure ?? "")")
    }

    /// The same as above for somebody who is not root, in a process of its own.
    @Test(.enabled(if: SandboxFixture.isRoot, "these tests run as an ordinary user already"))
    func isKeptInByOrdinaryUser() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            try OrdinaryUser.become()
            if let obstacle = Sandbox.obstacle() {
                return print("ordinary users cannot make sandboxes here: \(obstacle)")
            }
            let fixture = try SandboxFixture()
            for attempt in EscapeAttempt.all where !attempt.needsPerl || SandboxFixture.hasPerl {
                if let failure = try await attempt.failure(in: fixture) {
                    print(failure)
                }
            }
            fflush(nil)
        }
        let output = String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)
        #expect(output.isEmpty, "\(output)")
    }

    @Test func processesDoNotOutliveTheBuilder() async throws {
        let marker = "quorate-\(getpid())-\(UInt32.random(in: 0...(.max)))"
        let script = """
            sh -c 'sleep 1000; : \(marker)' &
            setsid sh -c 'trap "" TERM HUP INT; sleep 1000; : \(marker)' > /dev/null 2>&1 &
            (setsid sh -c 'sleep 1000 & : \(marker)' &)
            while [ $(grep -sl \(marker) /proc/[0-9]*/cmdline | wc -l) -lt 3 ]; do :; done; echo started
            """
        let ending = try await SandboxFixture().run(script)
        #expect(ending.outcome == .exited(0))
        #expect(ending.text == "started\n")
        #expect(HostProcesses.commandLines.filter { $0.contains(marker) }.isEmpty)
    }

    /// Nothing goes on when the program is killed that started it.
    @Test func builderDoesNotOutliveItsCaller() async throws {
        let result = await #expect(processExitsWith: .signal(SIGKILL), observing: [\.standardOutputContent]) {
            let fixture = try SandboxFixture()
            // For who has to remove it.
            print(fixture.folder)
            fflush(nil)
            let plan = fixture.plan("(sleep 1000; : quorate-orphan) & echo started; sleep 1000; : quorate-orphan")
            _ = try await Sandbox.run(plan) { _ in kill(getpid(), SIGKILL) }
        }
        var isAlive = true
        for _ in 0..<500 where isAlive {
            isAlive = HostProcesses.commandLines.contains { $0.contains("quorate-orphan") }
            if isAlive { try await Task.sleep(for: .milliseconds(10)) }
        }
        #expect(!isAlive)
        let output = String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)
        for line in output.split(separator: "\n") where line.contains("/quorate-sandbox-") {
            try FileManager.default.removeItem(atPath: String(line))
        }
    }

    @Test func othersDoNotReachTheRoot() async throws {
        let fixture = try SandboxFixture()
        let plan = fixture.plan("touch /nix/store/out; stat -c '%u:%g %a' /nix/store /nix/store/out /build")
        let (result, bytes) = try await SandboxFixture.run(plan)
        #expect(result.outcome == .exited(0))
        // The store's folder is root's where root builds; only what is made in it is the builder's.
        let store = SandboxFixture.isRoot ? 65534 : 1000
        #expect(String(decoding: bytes, as: UTF8.self) == "\(store):100 1775\n1000:100 644\n1000:100 700\n")
        var status = stat()
        #expect(stat(plan.root, &status) == 0)
        #expect(status.st_mode & 0o7777 == 0o700)
        #expect(status.st_uid == geteuid())
        #expect(stat(plan.root + "/nix/store/out", &status) == 0)
        #expect(status.st_uid == (SandboxFixture.isRoot ? SandboxFixture.uid : geteuid()))
    }

    /// CVE-2024-27297: a fixed-output build in the host's network hands a descriptor to another one.
    @Test(.enabled(if: SandboxFixture.hasPerl, "needs perl"), arguments: [40, 1])
    func concurrentBuildsCannotMeet(family: Int) async throws {
        let fixture = try SandboxFixture()
        let name = "quorate-\(getpid())-\(family)"
        let listens = """
            use Socket; socket(S, AF_UNIX, SOCK_STREAM, 0) or die; bind(S, pack_sockaddr_un("\\0\(name)")) or die "bind $!";
            listen(S, 1); $| = 1; print "listening\\n"; $r = ""; vec($r, fileno(S), 1) = 1;
            print select($r, undef, undef, 20) ? "met\\n" : "alone\\n";
            """
        let connects = """
            use Socket; socket(S, AF_UNIX, SOCK_STREAM, 0) or die;
            print connect(S, pack_sockaddr_un("\\0\(name)")) ? "met\\n" : "alone\\n";
            """
        var fixed = fixture.plan("exec perl -e '\(listens)'", uid: 30_997)
        fixed.network = .host
        let (output, input) = (Output(), Output())
        try await withThrowingTaskGroup(of: SandboxResult?.self) { group in
            let listening = AsyncStream<Void>.makeStream()
            group.addTask { [fixed] in
                defer { listening.continuation.finish() }
                return try await Sandbox.run(fixed) {
                    output.append($0)
                    listening.continuation.yield()
                }
            }
            for await _ in listening.stream { break }
            let plan = fixture.plan("exec perl -e '\(connects)'")
            let result = try await Sandbox.run(plan) { input.append($0) }
            #expect(result.outcome == .exited(0))
            #expect(input.text == "alone\n")
            group.cancelAll()
            let other = try await group.next()
            #expect(other??.outcome == .cancelled)
            #expect(output.text == "listening\n")
        }
    }

    /// Where the kernel can keep builds from the abstract sockets of others, those in the host's network are kept too.
    @Test(.enabled(if: SandboxFixture.hasPerl && HostKernel.isAtLeast(6, 12), "needs perl and Linux 6.12"))
    func buildsInTheHostsNetworkCannotReachItsAbstractSockets() async throws {
        let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        let name = "quorate-host-\(getpid())"
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { path in
            for (index, byte) in name.utf8.enumerated() { path[index + 1] = byte }
        }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + 1 + name.utf8.count)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, length) }
        }
        try #require(bound == 0 && listen(socket, 1) == 0)
        let script = """
            exec perl -e 'use Socket; socket(S, AF_UNIX, SOCK_STREAM, 0) or die;
            print connect(S, pack_sockaddr_un("\\0\(name)")) ? "met\\n" : "$!\\n";'
            """
        let ending = try await SandboxFixture().run(script) { $0.network = .host }
        #expect(ending.text == "Operation not permitted\n")
    }

    @Test func namespacesCanBeForbidden() async throws {
        let script = "unshare -Ur true 2> /dev/null && echo made || echo refused"
        #expect(try await SandboxFixture().run(script).text == "made\n")
        #expect(try await SandboxFixture().run(script) { $0.allowsNestedNamespaces = false }.text == "refused\n")
    }
}

/// What the host sees.
enum HostProcesses {
    static var commandLines: [String] {
        guard let folder = opendir("/proc") else { return [] }
        defer { closedir(folder) }
        var lines: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard Int(name) != nil, let file = fopen("/proc/\(name)/cmdline", "r") else { continue }
            defer { fclose(file) }
            var buffer = [UInt8](repeating: 0, count: 4096)
            lines.append(String(decoding: buffer.prefix(fread(&buffer, 1, buffer.count, file)), as: UTF8.self))
        }
        return lines
    }
}

enum HostKernel {
    static func isAtLeast(_ major: Int, _ minor: Int) -> Bool {
        var name = utsname()
        uname(&name)
        let release = withUnsafeBytes(of: name.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        let numbers = release.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
        return numbers.count == 2 && (numbers[0], numbers[1]) >= (major, minor)
    }
}

enum OrdinaryUser {
    /// Makes this process one of a user who is nobody in particular. There is no way back.
    static func become() throws {
        guard setgroups(0, nil) == 0, setgid(31_234) == 0, setuid(31_234) == 0, setDumpable() else {
            throw SandboxFixture.Trouble("cannot become an ordinary user")
        }
    }

    /// A process that changed its user may not touch its own files in /proc, unlike one that was started as that user.
    /// The function is variadic, which Swift does not import.
    private static func setDumpable() -> Bool {
        typealias Prctl = @convention(c) (Int32, UInt, UInt, UInt, UInt) -> Int32
        let setDumpableOption: Int32 = 4
        guard let address = dlsym(nil, "prctl") else { return false }
        return unsafeBitCast(address, to: Prctl.self)(setDumpableOption, 1, 0, 0, 0) == 0
    }
}
