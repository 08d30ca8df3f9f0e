internal import HTTPTypes
internal import NIOCore
internal import Synchronization
internal import TransparencyLog

/// Whoever asks, as far as limits go: an IPv4 address, or the 64 bits of an IPv6 address that name a network, since
/// one customer has all of it.
struct ClientAddress: Hashable, Sendable {
    private let bytes: [UInt8]

    /// Who could not be made out. They share one limit.
    static let unknown = ClientAddress(bytes: [])

    private init(bytes: [UInt8]) { self.bytes = bytes }

    /// The other end of a connection; nil for this machine itself, which is not limited.
    init?(_ address: SocketAddress?) {
        // As the system lays out `sockaddr_in` and `sockaddr_in6`: family, port, address; the latter with four bytes
        // of flow between.
        switch address {
        case .v4(let address):
            let bytes = withUnsafeBytes(of: address.address) { Array($0[4..<8]) }
            guard bytes[0] != 127 else { return nil }
            self.init(bytes: bytes)
        case .v6(let address):
            let bytes = withUnsafeBytes(of: address.address) { Array($0[8..<24]) }
            let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
            guard !(isMapped && bytes[12] == 127), bytes != [UInt8](repeating: 0, count: 15) + [1] else { return nil }
            self.init(bytes: isMapped ? Array(bytes[12...]) : Array(bytes[..<8]))
        case .unixDomainSocket: return nil
        case nil: self = .unknown
        }
    }

    /// Who sent a request; nil for this machine itself.
    ///
    /// A proxy on this machine says whom it speaks for: the last address of `X-Forwarded-For` is the one that it added
    /// itself. What others write there says nothing.
    init?(_ headers: HTTPFields, from peer: SocketAddress?) {
        if let direct = ClientAddress(peer) {
            self = direct
            return
        }
        guard let name = HTTPField.Name("X-Forwarded-For"), let last = headers[values: name].last else { return nil }
        let text = last.split(separator: ",", omittingEmptySubsequences: false).last.map { $0.trimmingSpaces } ?? ""
        guard let address = try? SocketAddress(ipAddress: text, port: 0) else {
            self = .unknown
            return
        }
        guard let forwarded = ClientAddress(address) else { return nil }
        self = forwarded
    }
}

extension Substring {
    fileprivate var trimmingSpaces: String {
        var text = self
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}

/// Bounds what one address may have of a log's server, so that one client cannot keep all others out.
final class AddressLimiter: Sendable {
    private struct State {
        /// How many connections each address has. No more than there are connections.
        var connections: [ClientAddress: Int] = [:]
        /// What is left to each address: two generations, of which the older goes when the newer is full.
        var new: [ClientAddress: TokenBucket] = [:]
        var old: [ClientAddress: TokenBucket] = [:]
    }
    private let state = Mutex(State())
    private let connections: Int
    private let fresh: TokenBucket?

    /// Addresses that are remembered at least. One that is forgotten begins anew.
    private static let remembered = 16_384
    /// Seconds of its rate that an address may use at once.
    private static let burstSeconds: UInt64 = 8

    init(_ limits: LogServerLimits) {
        connections = limits.connectionsPerAddress
        fresh = limits.requestsPerAddress.map {
            TokenBucket(burst: UInt64(max(1, $0)) * Self.burstSeconds, rate: UInt64(max(1, $0)))
        }
    }

    /// Notes a connection.
    /// - Returns: False for one too many, which is not noted.
    func open(_ address: ClientAddress) -> Bool {
        state.withLock { state in
            let count = state.connections[address, default: 0]
            guard count < connections else { return false }
            state.connections[address] = count + 1
            return true
        }
    }

    func close(_ address: ClientAddress) {
        state.withLock { state in
            guard let count = state.connections[address] else { return }
            state.connections[address] = count > 1 ? count - 1 : nil
        }
    }

    /// Whether an address may send one more thing to be looked at.
    func take(_ address: ClientAddress, now: UInt64) -> Bool {
        guard let fresh else { return true }
        return state.withLock { state in
            if state.new.count >= Self.remembered { (state.old, state.new) = (state.new, [:]) }
            var bucket = state.new[address] ?? state.old[address] ?? fresh
            let isLeft = bucket.take(now: now)
            state.new[address] = bucket
            return isLeft
        }
    }
}

/// Closes connections of an address that has too many.
final class AddressGate: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private let limiter: AddressLimiter
    private var counted: ClientAddress?

    init(_ limiter: AddressLimiter) { self.limiter = limiter }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { admit(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        admit(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        release()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { release() }

    private func admit(_ context: ChannelHandlerContext) {
        guard counted == nil, let address = ClientAddress(context.remoteAddress) else { return }
        if limiter.open(address) { counted = address } else { context.close(promise: nil) }
    }

    private func release() {
        guard let address = counted else { return }
        counted = nil
        limiter.close(address)
    }
}
