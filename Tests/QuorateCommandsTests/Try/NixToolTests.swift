import Synchronization
import Testing

@testable import QuorateCommands

/// Runs shell scripts in place of nix: what is tested is how output, log and status are put together.
@Suite struct NixToolTests {
    private let tool = NixTool(environment: ["PATH": "/usr/bin:/bin", "GREETING": "hello"])

    @Test func passesEventsOnInOrder() async throws {
        let seen = Mutex<[NixLogEvent]>([])
        let script = #"""
            echo "$GREETING $1 ${HOME-no home}"
            echo '@nix {"action":"start","fields":["/nix/store/a.drv","",1,1],"id":1,"level":3,"text":"","type":105}' >&2
            echo '@nix {"action":"result","fields":["one"],"id":1,"type":101}' >&2
            """#
        let result = try await tool.run("sh", ["-c", script, "sh", "world"]) { event in
            seen.withLock { $0.append(event) }
        }
        #expect(result.succeeded)
        #expect(String(decoding: result.output, as: UTF8.self) == "hello world no home\n")
        #expect(
            seen.withLock { $0 } == [
                .building(derivation: "/nix/store/a.drv"), .buildOutput(derivation: "/nix/store/a.drv", line: "one"),
            ])
    }

    @Test func explainsAFailure() async throws {
        let script = #"""
            echo '@nix {"action":"start","fields":["/nix/store/a.drv","",1,1],"id":1,"level":3,"text":"","type":105}' >&2
            echo '@nix {"action":"result","fields":["no such header"],"id":1,"type":101}' >&2
            echo '@nix {"action":"msg","level":0,"msg":"error: it failed"}' >&2
            exit 1
            """#
        let result = try await tool.run("sh", ["-c", script])
        #expect(!result.succeeded)
        #expect(result.trouble == ["error: it failed", "no such header"])
    }

    @Test func saysWhatIsMissing() async {
        await #expect(throws: TryError(.missingTool, "")) {
            try await NixTool(environment: ["PATH": "/nonexistent"]).run("nix-build", [])
        }
    }
}
