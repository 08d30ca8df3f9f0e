import Quorum
import StoreFormats
import Testing

@testable import QuorateCommands

@Suite struct ChallengedItemTests {
    private static func outcome(_ byte: UInt8, references: [String] = []) throws -> StorePathOutcome {
        StorePathOutcome(
            narHash: try #require(Digest256(Array(repeating: byte, count: 32))), narSize: 100, references: references)
    }

    private static func server(_ name: String, _ outcome: StorePathOutcome, _ parties: [String]) -> Testimony {
        Testimony(
            source: .server(name: name, address: "http://\(name)/"), outcome: outcome, standing: .signed(parties))
    }

    private static func result(_ testimonies: [Testimony], unsigned: Bool = false) throws -> ChallengeResult {
        let path = try StorePath(baseName: "00000000000000000000000000000000-thing", in: .nix)
        let item = ChallengedItem(path, testimonies: testimonies, silences: [], countingUnsigned: unsigned)
        #expect((item.reason != nil) == (item.result == .inconclusive))
        return item.result
    }

    @Test("Two servers with two keys, or a build here and a server, are enough to match")
    func matches() throws {
        let one = try Self.outcome(1)
        let (a, b) = (Self.server("a", one, ["a"]), Self.server("b", one, ["b"]))
        #expect(try Self.result([a, b]) == .match)
        let built = Testimony(source: .local(.nix), outcome: one, standing: .builtHere)
        #expect(try Self.result([built, a]) == .match)
        let path = Testimony(source: .path, outcome: one, standing: .proven)
        #expect(try Self.result([path, a]) == .match)
        // One server that hands out what two have signed.
        #expect(try Self.result([Self.server("a", one, ["a", "b"])]) == .match)
    }

    @Test("One voice is no agreement, however often it is heard")
    func inconclusive() throws {
        let one = try Self.outcome(1)
        #expect(try Self.result([]) == .inconclusive)
        #expect(try Self.result([Self.server("a", one, ["a"])]) == .inconclusive)
        #expect(try Self.result([Self.server("a", one, ["a"]), Self.server("mirror", one, ["a"])]) == .inconclusive)
        let copy = Testimony(source: .local(.guix), outcome: one, standing: .copied("it was copied here"))
        #expect(try Self.result([copy]) == .inconclusive)
        #expect(try Self.result([copy, Self.server("a", one, ["a"])]) == .inconclusive)
    }

    @Test("Whoever differs makes a mismatch: a copy, an unsigned word, other references")
    func mismatches() throws {
        let (one, two) = (try Self.outcome(1), try Self.outcome(2))
        let (a, b) = (Self.server("a", one, ["a"]), Self.server("b", two, ["b"]))
        #expect(try Self.result([a, b]) == .mismatch)
        let copy = Testimony(source: .local(.quorate), outcome: two, standing: .copied("fetched"))
        #expect(try Self.result([copy, a]) == .mismatch)
        let unsigned = Testimony(
            source: .server(name: "c", address: "http://c/"), outcome: two, standing: .unsigned("no signature"))
        #expect(try Self.result([a, unsigned]) == .mismatch)
        let other = try Self.outcome(1, references: ["/nix/store/00000000000000000000000000000000-x"])
        #expect(try Self.result([a, Self.server("b", other, ["b"])]) == .mismatch)
    }

    @Test("What nobody known signed counts for a match only where that is asked for")
    func unsigned() throws {
        let one = try Self.outcome(1)
        let unsigned = ["c", "d"].map {
            Testimony(
                source: .server(name: $0, address: "http://\($0)/"), outcome: one, standing: .unsigned("no signature"))
        }
        #expect(try Self.result(unsigned) == .inconclusive)
        #expect(try Self.result(unsigned, unsigned: true) == .match)
        #expect(try Self.result([unsigned[0], Self.server("a", one, ["a"])]) == .inconclusive)
        #expect(try Self.result([unsigned[0], Self.server("a", one, ["a"])], unsigned: true) == .match)
    }

    @Test("What was said earlier is compared with nothing, and is remembered as such")
    func earlier() throws {
        let (one, two) = (try Self.outcome(1), try Self.outcome(2))
        let (a, b) = (Self.server("a", one, ["a"]), Self.server("b", one, ["b"]))
        let path = try StorePath(baseName: "00000000000000000000000000000000-thing", in: .nix)
        func item(_ now: [Testimony], _ earlier: [Testimony]) -> ChallengedItem {
            ChallengedItem(path, testimonies: now, earlier: earlier, silences: [], countingUnsigned: false)
        }
        let lie = Self.server("c", two, ["c"])
        #expect(item([a, b], [lie]).result == .match)
        #expect(item([a, b], [lie]).hasWithdrawn)
        #expect(item([a], [b]).result == .inconclusive)
        #expect(!item([a], [b]).hasWithdrawn)
        #expect(item([], [a, b]).result == .inconclusive)
        #expect(item([], [a, b]).hasWithdrawn)
    }

    @Test("What Guix checked with the path in place speaks for this machine; a copy does not")
    func builtAgain() throws {
        let (one, two) = (try Self.outcome(1), try Self.outcome(2))
        let here = Testimony(source: .local(.guix), outcome: one, standing: .builtAgain("checked"))
        let nix = Testimony(source: .local(.nix), outcome: one, standing: .builtHere)
        #expect(try Self.result([here, Self.server("a", one, ["a"])]) == .match)
        #expect(try Self.result([here, Self.server("a", two, ["a"])]) == .mismatch)
        #expect(try Self.result([here]) == .inconclusive)
        #expect(try Self.result([here, nix]) == .inconclusive)
    }

    @Test("Why one voice is not enough")
    func reasons() throws {
        let one = try Self.outcome(1)
        let a = Self.server("a", one, ["a"])
        let unknown = Testimony(
            source: .server(name: "c", address: "http://c/"), outcome: one, standing: .unsigned("no signature"))
        let cases = [
            ([a], "only a says anything about it"),
            ([a, Self.server("mirror", one, ["a"])], "all that is said is the word of a"),
            ([a, unknown], "only what a says counts; what others say no known key signed (--unsigned counts it)"),
        ]
        let path = try StorePath(baseName: "00000000000000000000000000000000-thing", in: .nix)
        for (testimonies, reason) in cases {
            let item = ChallengedItem(path, testimonies: testimonies, silences: [], countingUnsigned: false)
            #expect(item.reason == reason)
        }
    }
}
