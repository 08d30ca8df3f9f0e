import Testing

@testable import Building

@Suite struct BuilderMessageTests {
    @Test(
        arguments: [
            (#"@nix { "action": "setPhase", "phase": "buildPhase" }"#, BuilderMessage.phase("buildPhase")),
            (#"@nix {"action":"setPhase","phase":"x"}"#, .phase("x")),
            (#"@nix {"action":"msg","level":0,"msg":"x"}"#, .other),
            (#"@nix {"action":"setPhase"}"#, .other), (#"@nix {"action":"#, nil), ("@nix x", nil), ("plain", nil),
            ("", nil),
            (#" @nix {"action":"setPhase","phase":"x"}"#, nil),
        ] as [(String, BuilderMessage?)])
    func reads(_ line: String, _ expected: BuilderMessage?) {
        #expect(BuilderMessage(Array(line.utf8)) == expected)
    }
}
