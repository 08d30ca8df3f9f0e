import Foundation
import Sandbox
import StoreFormats
import TestSupport
import Testing

@testable import Building

@Suite struct BuildSandboxTests {
    private func plan(
        fixed: ContentAddress? = nil, directory: StoreDirectory = .nix, system: String = "x86_64-linux",
        builder: String = "/nix/store/x/bin/bash", options: BuildOptions = BuildOptions()
    ) throws -> SandboxPlan {
        var maker = DerivationMaker(directory)
        let path = try maker.make(
            "x", builder: builder,
            arguments: ["-c", String(decoding: OutputPlaceholders.placeholder(of: "out"), as: UTF8.self)],
            fixed: fixed, system: system, environment: ["passAsFile": "big", "big": "text"])
        let derivation = try #require(maker.derivations[path])
        let flavor = BuildFlavor(directory)
        let folder = flavor.buildFolder(of: path)
        let environment = try BuildEnvironment(
            DerivationAttributes(derivation, flavor: flavor), flavor: flavor, buildFolder: folder, cores: 1,
            impure: [:],
            graph: .empty)
        let input = try StorePath("\(directory)/00000000000000000000000000000000-in", in: directory)
        var options = options
        options.machine = BuildMachine(system: "x86_64-linux", extraSystems: ["i686-linux"], features: ["kvm"])
        return BuildSandbox(
            derivation: derivation, flavor: flavor, environment: environment, buildFolder: folder,
            inputs: [(input, "/somewhere/in")], options: options, outside: .caller
        ).plan(root: "/root")
    }

    private func file(_ path: String, in plan: SandboxPlan) -> String? {
        for case .file(path, let contents, _) in plan.steps { return String(decoding: contents, as: UTF8.self) }
        return nil
    }

    @Test func nix() throws {
        let plan = try plan()
        #expect(plan.workingDirectory == "/build" && plan.rootMode == 0o750)
        #expect(plan.arguments.map(\.description).prefix(2) == ["bash", "-c"])
        #expect(plan.arguments.last?.description.hasPrefix("/nix/store/") == true)
        #expect(plan.network == .none)
        #expect(plan.output == .terminal)
        #expect(plan.identity.user == 1000 && plan.identity.group == 100)
        #expect(plan.personality == .native && !plan.randomisesAddresses)
        #expect(plan.steps.contains(.directory("/nix/store", mode: 0o1775, on: .disk)))
        #expect(plan.steps.contains(.directory("/build", mode: 0o700, on: .disk)))
        #expect(
            plan.steps.contains(
                .bind(source: "/somewhere/in", target: "/nix/store/00000000000000000000000000000000-in")))
        #expect(
            file("/etc/passwd", in: plan) == """
                root:x:0:0:Nix build user:/build:/noshell
                nixbld:x:1000:100:Nix build user:/build:/noshell
                nobody:x:65534:65534:Nobody:/:/noshell

                """)
        #expect(file("/etc/group", in: plan) == "root:x:0:\nnixbld:!:100:\nnogroup:x:65534:\n")
        #expect(file("/etc/hosts", in: plan) == "127.0.0.1 localhost\n::1 localhost\n")
        #expect(file("/etc/nsswitch.conf", in: plan) == nil)
        #expect(
            plan.steps.contains {
                if case .file(let path, _, _) = $0 { path.hasPrefix("/build/.attr-") } else { false }
            })
        try plan.checkedWithoutIdentity()
    }

    @Test func guix() throws {
        let plan = try plan(directory: .gnu, builder: "/gnu/store/x/bin/guile")
        #expect(plan.workingDirectory == "/tmp/guix-build-x.drv-0" && plan.rootMode == 0o555)
        #expect(plan.arguments.first?.description == "guile")
        // Nobody replaces placeholders there.
        #expect(plan.arguments.last?.description.hasPrefix("/gnu/store/") == false)
        #expect(plan.output == .pipe)
        #expect(
            file("/etc/passwd", in: plan)
                == "nixbld:x:30001:30000:Nix build user:/:/noshell\nnobody:x:65534:65534:Nobody:/:/noshell\n")
        #expect(file("/etc/group", in: plan) == "nixbld:!:30000:\n")
        #expect(plan.steps.contains(.directory("/gnu/store", mode: 0o1775, on: .disk)))
        try plan.checkedWithoutIdentity()
    }

    @Test func fixedOutputsHaveTheNetwork() throws {
        let address = try ContentAddress(method: .flat, hash: ContentHash(of: [], algorithm: .sha256))
        let plan = try plan(fixed: address)
        #expect(plan.network == .host)
        #expect(file("/etc/hosts", in: plan) == nil)
        #expect(file("/etc/nsswitch.conf", in: plan) == "hosts: files dns\nservices: files\n")
        #expect(
            plan.steps.contains(
                .bind(source: "/etc/resolv.conf", target: "/etc/resolv.conf", writable: false, optional: true)))
    }

    @Test func thirtyTwoBits() throws {
        #expect(try plan(system: "i686-linux").personality == .linux32)
    }

    @Test func shownPathsAndLimits() throws {
        var options = BuildOptions()
        options.sandboxPaths = [SandboxPath(target: "/bin/sh", source: "/busybox", isOptional: true)]
        options.limits.seconds = 5
        options.limits.silentSeconds = 2
        options.limits.logBytes = 10
        let plan = try plan(options: options)
        #expect(plan.steps.contains(.bind(source: "/busybox", target: "/bin/sh", optional: true)))
        // Where links lead is what is shown.
        let folder = try TemporaryFolder()
        try folder.write("real", "")
        try FileManager.default.createSymbolicLink(atPath: folder.file("link"), withDestinationPath: "real")
        options.sandboxPaths = [SandboxPath(target: "/x", source: folder.file("link"))]
        options.shell = SandboxPath(target: "/bin/sh", source: "/none/busybox")
        let shell = SandboxPlan.Step.bind(source: "/none/busybox", target: "/bin/sh")
        let nix = try self.plan(options: options)
        #expect(nix.steps.contains(shell))
        #expect(nix.steps.contains(.bind(source: folder.file("real"), target: "/x")))
        // guix-daemon shows none.
        #expect(try !self.plan(directory: .gnu, options: options).steps.contains(shell))
        #expect(plan.limits.seconds == 5 && plan.limits.silentSeconds == 2 && plan.limits.logBytes == 10)
    }
}

extension SandboxPlan {
    /// Checks all but whether this test's user may be a builder.
    fileprivate func checkedWithoutIdentity() throws {
        do {
            try checked()
        } catch {
            #expect(error.message.contains("build user"))
        }
    }
}
