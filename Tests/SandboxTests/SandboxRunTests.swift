import Foundation
import Glibc
import Sandbox
import Testing

@Suite(.enabled(if: SandboxFixture.isPossible, "sandboxes cannot be made here: \(SandboxFixture.obstacle ?? "")"))
struct SandboxRunTests {
    // What the builder finds

    @Test(arguments: [
        ("id -u; id -g; id -G", "1000\n100\n100\n"),
        ("pwd; umask; hostname; domainname", "/build\n0022\nlocalhost\n(none)\n"),
        ("echo $$; cat /proc/self/stat | cut -d' ' -f6,7", "1\n1 0\n"),
        ("cat /etc/passwd", "nixbld:x:1000:100::/:/noshell\n"),
        (
            "ls -A /dev | tr '\\n' ' '",
            "fd full null ptmx pts random shm stderr stdin stdout tty urandom zero "
        ),
        ("readlink /dev/fd /dev/stdin /dev/ptmx", "/proc/self/fd\n/proc/self/fd/0\n/dev/pts/ptmx\n"),
        ("head -c 4 /dev/zero | wc -c; echo x 2> /dev/null > /dev/full || echo full", "4\nfull\n"),
        ("echo out > /dev/stdout; echo error > /dev/stderr", "out\nerror\n"),
        ("cat; test -t 0 || test -t 1 || test -t 2 || echo no terminal", "no terminal\n"),
        (
            "grep -E 'Sig(Blk|Ign)' /proc/self/status | tr -d '\\t'",
            "SigBlk:0000000000000000\nSigIgn:0000000000000000\n"
        ),
        ("touch /build/a /tmp/b /nix/store/c /dev/shm/d && echo yes", "yes\n"),
        ("ulimit -c", "0\n"), ("ls -A /build /tmp /nix/store", "/build:\n\n/nix/store:\n\n/tmp:\n"),
        ("python3 -c 1 > /dev/null 2>&1; cat /proc/sys/kernel/hostname; uname -n", "localhost\nlocalhost\n"),
    ])
    func shows(_ script: String, _ expected: String) async throws {
        let ending = try await SandboxFixture().run(script)
        #expect(ending.text == expected)
    }

    @Test func environmentIsWhatThePlanSaysInItsOrder() async throws {
        let ending = try await SandboxFixture().run("tr '\\0' '\\n' < /proc/self/environ") {
            $0.environment = [
                .init("Z", "last first"), .init("PATH", "/usr/bin:/bin"), .init("BYTES", SandboxString(bytes: [0xff])),
                .init("A", ""),
            ]
        }
        #expect(
            Array(ending.text.unicodeScalars.prefix(30))
                == Array("Z=last first\nPATH=/usr/bin:/bin".unicodeScalars.prefix(30)))
        #expect(ending.text.hasSuffix("\nA=\n"))
    }

    @Test func argumentsAreBytes() async throws {
        let fixture = try SandboxFixture()
        var plan = fixture.plan("printf %s \"$0$1\"")
        plan.arguments += ["zero", SandboxString(bytes: [0xfe, 0xff])]
        #expect(try await SandboxFixture.run(plan).1 == Array("zero".utf8) + [0xfe, 0xff])
    }

    @Test func terminalIsRaw() async throws {
        let ending = try await SandboxFixture().run(
            "test -t 1 && test -t 2 && echo terminal; test -t 0 || echo no input; (: < /dev/tty) 2> /dev/null || echo none; "
                + "printf 'a\\nb\\n'; echo error > /dev/stderr"
        ) { $0.output = .terminal }
        #expect(ending.outcome == .exited(0))
        #expect(ending.text == "terminal\nno input\nnone\na\nb\nerror\n")
    }

    @Test func personalities() async throws {
        let fixture = try SandboxFixture()
        let plain = try await fixture.run("uname -m; cat /proc/self/personality")
        #expect(plain.text.hasSuffix("00040000\n"))
        let random = try await fixture.run("cat /proc/self/personality") { $0.randomisesAddresses = true }
        #expect(random.text == "00000000\n")
        let old = try await fixture.run("uname -r") { $0.variations.showsOldKernel = true }
        #expect(old.text.hasPrefix("2.6."))
        #if arch(x86_64)
        let narrow = try await fixture.run("uname -m; cat /proc/self/personality") { $0.personality = .linux32 }
        #expect(narrow.text == "i686\n00040008\n")
        #endif
    }

    @Test func inputsMayBeFilesFoldersAndLinks() async throws {
        let fixture = try SandboxFixture()
        let file = fixture.folder + "/file"
        try Data("text\n".utf8).write(to: URL(fileURLWithPath: file))
        symlink("/no/where", fixture.folder + "/link")
        let ending = try await fixture.run(
            "cat /nix/store/file; readlink /nix/store/link; cat /deep/er/file; ls -A /nix/store | tr '\\n' ' '; "
                + "echo more >> /writable/file; cat /small; df -k /small-disk | tail -n 1 | tr -s ' ' | cut -d' ' -f2"
        ) {
            $0.steps += [
                .bind(source: file, target: "/nix/store/file"),
                .bind(source: fixture.folder + "/link", target: "/nix/store/link"),
                .bind(source: file, target: "/deep/er/file"),
                .bind(source: fixture.folder + "/missing", target: "/nix/store/missing", optional: true),
                .bind(source: fixture.folder + "/missing", target: "/missing", writable: true, optional: true),
                .bind(source: file, target: "/writable/file", writable: true),
                .file("/small", Array("small\n".utf8), mode: 0o444), .tmpfs("/small-disk", bytes: 65536),
            ]
            chmod(file, 0o666)
        }
        #expect(ending.text == "text\n/no/where\ntext\nfile link small\n64\n")
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "text\nmore\n")
    }

    @Test func whatIsOnDiskStays() async throws {
        let fixture = try SandboxFixture()
        let plan = fixture.plan(
            "mkdir /nix/store/out; echo made > /nix/store/out/file; ln -s x /build/link; cat given; echo lost > /dev/shm/x"
        )
        var given = plan
        given.steps.append(.file("/build/given", Array("given\n".utf8)))
        #expect(try await SandboxFixture.run(given).1 == Array("given\n".utf8))
        #expect(try String(contentsOfFile: plan.root + "/nix/store/out/file", encoding: .utf8) == "made\n")
        let names = try FileManager.default.contentsOfDirectory(atPath: plan.root).sorted()
        #expect(names == ["build", "nix", "tmp"])
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: plan.root + "/build").sorted() == ["given", "link"])
    }

    // How it ends

    @Test(arguments: [
        ("exit 0", SandboxOutcome.exited(0)), ("exit 7", .exited(7)), ("exit 255", .exited(255)),
        // The first process of a namespace does not die of its own signals.
        ("kill -TERM $$; exit 3", .exited(3)), ("sh -c 'kill -SEGV $$'; exit $?", .exited(139)),
    ])
    func endsAs(_ script: String, _ outcome: SandboxOutcome) async throws {
        #expect(try await SandboxFixture().run(script).outcome == outcome)
    }

    @Test func timeIsLimited() async throws {
        let ending = try await SandboxFixture().run("echo a; while :; do echo b; sleep 0.05; done") {
            $0.limits.seconds = 0.5
            $0.limits.silentSeconds = 30
        }
        #expect(ending.outcome == .timedOut)
        #expect(ending.text.hasPrefix("a\nb\n"))
    }

    @Test func silenceIsLimited() async throws {
        let ending = try await SandboxFixture().run("for i in 1 2 3 4; do echo $i; sleep 0.3; done; exec sleep 1000") {
            $0.limits.silentSeconds = 0.9
        }
        #expect(ending.outcome == .silentTooLong)
        #expect(ending.text == "1\n2\n3\n4\n")
    }

    @Test(arguments: [SandboxPlan.Output.pipe, .terminal])
    func outputIsLimited(_ output: SandboxPlan.Output) async throws {
        let ending = try await SandboxFixture().run("yes") {
            $0.limits.logBytes = 100_000
            $0.output = output
        }
        #expect(ending.outcome == .logTooLarge)
        #expect(ending.text.utf8.count <= 100_000)
    }

    @Test func processesAreLimited() async throws {
        let ending = try await SandboxFixture().run(
            "for i in $(seq 100); do sleep 1000 & done 2>&1; echo $(ls -d /proc/[0-9]* | wc -l); exit 0"
        ) { $0.limits.processes = 20 }
        #expect(!ending.text.hasSuffix("\n101\n"), "\(ending.text)")
        #expect(ending.outcome != .exited(0))
    }

    @Test func fileSizeIsLimited() async throws {
        let ending = try await SandboxFixture().run("trap '' XFSZ; head -c 2000000 /dev/zero > file; wc -c < file") {
            $0.limits.fileBytes = 1_000_000
        }
        #expect(ending.text.hasSuffix("1000000\n"))
    }

    @Test func memoryIsLimitedOrSaidNotToBe() async throws {
        let fixture = try SandboxFixture()
        var plan = fixture.plan("head -c 300000000 /dev/zero | tail -c 200000000 | wc -c")
        plan.limits.memoryBytes = 50_000_000
        let (result, bytes) = try await SandboxFixture.run(plan)
        if result.unenforced.isEmpty {
            #expect(result.outcome == .outOfMemory && bytes != Array("200000000\n".utf8))
            #expect(try #require(result.peakMemoryBytes) <= 50_000_000)
        } else {
            #expect(result.unenforced == [.memoryLimit])
            #expect(bytes == Array("200000000\n".utf8))
        }
    }

    /// Who ignores the ends of children is never told of them.
    @Test func unknownEndIsNoSuccess() async {
        await #expect(processExitsWith: .success) {
            signal(SIGCHLD, SIG_IGN)
            let fixture = try SandboxFixture()
            do {
                let ending = try await fixture.run("exit 1")
                throw SandboxFixture.Trouble("it ended as \(ending.outcome)")
            } catch let error as SandboxError {
                guard error.code == .failed, error.systemError == ECHILD else { throw error }
            }
        }
    }

    @Test func cancellationEndsIt() async throws {
        let fixture = try SandboxFixture()
        let plan = fixture.plan("echo started; sleep 1000")
        let started = AsyncStream<Void>.makeStream()
        let task = Task {
            try await Sandbox.run(plan) { _ in started.continuation.yield() }
        }
        for await _ in started.stream { break }
        task.cancel()
        #expect(try await task.value.outcome == .cancelled)
        // And before it has begun.
        let late = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await Sandbox.run(fixture.plan("sleep 1000")) { _ in }
        }
        #expect(try await late.value.outcome == .cancelled)
    }

    // Output

    @Test(arguments: [SandboxPlan.Output.pipe, .terminal])
    func allOutputArrivesInOrder(_ output: SandboxPlan.Output) async throws {
        let fixture = try SandboxFixture()
        var plan = fixture.plan("seq 1 300000; exec echo the end")
        plan.output = output
        let (result, bytes) = try await SandboxFixture.run(plan)
        let expected = (1...300_000).map { "\($0)\n" }.joined() + "the end\n"
        let isEqual = bytes == Array(expected.utf8)
        #expect(isEqual)
        #expect(result.outputBytes == UInt64(expected.utf8.count))
    }

    @Test func closedOutputIsNoEnd() async throws {
        let ending = try await SandboxFixture().run("echo a; exec > /dev/null 2>&1; sleep 0.2; exit 5")
        #expect(ending == (.exited(5), "a\n"))
    }

    @Test func manyAtATime() async throws {
        let fixture = try SandboxFixture()
        let outcomes = try await withThrowingTaskGroup(of: (Int32, SandboxOutcome, String).self) { group in
            for number in 0..<40 as Range<Int32> {
                group.addTask {
                    let plan = fixture.plan("echo \(number); exit \(number)", uid: 40_000 + UInt32(number))
                    let (result, bytes) = try await SandboxFixture.run(plan)
                    return (number, result.outcome, String(decoding: bytes, as: UTF8.self))
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for (number, outcome, text) in outcomes {
            #expect(outcome == .exited(number))
            #expect(text == "\(number)\n")
        }
    }

    @Test func leavesNothingOpen() async throws {
        let fixture = try SandboxFixture()
        func open() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count }
        _ = try await fixture.run("exit 0")
        // Other tests run at the same time: the count may rise, but not by as much as forty leaks.
        let before = try open()
        for _ in 0..<40 {
            _ = try await fixture.run("exit 0") { $0.output = .terminal }
            _ = try? await fixture.run("exit 0") { $0.executable = "/missing" }
        }
        #expect(try open() < before + 40)
    }

    @Test func measuresWhatItTook() async throws {
        let fixture = try SandboxFixture()
        let (result, _) = try await SandboxFixture.run(
            fixture.plan("i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; sleep 0.1"))
        #expect(result.userSeconds > 0.01)
        #expect(result.wallSeconds >= 0.1 && result.wallSeconds < 60)
    }
}
