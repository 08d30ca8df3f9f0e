import Testing

@testable import QuorateCommands

@Suite struct ClientPathTests {
    /// What nix 2.8.0 printed about four paths of a client's store, shortened in the middle of signatures.
    static let printed = #"""
        [{"path":"/nix/store/1sqsqxc7zs2jb1yb1s9rk823jzabvppv-survey-1.0-log","narHash":"sha256-DVDh8d4=","narSize":312,
        "references":[],"deriver":"/nix/store/fbzbwfjvaamskkkgl68868k9h6pdfj3k-survey-1.0.drv",
        "registrationTime":1795240817,"ultimate":true},
        {"path":"/nix/store/3zf9nlqch7pa85n9k2f6jjgqhwakgf7d-letter-1.0","narHash":"sha256-kXzU=","narSize":472,
        "references":["/nix/store/pj73wsxs8hsh6pxqlasip48g5b2lsc4f-words-1.0"],
        "registrationTime":1795240816,"signatures":["ash.example-1:mPHa5z8h=="]},
        {"path":"/nix/store/fwmbqa56i3z4982pnik315q9cc98z42f-written","narHash":"sha256-ABCD=","narSize":136,
        "references":[],"ca":"text:sha256:040rabz2","registrationTime":1795240816},
        {"path":"/nix/store/zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz-gone","valid":false}]
        """#

    @Test func tellsOriginsApart() throws {
        let paths = try ClientPath.parse([UInt8](Self.printed.utf8))
        #expect(paths.map(\.origin) == [.built, .substituted(signers: ["ash.example-1"]), .source, .missing])
        #expect(paths[1].references == ["/nix/store/pj73wsxs8hsh6pxqlasip48g5b2lsc4f-words-1.0"])
        #expect(paths[0].narHash == "sha256-DVDh8d4=")
    }

    @Test func readsTheNewerForm() throws {
        let json = #"""
            {"/nix/store/b-two":{"narHash":"sha256-B=","references":[],"signatures":[],"ultimate":true},
            "/nix/store/a-one":null}
            """#
        let paths = try ClientPath.parse([UInt8](json.utf8))
        #expect(paths.map(\.path) == ["/nix/store/a-one", "/nix/store/b-two"])
        #expect(paths.map(\.origin) == [.missing, .built])
    }

    @Test(arguments: ["", "[", "7", #"[{"path":7}]"#])
    func refuses(json: String) {
        #expect(throws: TryError(.unexpectedOutput, "")) { try ClientPath.parse([UInt8](json.utf8)) }
    }
}
