import Testing

@testable import QuorateCommands

@Suite struct PlainArgumentsTests {
    private let many = (0..<100).map { "/nix/store/\($0)-name" }

    @Test func takesPlainPathsBehindTheFirst() {
        let (kept, paths) = PlainArguments.split(["verify", "--closure"] + many)
        // The one behind a flag might be an option's value, so the parser decides about it and the one after.
        #expect(kept == ["verify", "--closure", many[0], many[1]])
        #expect(paths == Array(many[2...]))
    }

    @Test func leavesOptionValuesAlone() {
        let arguments = ["verify"] + many + ["--policy", "/nix/store/x-policy", "-", "other"]
        let (kept, paths) = PlainArguments.split(arguments)
        #expect(kept == ["verify", many[0], "--policy", "/nix/store/x-policy", "-", "other"])
        #expect(paths == Array(many[1...]))
    }

    @Test func leavesOtherCommandLinesAlone() {
        #expect(PlainArguments.split(["audit"] + many).paths.isEmpty)
        #expect(PlainArguments.split(["verify", "/nix/store/a-b", "/nix/store/c-d"]).paths.isEmpty)
    }
}
