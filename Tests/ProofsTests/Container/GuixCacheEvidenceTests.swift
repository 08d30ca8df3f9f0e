import Foundation
import GuixFormats
import Proofs
import Quorum
import StoreFormats
import Testing

@Suite struct GuixCacheEvidenceTests {
    @Test(arguments: GuixSample.files.keys.sorted()) func holdsWhatIsSignedAndTheSignature(server: String) throws {
        let narInfo = try GuixSample.narInfo(server)
        let evidence = try GuixSample.evidence(server)
        let text = String(decoding: evidence.bytes, as: UTF8.self)
        #expect(evidence.bytes.starts(with: narInfo.signedPart) && !text.contains("URL:"))
        #expect(text.hasSuffix("\nSignature: \(evidence.signature)\n"))
        #expect(try GuixCacheEvidence(parsing: evidence.bytes) == evidence)
        let container = try GuixSample.container([evidence])
        let again = try ProofContainer(parsing: container.bytes)
        #expect(again == container && again.evidence == [.guixCache(evidence)])
    }

    /// Addresses above the signature are signed, so they stay; those below it never come in.
    @Test func addressesAreKeptWhereTheyAreSigned() throws {
        let key = try GuixSecretKey.generate()
        let signedPart = Array(
            """
            StorePath: /gnu/store/zpqgjbic303ag3ps308ad3mi1rx4g6p2-old-1.0
            URL: nar/gzip/zpqgjbic303ag3ps308ad3mi1rx4g6p2-old-1.0
            Compression: gzip
            NarHash: sha256:0mlwxpi8gchb349ppn0gw4jdkncrdag4hl14zl7aq3nl50l9bq1k
            NarSize: 14832
            References: \n
            """.utf8)
        let line = Array("Signature: \(try key.sign(signedPart, host: "h"))\n".utf8)
        let more = Array("URL: nar/zstd/x\nCompression: zstd\n".utf8)
        let evidence = try GuixCacheEvidence(GuixNarInfo(parsing: signedPart + line + more))
        #expect(evidence.bytes == signedPart + line)
    }

    @Test func whatIsNotTheOneFormIsRefused() throws {
        let good = try GuixSample.evidence("vm").bytes
        let text = String(decoding: good, as: UTF8.self)
        let line = try #require(text.range(of: "Signature: "))
        let other = String(decoding: try GuixSample.evidence("vm2").bytes, as: UTF8.self)
        let second = try #require(other.range(of: "Signature: "))
        let (signed, signature) = (String(text[..<line.lowerBound]), String(text[line.lowerBound...]))
        var wrong: [String] = ["", "\n", signed, signature, String(text.dropLast()), "\n\(text)", "\(text)\n"]
        wrong += ["\(text)URL: nar/x\nCompression: gzip\n", "\(text)X: y\n", "\(text)\(signature)"]
        wrong.append("\(text)\(other[second.lowerBound...])")
        let changes: [(String, String)] = [
            ("Signature: ", "Signature:"), ("Signature: 1;", "Signature: 2;"),
            ("Signature: 1;vm;", "Signature: 1;v m;"), ("\n", "\r\n"), ("/gnu/store/", "/nix/store/"),
            ("NarSize: 14832", "NarSize: 014832"), ("NarSize: 14832", "NarSize: 0"), ("StorePath: ", "StorePaths: "),
        ]
        wrong += changes.map { text.replacingOccurrences(of: $0, with: $1) }
        for (number, text) in wrong.enumerated() {
            #expect(throws: ProofError(.evidence, ""), "\(number)") {
                try GuixCacheEvidence(parsing: Array(text.utf8))
            }
        }
        let unsigned = try GuixNarInfo(parsing: Array(text[..<line.lowerBound].utf8))
        #expect(throws: ProofError(.evidence, "")) { try GuixCacheEvidence(unsigned) }
    }

    @Test func sectionsOfGuixStandBetweenThoseOfNixAndLinks() throws {
        let world = try World()
        let container = try ProofContainer(
            subject: GuixSample.subject, policy: [],
            evidence: [
                .link(RebuilderLinkSample.bytes(signer: world.rebuilder)), .guixCache(GuixSample.evidence("vm2")),
                .guixCache(GuixSample.evidence("vm")), .cache(world.cacheEvidence()),
                .guixCache(GuixSample.evidence("vm")),
            ])
        #expect(container.evidence.map(\.kind) == ["cache", "guix", "guix", "link"])
        let text = String(decoding: container.bytes, as: UTF8.self)
        let cache = try #require(text.range(of: "\ncache ")).lowerBound
        let guix = try #require(text.range(of: "\nguix-cache ")).lowerBound
        let link = try #require(text.range(of: "\nlink ")).lowerBound
        let parts: [Substring] = [
            text[..<cache], text[cache..<guix], text[guix..<link], text[link...].dropLast(5), "\nend\n",
        ]
        func file(_ order: Int...) -> String { order.map { String(parts[$0]) }.joined() }
        #expect(file(0, 1, 2, 3, 4) == text)
        for other in [file(0, 2, 1, 3, 4), file(0, 1, 3, 2, 4), file(0, 1, 2, 2, 3, 4)] {
            #expect(throws: ProofError(.container, "")) { try ProofContainer(parsing: Array(other.utf8)) }
        }
    }

    /// A narinfo has its own bound, below that of a section.
    @Test func hugeStatementsAreRefused() throws {
        let text = String(decoding: try GuixSample.evidence("vm").bytes, as: UTF8.self)
        let field = "X-\(String(repeating: "y", count: 100)): z\n"
        for count in [33, (1 << 20) / field.utf8.count + 1] {
            let bytes = Array((String(repeating: field, count: count) + text).utf8)
            #expect(throws: ProofError(.evidence, "")) { try GuixCacheEvidence(parsing: bytes) }
        }
    }
}

extension ProofEvidence {
    fileprivate var kind: String {
        switch self {
        case .log: "log"
        case .cache: "cache"
        case .guixCache: "guix"
        case .link: "link"
        }
    }
}
