import Foundation
import Glibc
import Sandbox
import Testing

@Suite(.enabled(if: SandboxFixture.isPossible, "sandboxes cannot be made here: \(SandboxFixture.obstacle ?? "")"))
struct VariationTests {
    @Test(arguments: [("750", 0o750), ("555", 0o555)]) func root(_ shown: String, _ mode: UInt32) async throws {
        let ending = try await SandboxFixture().run("stat -c %a / /etc; touch /new 2> /dev/null || echo read-only") {
            $0.rootMode = mode
        }
        #expect(ending.text == "\(shown)\n755\nread-only\n")
    }

    @Test func names() async throws {
        let ending = try await SandboxFixture().run("hostname; domainname; umask; id -u; id -g") {
            $0.hostName = "elsewhere"
            $0.domainName = "example.org"
            $0.umask = 0o077
            $0.identity.user = 4242
            $0.identity.group = 4243
        }
        #expect(ending.text == "elsewhere\nexample.org\n0077\n4242\n4243\n")
    }

    @Test func processors() async throws {
        let ending = try await SandboxFixture().run("nproc; grep -c ^processor /proc/cpuinfo") {
            $0.variations.processors = 1
        }
        #expect(ending.text == "1\n1\n")
    }

    @Test func processorFeatures() async throws {
        let script = "sed -n -E 's/^(flags|Features)[[:space:]]*: //p' /proc/cpuinfo | head -n 1"
        let fixture = try SandboxFixture()
        let features = try await fixture.run(script).text.split { $0 == " " || $0 == "\n" }.map(String.init)
        try #require(features.count > 3)
        let hidden = Set(features.prefix(2))
        let shown = try await fixture.run(script) { $0.variations.hiddenProcessorFeatures = hidden }
        let left = shown.text.split { $0 == " " || $0 == "\n" }.map(String.init)
        #expect(left == features.filter { !hidden.contains($0) })
    }

    @Test func monotonicClock() async throws {
        let fixture = try SandboxFixture()
        let script = "cut -d. -f1 /proc/uptime"
        let before = try #require(Int(try await fixture.run(script).text.dropLast()))
        let after = try await fixture.run(script) { $0.variations.monotonicOffset = 10_000_000 }
        #expect(try #require(Int(after.text.dropLast())) - before >= 10_000_000)
    }

    /// Programs of different make, dynamic and in children of children.
    @Test(arguments: [
        "date +%s", "sh -c 'sh -c \"date +%s\"; exit 0'", "exec date +%s",
        "perl -e 'print time, chr(10)'", "perl -e 'use Time::HiRes; print int(Time::HiRes::time()), chr(10)'",
        "perl -e 'fork or exec q(date), q(+%s); wait'", "unshare -Ur date +%s", "bash -c 'printf %\\(%s\\)T\\\\n -1'",
        "bash -c 'echo ${EPOCHREALTIME%.*}'",
    ])
    func timeOfDay(_ script: String) async throws {
        guard SandboxFixture.hasPerl || !script.hasPrefix("perl") else { return }
        let fixture = try SandboxFixture()
        var plan = fixture.plan(script)
        plan.variations.clockOffset = 400 * 86400
        let (result, bytes) = try await SandboxFixture.run(plan)
        let told = try #require(Double(String(decoding: bytes.dropLast(), as: UTF8.self)))
        #expect(abs(told - Date().timeIntervalSince1970 - 400 * 86400) < 60)
        #expect(result.unenforced.isEmpty)
        let truth = try #require(Double(String(try await fixture.run(script).text.dropLast())))
        #expect(abs(truth - Date().timeIntervalSince1970) < 60)
    }

    @Test(.enabled(if: SandboxFixture.hasPerl, "needs perl"))
    func speedOfClocks() async throws {
        let script = """
            exec perl -e 'use Time::HiRes qw(time clock_gettime CLOCK_MONOTONIC sleep);
            $a = time; $b = clock_gettime(CLOCK_MONOTONIC); sleep(0.2);
            printf("%.3f %.3f\\n", time - $a, clock_gettime(CLOCK_MONOTONIC) - $b)'
            """
        let ending = try await SandboxFixture().run(script) { $0.variations.clockPercent = 1000 }
        let passed = ending.text.split { $0 == " " || $0 == "\n" }.compactMap { Double($0) }
        try #require(passed.count == 2)
        #expect(passed.allSatisfy { $0 >= 1.9 })
        #expect(abs(passed[0] - passed[1]) < 1)
    }

    @Test func kernel() async throws {
        let ending = try await SandboxFixture().run(
            "uname -srv; uname -n; cat /proc/sys/kernel/osrelease /proc/sys/kernel/version; cut -d' ' -f1-3 /proc/version; "
                + "sed 's/.*#/#/' /proc/version; (echo x > /proc/version) 2> /dev/null || echo held; ls -A /.mask 2>&1"
        ) {
            $0.variations.kernelRelease = "9.8.7-test"
            $0.variations.kernelVersion = "#3 SMP long ago"
        }
        #expect(
            ending.text == """
                Linux 9.8.7-test #3 SMP long ago
                localhost
                9.8.7-test
                #3 SMP long ago
                Linux version 9.8.7-test
                #3 SMP long ago
                held
                ls: cannot access '/.mask': No such file or directory

                """)
    }

    #if arch(x86_64)
    @Test func kernelOfThirtyTwoBits() async throws {
        let ending = try await SandboxFixture().run("uname -rm") {
            $0.personality = .linux32
            $0.variations.kernelRelease = "5.0"
        }
        #expect(ending.text == "5.0 i686\n")
    }
    #endif

    /// More than a thousand do not fit into one answer.
    @Test(arguments: [40, 1200])
    func orderOfFiles(_ count: Int) async throws {
        let fixture = try SandboxFixture()
        let folder = fixture.folder + "/many"
        mkdir(folder, 0o755)
        try Data().write(to: URL(fileURLWithPath: folder + "/file-0"))
        for number in 1..<count { link("\(folder)/file-0", "\(folder)/file-\(number)") }
        func list(_ adjust: (inout SandboxPlan) -> Void) async throws -> [Substring] {
            try await fixture.run("ls -U /many; rm -rf /build/x; mkdir -p /build/x/y/z; rm -r /build/x") {
                $0.steps.append(.bind(source: folder, target: "/many"))
                adjust(&$0)
            }.text.split(separator: "\n")
        }
        let plain = try await list { _ in }
        let reversed = try await list { $0.variations.reversesDirectories = true }
        #expect(plain.count == count)
        // Compared outside of the macro, which takes long over many elements.
        let differs = reversed != plain
        let isWhole = reversed.sorted() == plain.sorted()
        let isTurnedRound = reversed == plain.reversed()
        #expect(differs && isWhole && (isTurnedRound || count > 1000))
    }

    @Test func variationsOfProgramThatCannotStart() async throws {
        let fixture = try SandboxFixture()
        var plan = fixture.plan("exit 0")
        plan.variations.clockOffset = 1
        plan.executable = "/missing"
        await #expect(throws: SandboxError.self) { _ = try await SandboxFixture.run(plan) }
    }

    @Test(.enabled(if: SandboxFixture.isRoot, "these tests run as an ordinary user already"))
    func ordinaryUserVariesToo() async {
        await #expect(processExitsWith: .success) {
            try OrdinaryUser.become()
            if Sandbox.obstacle() != nil { return }
            let ending = try await SandboxFixture().run("date +%Y; uname -r; ls -U /usr > a; ls -U / > b") {
                $0.variations.clockOffset = -20 * 366 * 86400
                $0.variations.kernelRelease = "1.2.3"
                $0.variations.reversesDirectories = true
                $0.variations.processors = 1
            }
            let lines = ending.text.split(separator: "\n")
            guard ending.outcome == .exited(0), lines.count == 2, lines[0] < "2020", lines[1] == "1.2.3" else {
                throw SandboxFixture.Trouble(ending.text)
            }
        }
    }
}
