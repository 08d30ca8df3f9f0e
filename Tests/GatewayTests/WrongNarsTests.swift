import Compression
import StoreFormats
import Testing

@testable import Gateway

@Suite("Caches that gave another NAR")
struct WrongNarsTests {
    private let start = ContinuousClock.now

    private func place(_ cache: String, url: String = "nar/x", address: ContentAddress? = nil) throws -> WrongNars.Place
    {
        let candidate = SpoolItem.Candidate(cache: cache, url: url, compression: .xz, leaf: cache)
        let item = SpoolItem(
            storePath: try StorePath("/nix/store/00000000000000000000000000000000-x", in: .nix),
            narHash: try #require(NarHash([UInt8](repeating: 1, count: 32))), narSize: 1, compressions: [.xz],
            candidates: [candidate], contentAddress: address)
        return WrongNars.Place(item, candidate)
    }

    @Test("They are left alone for longer and longer, up to a limit")
    func pauses() throws {
        var wrong = WrongNars()
        let place = try place("a")
        var now = start
        #expect(wrong.pause(place, at: now) == nil)
        var pauses: [Duration] = []
        for _ in 0..<20 {
            let pause = wrong.note(place, at: now)
            pauses.append(pause)
            #expect(wrong.pause(place, at: now + pause - .milliseconds(1)) == .milliseconds(1))
            now += pause
            #expect(wrong.pause(place, at: now) == nil)
        }
        #expect(pauses.prefix(3) == [.seconds(30), .seconds(60), .seconds(120)])
        #expect(pauses.last == WrongNars.longest)
    }

    @Test("Only what was wrong is left alone, and only until it is right")
    func places() throws {
        var wrong = WrongNars()
        _ = wrong.note(try place("a"), at: start)
        #expect(wrong.count(at: start) == 1)
        #expect(wrong.pause(try place("a"), at: start) != nil)
        let flat = try ContentAddress(parsing: "fixed:sha256:" + String(repeating: "0", count: 52))
        for other in [try place("b"), try place("a", url: "nar/y"), try place("a", address: flat)] {
            #expect(wrong.pause(other, at: start) == nil)
        }
        wrong.forget(try place("a"))
        #expect(wrong.pause(try place("a"), at: start) == nil)
        #expect(wrong.count(at: start) == 0)
    }

    @Test("The memory is bounded")
    func bounded() throws {
        var wrong = WrongNars()
        for number in 0..<(WrongNars.memory + 10) { _ = wrong.note(try place("\(number)"), at: start) }
        #expect(wrong.count(at: start) == 10)
    }
}
