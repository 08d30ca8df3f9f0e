import StoreFormats
import Testing

@Suite("Hostile and unusual narinfos")
struct NarInfoHostileTests {
    static let lines = [
        "StorePath: /nix/store/2af8rcifbjajsb9mz2mz2ipj8rp4m01p-ref-b-1.0",
        "URL: nar/1fpzlb1604bpxzsk1zzapdl2dsb9shb26ymkc4ybqyalzpv8kvrc.nar.xz",
        "Compression: xz",
        "FileHash: sha256:1fpzlb1604bpxzsk1zzapdl2dsb9shb26ymkc4ybqyalzpv8kvrc",
        "FileSize: 256",
        "NarHash: sha256:0byljabagb15g0avzy6qypfhfdk8w1bvmpkicjlzfgjzp1wm534z",
        "NarSize: 400",
        "References: 2af8rcifbjajsb9mz2mz2ipj8rp4m01p-ref-b-1.0 q04vps5hg4mhhz2arn4pdw7xhzx7iggm-ref-a-1.0",
        "Deriver: 4hpdlaxiqg2npysn0q1ri3g7ysvx6ln5-ref-b-1.0.drv",
        "Sig: cache-a.quorate.test-1:"
            + "sPgVHSjRA4ss0dpIeDzq3WNy6qHXW+heP75W6mgvmQG3S8jsDMvD2ZfuxeA2pHqL/gSgnibPuwMHRwonKdT3Dw==",
    ]

    /// The narinfo with the line of a name replaced; nil takes it away.
    static func narInfo(_ name: String, _ line: String?) -> [UInt8] {
        let changed = lines.compactMap { $0.hasPrefix("\(name): ") ? line : $0 }
        return [UInt8]((changed.joined(separator: "\n") + "\n").utf8)
    }

    static func narInfo(adding line: String) -> [UInt8] {
        [UInt8](((lines + [line]).joined(separator: "\n") + "\n").utf8)
    }

    static let quirky: [([UInt8], NarInfo.Quirks)] = [
        (narInfo("Compression", nil), NarInfo.Quirks.missingCompression),
        (narInfo("Compression", "Compression: "), .missingCompression),
        (narInfo("FileHash", nil), .missingFileHash),
        (narInfo("FileSize", nil), .missingFileSize),
        (narInfo("FileHash", "FileHash: sha1:143xibwh31h9bvxzalr0sjvbbvpa6ffs"), .fileHashAlgorithm),
        (
            narInfo("NarHash", "NarHash: sha256:9f8c5279b85f3ef7a96471deba57e0683607ddf5d8f8bf157825aca79692d42f"),
            .hashSpelling
        ),
        (narInfo("NarHash", "NarHash: sha256-n4xSebhfPvepZHHeulfgaDYH3fXY+L8VeCWsp5aS1C8="), .hashSpelling),
        (narInfo("NarHash", "NarHash: sha256:n4xSebhfPvepZHHeulfgaDYH3fXY+L8VeCWsp5aS1C8="), .hashSpelling),
        (
            narInfo(
                "References",
                "References: q04vps5hg4mhhz2arn4pdw7xhzx7iggm-ref-a-1.0 "
                    + "2af8rcifbjajsb9mz2mz2ipj8rp4m01p-ref-b-1.0"), .unsortedReferences
        ),
        (
            narInfo(
                "References",
                "References: q04vps5hg4mhhz2arn4pdw7xhzx7iggm-ref-a-1.0 "
                    + "q04vps5hg4mhhz2arn4pdw7xhzx7iggm-ref-a-1.0"), .repeatedReference
        ),
        (
            narInfo("References", "References: q04vps5hg4mhhz2arn4pdw7xhzx7iggm-ref-a-1.0 "), .referenceSpacing
        ),
        (narInfo("References", "References:  "), .referenceSpacing),
        (narInfo("References", nil), .missingReferences),
        (narInfo("References", "References:"), .missingSpace),
        (narInfo("Deriver", "Deriver: unknown-deriver"), .unknownDeriver),
        (narInfo("Deriver", "System: x86_64-linux"), .systemField),
        (narInfo(adding: "NarSize: 400"), [.repeatedField, .fieldOrder]),
        (narInfo("StorePath", nil) + [UInt8]("\(lines[0])\n".utf8), .fieldOrder),
        (narInfo(adding: "Sig: cache-b:AAAA"), .malformedSignature),
        (narInfo(adding: "Sig: "), .malformedSignature),
        (narInfo(adding: lines[9]), .repeatedSignature),
        (narInfo(adding: "CA: "), .emptyContentAddress),
        (narInfo(adding: "X-Quorate: 2 of 3"), .unknownFields),
        (narInfo(adding: "provenance: {\"a\": 1}"), .unknownFields),
    ]

    @Test(
        "a known quirk is refused unless it is accepted, is told, and comes back byte for byte",
        arguments: quirky)
    func quirks(bytes: [UInt8], quirk: NarInfo.Quirks) throws {
        #expect(throws: StoreFormatError(.quirkNotAccepted, "")) { try NarInfo(parsing: bytes) }
        #expect(throws: StoreFormatError(.quirkNotAccepted, "")) {
            try NarInfo(parsing: bytes, accepting: .all.subtracting(quirk))
        }
        let info = try NarInfo(parsing: bytes, accepting: quirk)
        #expect(info.quirks == quirk)
        #expect(info.serialized == bytes)
        #expect(!quirk.description.isEmpty)
        let canonical = info.replacingSignatures(with: [])
        #expect(try NarInfo(parsing: canonical.serialized, accepting: .all).quirks == canonical.quirks)
    }

    @Test("quirks do not change what is signed")
    func signed() throws {
        let key = try Fixture.key("a")
        let hex = "NarHash: sha256:9f8c5279b85f3ef7a96471deba57e0683607ddf5d8f8bf157825aca79692d42f"
        let swapped =
            "References: q04vps5hg4mhhz2arn4pdw7xhzx7iggm-ref-a-1.0 2af8rcifbjajsb9mz2mz2ipj8rp4m01p-ref-b-1.0"
        for bytes in [Self.narInfo("References", swapped), Self.narInfo("NarHash", hex)] {
            let info = try NarInfo(parsing: bytes, accepting: .seenInCaches)
            #expect(info.validSignature(by: key) != nil)
        }
    }

    @Test("of a malformed signature beside a good one, the good one is kept and the other told, raw")
    func malformedSignature() throws {
        let bad = "cache-a.quorate.test-1:AAAA"
        let info = try NarInfo(parsing: Self.narInfo(adding: "Sig: \(bad)"), accepting: .seenInCaches)
        #expect(try info.validSignature(by: Fixture.key("a")) != nil)
        #expect(info.malformedSignatures == [bad])
        let cleaned = info.replacingSignatures(with: info.signatures)
        #expect(cleaned.serialized == Self.narInfo("", nil))
    }

    static let broken: [([UInt8], StoreFormatError.Code)] = [
        ([], StoreFormatError.Code.invalidNarInfo),
        ([0x0a], .invalidNarInfo),
        (narInfo("", nil).dropLast(), .truncated),
        (narInfo("StorePath", nil), .invalidNarInfo),
        (narInfo("URL", nil), .invalidNarInfo),
        (narInfo("NarHash", nil), .invalidNarInfo),
        (narInfo("NarSize", nil), .invalidNarInfo),
        (narInfo("StorePath", "StorePath: /gnu/store/2af8rcifbjajsb9mz2mz2ipj8rp4m01p-a"), .wrongStoreDirectory),
        (narInfo("StorePath", "StorePath: 2af8rcifbjajsb9mz2mz2ipj8rp4m01p-a"), .wrongStoreDirectory),
        (narInfo("StorePath", "StorePath: /nix/store/2af8rcifbjajsb9mz2mz2ipj8rp4m01p-a/b"), .invalidStorePath),
        (narInfo("URL", "URL: "), .invalidNarInfo),
        (narInfo("URL", "URL: a b"), .invalidNarInfo),
        (narInfo("URL", "URL: a\rb"), .invalidNarInfo),
        (narInfo("URL", "URL: a\u{0}b"), .invalidNarInfo),
        (narInfo("URL", "URL: a\u{7f}b"), .invalidNarInfo),
        (narInfo("URL", "URL: a\tb"), .invalidNarInfo),
        (narInfo("URL", "URL: " + String(repeating: "a", count: 8192)), .limitExceeded),
        (narInfo("Compression", "Compression: brotli"), .unsupported),
        (narInfo("Compression", "Compression: XZ"), .unsupported),
        (narInfo("Compression", "Compression: xz "), .unsupported),
        (narInfo("NarHash", "NarHash: sha1:143xibwh31h9bvxzalr0sjvbbvpa6ffs"), .invalidHash),
        (narInfo("NarHash", "NarHash: sha256:"), .invalidNarInfo),
        (narInfo("NarHash", "NarHash: "), .invalidNarInfo),
        (narInfo("NarSize", "NarSize: 0"), .invalidNarInfo),
        (narInfo("NarSize", "NarSize: -1"), .invalidNarInfo),
        (narInfo("NarSize", "NarSize: +1"), .invalidNarInfo),
        (narInfo("NarSize", "NarSize: 0400"), .invalidNarInfo),
        (narInfo("NarSize", "NarSize: 4e2"), .invalidNarInfo),
        (narInfo("NarSize", "NarSize: 0x190"), .invalidNarInfo),
        (narInfo("NarSize", "NarSize: 400 "), .invalidNarInfo),
        (narInfo("NarSize", "NarSize:  400"), .invalidNarInfo),
        (narInfo("NarSize", "NarSize: 9223372036854775808"), .invalidNarInfo),
        (narInfo("NarSize", "NarSize: 18446744073709551616"), .invalidNarInfo),
        (narInfo("NarSize", "NarSize: 99999999999999999999999999"), .invalidNarInfo),
        (narInfo("NarSize", "NarSize: "), .invalidNarInfo),
        (narInfo("NarSize", "NarSize:400"), .invalidNarInfo),
        (narInfo("NarSize", " NarSize: 400"), .invalidNarInfo),
        (narInfo("NarSize", "NarSize"), .invalidNarInfo),
        (narInfo("NarSize", ""), .invalidNarInfo),
        (narInfo("NarSize", ": 400"), .invalidNarInfo),
        (narInfo("FileSize", "FileSize: -1"), .invalidNarInfo),
        (narInfo("FileHash", "FileHash: sha256:x"), .invalidNarInfo),
        (narInfo("References", "References: a"), .invalidStorePath),
        (narInfo("References", "References: /nix/store/2af8rcifbjajsb9mz2mz2ipj8rp4m01p-a"), .invalidStorePath),
        (narInfo("References", "References: 2af8rcifbjajsb9mz2mz2ipj8rp4m01p-a,b"), .invalidStorePath),
        (narInfo("Deriver", "Deriver: "), .invalidStorePath),
        (narInfo("Deriver", "Deriver: ../../etc/passwd"), .invalidStorePath),
        (narInfo(adding: "CA: sha256:x"), .invalidNarInfo),
        (narInfo(adding: "NarSize: 401"), .invalidNarInfo),
        (narInfo(adding: "References: "), .invalidNarInfo),
        (narInfo(adding: "StorePath: /nix/store/3af8rcifbjajsb9mz2mz2ipj8rp4m01p-ref-b-1.0"), .invalidNarInfo),
        (narInfo(adding: "X Y: z"), .invalidNarInfo),
        (narInfo(adding: String(repeating: "X", count: 65) + ": z"), .invalidNarInfo),
        ([0xef, 0xbb, 0xbf] + narInfo("", nil), .invalidNarInfo),
        (narInfo("", nil) + [0x58, 0x3a, 0x20, 0xff, 0x0a], .invalidNarInfo),
        (narInfo("", nil) + [0x58, 0x3a, 0x20, 0xc0, 0x80, 0x0a], .invalidNarInfo),
        (narInfo("", nil).flatMap { $0 == 0x0a ? [0x0d, 0x0a] : [$0] }, .invalidNarInfo),
        (narInfo("", nil) + [0x0a], .invalidNarInfo),
    ]

    @Test("what no quirk explains is refused, whatever is accepted", arguments: broken)
    func refused(bytes: [UInt8], code: StoreFormatError.Code) {
        #expect(throws: StoreFormatError(code, "")) { try NarInfo(parsing: bytes, accepting: .all) }
    }

    @Test("limits hold")
    func limits() throws {
        func refused(_ bytes: [UInt8]) {
            #expect(throws: StoreFormatError(.limitExceeded, "")) { try NarInfo(parsing: bytes, accepting: .all) }
        }
        let name = "2af8rcifbjajsb9mz2mz2ipj8rp4m01p-a"
        refused([UInt8](repeating: 0x61, count: (1 << 20) + 1))
        refused(
            Self.narInfo("References", "References: " + Array(repeating: name, count: 16385).joined(separator: " ")))
        refused(Self.narInfo(adding: Array(repeating: Self.lines[9], count: 64).joined(separator: "\n")))
        refused(Self.narInfo(adding: Array(repeating: "Sig: x", count: 64).joined(separator: "\n")))
        refused(Self.narInfo(adding: (0...32).map { "X-\($0): y" }.joined(separator: "\n")))
        let many = (0..<16384).map {
            Nix32.encode([UInt8](repeating: 0, count: 16) + [0, 0, UInt8($0 >> 8), UInt8($0 & 0xff)])
        }
        let info = try NarInfo(
            parsing: Self.narInfo("References", "References: " + many.map { "\($0)-a" }.joined(separator: " ")),
            accepting: .all)
        #expect(info.references.count == 16384)
    }

    @Test("an error tells the line")
    func place() {
        do {
            _ = try NarInfo(parsing: Self.narInfo("NarSize", "NarSize: -1"))
            Issue.record("accepted")
        } catch {
            #expect(error.place == .line(7))
            #expect("\(error)".hasPrefix("narinfo: NarSize: "))
            #expect("\(error)".hasSuffix("(line 7)"))
        }
    }

    @Test("random changes never crash, and nothing is accepted with other bytes than it serializes to")
    func mutations() throws {
        var random = SeededGenerator(seed: 3)
        let originals = try Fixture.narInfos.prefix(22).map { try Fixture.bytes($0) }
        let spices = [UInt8](": \n\r\0=-/.azAZ09\u{7f}".utf8) + [0x80, 0xff]
        var accepted = 0
        for round in 0..<20_000 {
            var bytes = originals[round % originals.count]
            for _ in 0...Int.random(in: 0...3, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0...4, using: &random) {
                case 0: bytes[index] = spices.randomElement(using: &random) ?? 0
                case 1: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 2: bytes.remove(at: index)
                case 3: bytes.insert(spices.randomElement(using: &random) ?? 0, at: index)
                default:
                    let end = Int.random(in: index..<bytes.count, using: &random)
                    bytes.insert(contentsOf: bytes[index...end], at: Int.random(in: 0..<bytes.count, using: &random))
                }
            }
            guard let info = try? NarInfo(parsing: bytes, accepting: .all) else { continue }
            accepted += 1
            #expect(info.serialized == bytes)
            // Canonical in, canonical out: reading what was rendered gives the same again.
            let canonical = info.replacingSignatures(with: info.signatures)
            let again = try NarInfo(parsing: canonical.serialized, accepting: .all)
            #expect(again.fingerprint == info.fingerprint)
            #expect(again.serialized == canonical.serialized)
        }
        #expect(accepted > 500)
    }
}
