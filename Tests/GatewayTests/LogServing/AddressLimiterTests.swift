import HTTPTypes
import NIOCore
import Testing

@testable import Gateway

@Suite("Limits for one address")
struct AddressLimiterTests {
    private func address(_ text: String) throws -> SocketAddress { try SocketAddress(ipAddress: text, port: 4) }

    private func client(_ forwarded: String?, from peer: String) throws -> ClientAddress? {
        var headers = HTTPFields()
        if let forwarded, let name = HTTPField.Name("X-Forwarded-For") { headers[name] = forwarded }
        return ClientAddress(headers, from: try address(peer))
    }

    @Test("This machine itself is not limited", arguments: ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
    func local(_ text: String) throws {
        #expect(ClientAddress(try address(text)) == nil)
        #expect(try client(nil, from: text) == nil)
        #expect(try client("127.0.0.1", from: text) == nil)
        #expect(try client("x, 192.0.2.1", from: text) == ClientAddress(try address("192.0.2.1")))
        #expect(try client("192.0.2.1", from: text) == ClientAddress(try address("::ffff:192.0.2.1")))
        for odd in ["", "unknown", "192.0.2.1:80", "192.0.2.1,", "_hidden"] {
            #expect(try client(odd, from: text) == .unknown, "\(odd)")
        }
    }

    @Test("Nobody else speaks for another, and a network of IPv6 is one")
    func others() throws {
        #expect(try client("127.0.0.1", from: "192.0.2.9") == ClientAddress(try address("192.0.2.9")))
        #expect(ClientAddress(nil) == .unknown)
        let one = ClientAddress(try address("2001:db8::1"))
        #expect(one == ClientAddress(try address("2001:db8::ffff:1")))
        #expect(one != ClientAddress(try address("2001:db8:0:1::1")))
    }

    @Test("Each address has so many connections and things to send, and gets more with time")
    func limits() throws {
        var limits = LogServerLimits()
        (limits.connectionsPerAddress, limits.requestsPerAddress) = (2, 3)
        let limiter = AddressLimiter(limits)
        let one = try #require(ClientAddress(try address("192.0.2.1")))
        let other = try #require(ClientAddress(try address("192.0.2.2")))
        #expect(limiter.open(one) && limiter.open(one) && !limiter.open(one) && limiter.open(other))
        limiter.close(one)
        #expect(limiter.open(one) && !limiter.open(one))
        #expect((0..<30).filter { _ in limiter.take(one, now: 100) }.count == 24)
        #expect(limiter.take(other, now: 100))
        #expect((0..<9).filter { _ in limiter.take(one, now: 101) }.count == 3)
        // Who comes under ever new addresses costs a bounded memory, and those who stay are not forgotten at once.
        for number in 0..<40_000 {
            let address = try SocketAddress(
                ipAddress: "10.\(number >> 16).\(number >> 8 & 255).\(number & 255)", port: 1)
            _ = limiter.take(try #require(ClientAddress(address)), now: 101)
            if number % 4000 == 0 { #expect(!limiter.take(one, now: 101)) }
        }
        limits.requestsPerAddress = nil
        let open = AddressLimiter(limits)
        #expect((0..<100).allSatisfy { _ in open.take(one, now: 1) })
    }
}
