import StoreFormats
import Testing

/// Derivations that people write.
@Suite struct DerivationDraftTests {
    private static let alone = """
        {"name":"hand","system":"x86_64-linux","builder":"/bin/sh","args":["-c"],"env":{"A":"b"},
        "inputDrvs":{},"inputSrcs":[],"outputs":{"dev":{},"out":{}}}
        """

    @Test func oneMayStandAloneWithoutOutputPaths() throws {
        let draft = try #require(try DerivationJSON.drafts(Array(Self.alone.utf8)).first)
        #expect(draft.statedPath == nil)
        #expect(draft.derivation.name == "hand")
        #expect(
            draft.derivation.outputs.map(\.path.path) == [
                "/nix/store/00000000000000000000000000000000-hand-dev",
                "/nix/store/00000000000000000000000000000000-hand",
            ])
    }

    @Test("A path that does not follow is kept for whoever looks at it, and refused where nobody does")
    func wrongPaths() throws {
        let path = "/nix/store/00000000000000000000000000000001-hand.drv"
        let text = Array(#"{"\#(path)":\#(Self.alone)}"#.utf8)
        #expect(try DerivationJSON.drafts(text).map(\.statedPath?.path) == [path])
        #expect(throws: StoreFormatError(.unsupportedDerivation, "")) { try DerivationJSON.parse(text) }
        let whole = text.replacing(
            Array(#""dev":{},"out":{}"#.utf8),
            with: Array(#""out":{"path":"/nix/store/00000000000000000000000000000001-hand"}"#.utf8))
        #expect(throws: StoreFormatError(.invalidJSON, "")) { try DerivationJSON.parse(whole) }
        #expect(throws: StoreFormatError(.invalidJSON, "")) { try DerivationJSON.parse(Array(Self.alone.utf8)) }
    }

    @Test func fixedOutputsHaveTheirPath() throws {
        let hash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
        let text = Self.alone.replacing(
            #""dev":{},"out":{}"#, with: #""out":{"method":"flat","hash":"\#(hash)"}"#)
        let draft = try #require(try DerivationJSON.drafts(Array(text.utf8)).first)
        #expect(draft.derivation.isFixed)
        #expect(draft.derivation.outputs[0].path.hashPart != String(repeating: "0", count: 32))
    }

    @Test(arguments: [
        #"{"outputs":{"out":{}}}"#, #"{"name":"a/b","outputs":{"out":{}}}"#, #"{"derivations":{"x":{}}}"#, "7", "[]",
        #"{"name":7,"outputs":{}}"#, #"{"x.drv":{}}"#,
    ])
    func refuses(_ text: String) {
        #expect(throws: StoreFormatError.self) { try DerivationJSON.drafts(Array(text.utf8)) }
    }
}
