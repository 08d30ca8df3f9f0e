import Ledger
import Quorum
import TestSupport
import Testing

struct ClaimCodingTests {
    @Test func givesEveryClaimBack() throws {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<500 {
            let claim = ClaimSamples.random(using: &random)
            #expect(try ClaimCoding.decode(ClaimCoding.encode(claim)) == claim)
        }
    }

    /// What decodes has only one form: otherwise one claim could be there twice, or under two seals.
    @Test func acceptsOnlyWhatItWrites() throws {
        var random = SeededGenerator(seed: 2)
        var accepted = 0
        for _ in 0..<3000 {
            var bytes = ClaimCoding.encode(ClaimSamples.random(using: &random))
            for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0...3, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
                case 2: bytes.removeSubrange(place...)
                default: bytes.insert(UInt8.random(in: 0...3, using: &random), at: place)
                }
            }
            do throws(LedgerError) {
                let claim = try ClaimCoding.decode(bytes)
                accepted += 1
                #expect(ClaimCoding.encode(claim) == bytes)
            } catch {
                #expect(error.code == .corrupt)
            }
        }
        #expect(accepted > 100, "the changes are small enough to be taken sometimes")
    }

    @Test func refusesEveryPrefixAndMore() {
        let bytes = ClaimCoding.encode(ClaimSamples.new().claim)
        for count in 0..<bytes.count {
            #expect(throws: LedgerError(.corrupt, "")) { try ClaimCoding.decode(Array(bytes[..<count])) }
        }
        #expect(throws: LedgerError(.corrupt, "")) { try ClaimCoding.decode(bytes + [0]) }
    }

    @Test func refusesReferencesOutOfOrder() {
        let low = "/nix/store/aaaa"
        let high = "/nix/store/bbbb"
        let bytes = ClaimCoding.encode(
            .storePath(.init(narHash: ClaimSamples.digest(1), narSize: 1, references: [low, high])))
        #expect(throws: Never.self) { try ClaimCoding.decodeOutcome(bytes) }
        let count = 4 + low.utf8.count
        let head = Array(bytes.dropLast(2 * count))
        let parts = [Array(bytes.suffix(2 * count).prefix(count)), Array(bytes.suffix(count))]
        #expect(throws: LedgerError(.corrupt, "")) { try ClaimCoding.decodeOutcome(head + parts[1] + parts[0]) }
        #expect(throws: LedgerError(.corrupt, "")) { try ClaimCoding.decodeOutcome(head + parts[0] + parts[0]) }
    }

    /// Lengths and counts near the ends of their types allocate nothing and trap nowhere.
    @Test(arguments: [[0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 0x80], [0xFF, 0xFF, 0xFF, 0x7F]] as [[UInt8]])
    func refusesMonstrousLengths(_ length: [UInt8]) {
        #expect(throws: LedgerError(.corrupt, "")) { try ClaimCoding.decode([1, 1] + length) }
        let digest: [UInt8] = [32, 0, 0, 0] + ClaimSamples.digest(1).bytes
        let size = [UInt8](repeating: 1, count: 8)
        #expect(throws: LedgerError(.corrupt, "")) {
            try ClaimCoding.decodeOutcome([1] + digest + size + length + length + [0, 0, 0, 0])
        }
    }

    @Test func identityIsEverythingButTheTime() {
        let claim = ClaimSamples.new(at: 1).claim
        #expect(ClaimCoding.identity(of: claim) == ClaimCoding.identity(of: ClaimSamples.new(at: 2).claim))
        for other in [
            ClaimSamples.new(key: 2), ClaimSamples.new(outcome: 2), ClaimSamples.new(outcome: nil),
            ClaimSamples.new(source: "https://b.example/"), ClaimSamples.new(evidence: [1]),
        ] {
            #expect(ClaimCoding.identity(of: claim) != ClaimCoding.identity(of: other.claim))
        }
    }

    @Test(arguments: [
        ("/nix/store/0c0l0v6h4h0n5ynmp0rq3h8dkmzy8dzb-a-b", "/nix/store/0c0l0v6h4h0n5ynmp0rq3h8dkmzy8dzb"),
        ("/nix/store/0c0l0v6h4h0n5ynmp0rq3h8dkmzy8dzb", "/nix/store/0c0l0v6h4h0n5ynmp0rq3h8dkmzy8dzb"),
        ("/my-store/x-y", "/my-store/x"), ("", ""),
    ])
    func lookupKeyIsAPathUpToItsName(_ path: String, _ key: String) {
        #expect(LookupKey(.storePath(path)).text == key)
        #expect(LookupKey(key).isKey(of: .storePath(path)))
        #expect(!LookupKey(key + "0").isKey(of: .storePath(path)))
        #expect(!LookupKey(path + "-").isKey(of: .storePath(path)))
    }
}
