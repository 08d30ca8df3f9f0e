import Building
import StoreFormats
import Testing

@testable import QuorateCommands

@Suite("Names of result links")
struct ResultLinksTests {
    @Test("As nix-build names them") func names() async throws {
        let digits = "0c5ksl9qdnq1z7ab0v4rmvllqkmlb2n5"
        let derivation = try StorePath("/nix/store/\(digits)-hello.drv")
        let out = try StorePath("/nix/store/\(digits)-hello")
        let dev = try StorePath("/nix/store/\(digits)-hello-dev")
        let targets: [BuildTarget] = [
            .derivation(derivation, .all), .path(out), .derivation(derivation, .named(["dev"])),
        ]
        let links = try await ResultLinks("/x/result").paths(targets) { _ in [("dev", dev), ("out", out)] }
        #expect(
            links.map(\.link) == ["/x/result-dev", "/x/result", "/x/result-2", "/x/result-3-dev"])
        #expect(links.map(\.path) == [dev, out, out, dev])
    }
}
