import Testing

@testable import Building

@Suite struct BuildMachineTests {
    private let machine = BuildMachine(system: "x86_64-linux", extraSystems: ["i686-linux"], features: ["kvm"])

    @Test(
        arguments: [
            ("x86_64-linux", [], true), ("i686-linux", [], true), ("builtin", [], true), ("aarch64-linux", [], false),
            ("x86_64-darwin", [], false), ("x86_64-linux", ["kvm"], true), ("x86_64-linux", ["big-parallel"], false),
            ("builtin", ["big-parallel"], false),
        ] as [(String, [String], Bool)])
    func whatItBuilds(_ system: String, _ features: [String], _ isBuildable: Bool) {
        #expect((machine.objection(to: system, features: features) == nil) == isBuildable)
    }

    @Test(arguments: [("x86_64-linux", false), ("i686-linux", true), ("armv7l-linux", true), ("aarch64-linux", false)])
    func thirtyTwoBits(_ system: String, _ isShown: Bool) {
        #expect(machine.showsThirtyTwoBits(to: system) == isShown)
    }

    @Test func thisOne() {
        #expect(BuildMachine.current.system.hasSuffix("-linux"))
        #expect(BuildMachine.current.objection(to: BuildMachine.current.system, features: ["big-parallel"]) == nil)
    }
}
