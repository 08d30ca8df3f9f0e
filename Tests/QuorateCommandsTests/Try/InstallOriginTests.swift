import ClientSetup
import Testing

@testable import QuorateCommands

@Suite struct InstallOriginTests {
    /// What nix 2.8.0 printed about three paths of a client's store.
    static let printed = #"""
        [{"path":"/nix/store/1sqsqxc7zs2jb1yb1s9rk823jzabvppv-survey-1.0-log",
        "narHash":"sha256-n4xSebhfPvepZHHeulfgaDYH3fXY+L8VeCWsp5aS1C8=","narSize":312,"references":[],
        "deriver":"/nix/store/fbzbwfjvaamskkkgl68868k9h6pdfj3k-survey-1.0.drv","registrationTime":1795240817,
        "ultimate":true},
        {"path":"/nix/store/3zf9nlqch7pa85n9k2f6jjgqhwakgf7d-letter-1.0",
        "narHash":"sha256-n4xSebhfPvepZHHeulfgaDYH3fXY+L8VeCWsp5aS1C8=","narSize":472,
        "references":["/nix/store/pj73wsxs8hsh6pxqlasip48g5b2lsc4f-words-1.0"],"registrationTime":1795240816,
        "signatures":["ash.example-1:mPHa5z8h=="]},
        {"path":"/nix/store/fwmbqa56i3z4982pnik315q9cc98z42f-written",
        "narHash":"sha256-n4xSebhfPvepZHHeulfgaDYH3fXY+L8VeCWsp5aS1C8=","narSize":136,"references":[],
        "registrationTime":1795240816}]
        """#

    @Test func tellsOriginsApart() throws {
        let installed = try InstalledPaths.parse([UInt8](Self.printed.utf8))
        #expect(installed.problems.isEmpty)
        #expect(installed.paths.map(InstallOrigin.init) == [.built, .substituted, .source])
    }
}
