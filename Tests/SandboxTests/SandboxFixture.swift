import Foundation
import Glibc
import Sandbox
import Synchronization

/// A folder for sandboxes, and plans that show a builder the programs of this system.
final class SandboxFixture: Sendable {
    /// On the host, accessible to everybody.
    let folder: String

    init() throws {
        var template = Array((NSTemporaryDirectory() + "quorate-sandbox-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw Trouble("no temporary folder can be made") }
        folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        chmod(folder, 0o755)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    struct Trouble: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    /// Why these tests are skipped, where they are.
    static let obstacle = Sandbox.obstacle()
    static var isPossible: Bool { obstacle == nil }
    static var isRoot: Bool { geteuid() == 0 }
    /// Part of every Debian: asks the kernel for what the shell has no word for.
    static let hasPerl = access("/usr/bin/perl", X_OK) == 0

    static let uid: UInt32 = 30_999
    static let outside: SandboxPlan.Identity.Outside = isRoot ? .buildUser(uid: uid, gid: 30_998) : .caller

    private static let count = Atomic<UInt32>(0)

    /// A new, empty root.
    func makeRoot() -> String {
        let number = Self.count.wrappingAdd(1, ordering: .relaxed).newValue
        let root = "\(folder)/root-\(number)"
        mkdir(root, 0o755)
        return root
    }

    /// Runs `script` in a shell that has the usual folders and what is in `/usr` here.
    func plan(_ script: String, uid: UInt32 = SandboxFixture.uid) -> SandboxPlan {
        var plan = SandboxPlan(
            root: makeRoot(), executable: "/bin/sh", arguments: ["sh", "-c", SandboxString(script)],
            environment: [.init("PATH", "/usr/bin:/bin"), .init("LC_ALL", "C")])
        plan.steps = [
            .directory("/nix/store", mode: 0o1775, on: .disk), .directory("/tmp", mode: 0o1777, on: .disk),
            .directory("/build", mode: 0o700, on: .disk), .devices(), .proc, .bind(source: "/usr", target: "/usr"),
        ]
        for name in ["/bin", "/lib", "/lib64"] {
            plan.steps.append(.bind(source: name, target: name, optional: true))
        }
        plan.steps.append(.file("/etc/passwd", Array("nixbld:x:1000:100::/:/noshell\n".utf8)))
        plan.workingDirectory = "/build"
        plan.identity.outside = Self.isRoot ? .buildUser(uid: uid, gid: 30_998) : .caller
        plan.limits.seconds = 60
        return plan
    }

    /// What `script` writes, and how it ends.
    func run(
        _ script: String, adjust: (inout SandboxPlan) -> Void = { _ in }
    ) async throws -> (outcome: SandboxOutcome, text: String) {
        var plan = plan(script)
        adjust(&plan)
        let (result, bytes) = try await Self.run(plan)
        return (result.outcome, String(decoding: bytes, as: UTF8.self))
    }

    static func run(_ plan: SandboxPlan) async throws -> (SandboxResult, [UInt8]) {
        let output = Output()
        let result = try await Sandbox.run(plan) { output.append($0) }
        return (result, output.bytes)
    }
}

/// Collects what a builder writes.
final class Output: Sendable {
    private let collected = Mutex<[UInt8]>([])

    func append(_ bytes: UnsafeRawBufferPointer) { collected.withLock { $0 += bytes } }

    var bytes: [UInt8] { collected.withLock { $0 } }
    var text: String { String(decoding: bytes, as: UTF8.self) }
}
