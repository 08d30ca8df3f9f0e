import ClientSetup
import FoundationEssentials
import Quorum
import StoreFormats
import Testing

/// What the documents tell people to write must be what the program reads and would write itself.
@Suite("Documents")
struct DocumentationTests {
    private func lines(of document: String, from file: String = #filePath) throws -> [String] {
        let checkout = file.split(separator: "/").dropLast(3).joined(separator: "/")
        let text = String(decoding: try Data(contentsOf: URL(filePath: "/\(checkout)/\(document)")), as: UTF8.self)
        return text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    @Test("the README's policy is one")
    func policy() throws {
        let words = ["policy", "cache", "group", "quorum"]
        let statements = try lines(of: "README.md").filter { line in
            line.hasPrefix("    ") && words.contains { line.hasPrefix("    \($0) ") }
        }
        let policy = try Policy.parse(statements.map { $0.dropFirst(4) + "\n" }.joined())
        #expect(policy.caches.count == 2)
        #expect(policy.quorums.count == 1)
    }

    @Test("the guide's settings are those that the program proposes")
    func snippets() throws {
        let key = try NixPublicKey(parsing: DoctorTests.gatewayKey)
        let gateway = GatewaySetup(url: DoctorTests.url, signing: .reSign(key))
        let guide = try lines(of: "docs/client-nix.md").joined(separator: "\n")
            .replacing("quorate-gateway-NAME:BASE64", with: key.description)
        for snippet in [ClientSnippet.nixConf(gateway), ClientSnippet.nixosModule(gateway)] {
            let block = snippet.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
            #expect(guide.contains(block))
        }
    }
}
