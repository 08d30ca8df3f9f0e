import Foundation
import Glibc
import Sandbox
import Testing

@Suite struct SandboxPlanTests {
    private static var plan: SandboxPlan {
        var plan = SandboxPlan(
            root: "/store/builds/1", executable: "/nix/store/abc-bash/bin/bash",
            arguments: ["bash", "-c", "echo \"hi\"\n"],
            environment: [.init("PATH", "/path-not-set"), .init("raw", SandboxString(bytes: [0xff, 0x41]))])
        plan.identity.outside = geteuid() == 0 ? .buildUser(uid: 30_001, gid: 30_000) : .caller
        return plan
    }

    @Test func isPrintedAStepALine() {
        var plan = Self.plan
        plan.identity.outside = .buildUser(uid: 30_001, gid: 30_000)
        plan.steps = [
            .directory("/nix/store", mode: 0o1775, on: .disk), .directory("/etc"), .file("/etc/hosts", [1, 2]),
            .symlink("/x", target: "y"), .bind(source: "/a", target: "/b", writable: true, optional: true),
            .tmpfs("/tmp", bytes: 10), .devices(kvm: true), .proc,
        ]
        plan.limits.seconds = 3
        plan.variations.processors = 2
        #expect(
            plan.description == """
                root /store/builds/1 mode 0750
                namespaces user mount process name ipc cgroup network
                directory /nix/store 1775 on disk
                directory /etc 0755
                file /etc/hosts 0644 2 bytes
                symlink /x -> y
                bind /b from /a writable optional
                tmpfs /tmp 1777 10 bytes
                devices /dev with kvm
                proc /proc
                host localhost domain "(none)"
                user 1000:100, outside 30001:30000
                limit 3.0 s
                processors 2
                output pipe
                enter / umask 0022
                no-new-privileges system-call-filter
                variable PATH=/path-not-set
                variable raw="\\xffA"
                execute /nix/store/abc-bash/bin/bash as bash -c "echo \\"hi\\"\\n"

                """)
    }

    @Test func survivesCoding() throws {
        var plan = Self.plan
        plan.steps = [.directory("/a", mode: 0o700, on: .disk), .file("/f", [0, 255]), .devices(), .proc]
        plan.network = .host
        plan.limits.memoryBytes = .max
        let decoded = try JSONDecoder().decode(SandboxPlan.self, from: JSONEncoder().encode(plan))
        #expect(decoded == plan)
    }

    private static let changes: [(String, @Sendable (inout SandboxPlan) -> Void)] = [
        ("relative root", { $0.root = "store" }), ("root of the host", { $0.root = "/" }),
        ("root with dots", { $0.root = "/a/../b" }), ("slash at the end", { $0.root = "/a/" }),
        ("zero byte", { $0.root = "/a\0b" }), ("long root", { $0.root = "/" + String(repeating: "a", count: 5000) }),
        ("relative step", { $0.steps = [.directory("a")] }), ("way out", { $0.steps = [.file("/a/../../b", [])] }),
        ("dot", { $0.steps = [.tmpfs("/a/./b")] }), ("twice a slash", { $0.steps = [.tmpfs("/a//b")] }),
        ("the root as a step", { $0.steps = [.directory("/")] }),
        ("mode", { $0.steps = [.directory("/a", mode: 0o10000)] }),
        ("empty link", { $0.steps = [.symlink("/a", target: "")] }),
        ("relative source", { $0.steps = [.bind(source: "a", target: "/a")] }),
        ("steps", { $0.steps = Array(repeating: .proc, count: 100_001) }),
        ("directory", { $0.workingDirectory = "build" }), ("no executable", { $0.executable = "" }),
        ("zero in argument", { $0.arguments = ["a", SandboxString(bytes: [0])] }),
        ("zero in variable", { $0.environment = [.init("a", SandboxString(bytes: [65, 0]))] }),
        ("root inside", { $0.identity.user = 0 }), ("no user", { $0.identity.user = .max }),
        ("root outside", { $0.identity.outside = .buildUser(uid: 0, gid: 1) }),
        ("root's group", { $0.identity.outside = .buildUser(uid: 1, gid: 0) }),
        ("who it cannot be", { $0.identity.outside = geteuid() == 0 ? .caller : .buildUser(uid: 30_001, gid: 30_000) }),
        ("host name", { $0.hostName = String(repeating: "a", count: 65) }), ("umask", { $0.umask = 0o1000 }),
        ("mode of /", { $0.rootMode = 0o1755 }),
        ("no time", { $0.limits.seconds = 0 }), ("no number", { $0.limits.silentSeconds = .nan }),
        ("no processor", { $0.variations.processors = 0 }), ("no proc", { $0.allowsNestedNamespaces = false }),
        ("clock without proc", { $0.variations.monotonicOffset = 1 }),
        ("processors without proc", { $0.variations.processors = 1 }),
        ("far clock", { $0.variations.clockOffset = .min }), ("standing clock", { $0.variations.clockPercent = 0 }),
        ("fast clock", { $0.variations.clockPercent = 10_001 }),
        ("kernel", { $0.variations.kernelRelease = String(repeating: "6", count: 65) }),
        ("kernel in lines", { $0.variations.kernelVersion = "a\nb" }),
    ]

    @Test(arguments: changes.indices)
    func refusesWhatCannotBe(_ index: Int) throws {
        try Self.plan.checked()
        var plan = Self.plan
        Self.changes[index].1(&plan)
        let error = #expect(throws: SandboxError.self, "\(Self.changes[index].0)") { try plan.checked() }
        #expect(error?.code == .invalidPlan)
        #expect(error?.message.contains("\n") == false)
    }

    @Test(arguments: [
        ("plain-1.0/x:y@%=+,", "plain-1.0/x:y@%=+,"), ("", "\"\""), ("a b", "\"a b\""), ("$(x)", "\"$(x)\""),
        ("\t\\", "\"\\x09\\\\\""), ("é", "\"\\xc3\\xa9\""),
    ])
    func printsText(_ text: String, _ printed: String) {
        #expect(SandboxString(text).description == printed)
    }
}

@Suite(.enabled(if: SandboxFixture.isPossible, "sandboxes cannot be made here: \(SandboxFixture.obstacle ?? "")"))
struct SandboxErrorTests {
    private func error(_ adjust: (inout SandboxPlan) -> Void) async throws -> SandboxError? {
        let fixture = try SandboxFixture()
        var plan = fixture.plan("exit 0")
        adjust(&plan)
        do {
            _ = try await SandboxFixture.run(plan)
            return nil
        } catch let error as SandboxError {
            return error
        }
    }

    @Test func missingBuilder() async throws {
        let error = try #require(try await error { $0.executable = "/bin/missing" })
        #expect(error.code == .cannotExecute)
        #expect(error.message == "cannot execute the builder /bin/missing: No such file or directory")
    }

    @Test func builderThatIsNoProgram() async throws {
        let error = try #require(
            try await error {
                $0.steps.append(.file("/program", [1, 2, 3], mode: 0o755))
                $0.executable = "/program"
            })
        #expect(error.code == .cannotExecute)
        #expect(error.systemError == ENOEXEC)
    }

    @Test func tooManyArguments() async throws {
        let text = SandboxString(String(repeating: "x", count: 200_000))
        let error = try #require(try await error { $0.arguments.append(text) })
        #expect(error.systemError == E2BIG)
    }

    @Test func missingInput() async throws {
        let error = try #require(
            try await error { $0.steps.append(.bind(source: "/nix/store/none", target: "/nix/store/none")) })
        #expect(error.code == .failed)
        #expect(error.stage == .step)
        #expect(
            error.message
                == "cannot make a sandbox: 'bind /nix/store/none from /nix/store/none': No such file or directory")
    }

    @Test func missingRoot() async throws {
        let error = try #require(try await error { $0.root += "/none" })
        #expect(error.stage == .root)
        #expect(error.systemError == ENOENT)
    }

    @Test func rootThatIsALink() async throws {
        let error = try #require(
            try await error {
                symlink($0.root, $0.root + "-link")
                $0.root += "-link"
            })
        #expect(error.stage == .root)
        #expect(error.systemError == ENOTDIR)
    }

    @Test func fileInTheWay() async throws {
        let error = try #require(try await error { $0.steps.append(.file("/etc/passwd", [])) })
        #expect(error.message == "cannot make a sandbox: 'file /etc/passwd 0644 0 bytes': File exists")
    }

    @Test func missingWorkingDirectory() async throws {
        #expect(try await error { $0.workingDirectory = "/none" }?.stage == .directory)
    }
}
