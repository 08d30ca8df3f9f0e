import ClaimSources
import Quorum
import StoreFormats
import TestSupport
import Testing

/// A `CA` field is not signed: it counts only as far as the path itself proves it.
struct ContentCommitmentTests {
    private func commitment(_ hashPart: String, _ change: (String) -> String = { $0 }) throws -> ContentCommitment {
        let text = change(CacheFixture.narInfo("a", hashPart))
        return ContentCommitment(try CacheNarInfo(parsing: Array(text.utf8), in: .nix))
    }

    /// fixed-flat, fixed-rec, fixed-sha512, a source and a path without content address.
    @Test func readsRealOnes() throws {
        guard case .content = try commitment("4f9wsdca09cgfwm0z7fv16b0ys9l2m2p") else {
            Issue.record("flat sha256 commits to content")
            return
        }
        guard case .outcome = try commitment("302yad28wbkif3hf13r936mwszzc94p6") else {
            Issue.record("recursive sha256 commits to the NAR")
            return
        }
        guard case .none = try commitment("g9q85z50h3y9ww3ry62rwb4h7xyan3nn") else {
            Issue.record("nothing is committed to")
            return
        }
    }

    @Test func namesACAThatGivesAnotherPath() throws {
        let flat = CacheFixture.narInfo("a", "4f9wsdca09cgfwm0z7fv16b0ys9l2m2p")
        let line = try #require(flat.split(separator: "\n").first { $0.hasPrefix("CA: ") })
        let lie = try commitment("g9q85z50h3y9ww3ry62rwb4h7xyan3nn") { $0 + line + "\n" }
        guard case .lie(let words) = lie else {
            Issue.record("\(lie)")
            return
        }
        #expect(words.contains("gives another path than /nix/store/g9q85z50h3y9ww3ry62rwb4h7xyan3nn-repro-1.0"))
    }

    @Test func namesACAWhoseNarHashDiffers() throws {
        let lie = try commitment("302yad28wbkif3hf13r936mwszzc94p6") {
            $0.replacing(#/NarHash: .*/#, with: "NarHash: sha256:0000000000000000000000000000000000000000000000000000")
        }
        guard case .lie(let words) = lie else {
            Issue.record("\(lie)")
            return
        }
        #expect(words.contains("NarHash differ"))
    }
}
