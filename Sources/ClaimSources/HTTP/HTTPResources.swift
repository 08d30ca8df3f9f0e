internal import AsyncHTTPClient
package import NIOCore
internal import NIOPosix

/// What every cache asked over HTTP shares: the event loops and the pool of connections for large bodies.
package struct HTTPResources: Sendable {
    let client: HTTPClient
    /// For looking whether something is there: it does not wait behind what is being fetched.
    let probes: HTTPClient
    let group: any EventLoopGroup

    /// - Parameters:
    ///   - bodyConnectionsPerHost: Large downloads from one host at a time.
    ///   - silence: How long a download may bring nothing.
    package init(bodyConnectionsPerHost: Int = 8, silence: TimeAmount = .seconds(15)) {
        client = BodyDownload.makeClient(maximumConnectionsPerHost: bodyConnectionsPerHost, silence: silence)
        probes = BodyDownload.makeClient(maximumConnectionsPerHost: bodyConnectionsPerHost, silence: silence)
        group = MultiThreadedEventLoopGroup.singleton
    }

    /// Ends what is under way. Has to be called before the value is dropped.
    package func shutdown() async {
        try? await client.shutdown()
        try? await probes.shutdown()
    }
}
