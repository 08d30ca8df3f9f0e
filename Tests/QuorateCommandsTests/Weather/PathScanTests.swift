import StoreFormats
import TestSupport
import Testing

@testable import QuorateCommands

@Suite struct PathScanTests {
    private static let one = "/nix/store/0000000000000000000000000000000a-one-1.0"
    private static let two = "/gnu/store/0000000000000000000000000000000b-two+x-2.0"

    @Test(arguments: [
        ("\(one)\n\(one)/bin/x\n", [one]),
        (#"{"elements":{"x":{"storePaths":["\#(one)"]}},"y":"\#(one)-dev"}"#, [one, one + "-dev"]),
        (#"(manifest (version 4) (packages (("two" "2.0" "out" "\#(two)" (propagated-inputs ())))))"#, [two]),
        ("see \(one). And \(two)?", [one, two]), ("\(one).drv \(one).drv", []), ("x\(one)y/", [one + "y"]),
        ("", []), ("/", []), ("/nix/store/", []), ("/nix/store/short", []), ("/nix/store//nix/store/", []),
        ("/nix/store/\(one)", [one]), ("/nix/store/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee-x", []),
    ])
    func finds(_ text: String, _ paths: [String]) {
        #expect(PathScan.paths(in: Array(text.utf8)).map(\.path) == paths)
    }

    @Test func survivesNoise() {
        var random = SeededGenerator(seed: 7)
        let parts = ["/nix/store/", "/gnu/store/", Self.one, "/", "\u{0}", "é", ".", "-", "0"]
        for _ in 0..<500 {
            var text: [UInt8] = []
            for _ in 0..<Int.random(in: 0..<12, using: &random) {
                text += (parts.randomElement(using: &random) ?? "").utf8
                text += (0..<2).map { _ in UInt8.random(in: 0...255, using: &random) }
            }
            for path in PathScan.paths(in: text) { #expect(!path.isDerivation) }
        }
    }
}
