internal import AsyncHTTPClient
internal import NIOCore
internal import NIOPosix

/// What every cache asked over HTTP shares: the event loops and the pool of connections for large bodies.
package struct HTTPResources: Sendable {
    let client: HTTPClient
    let group: any EventLoopGroup

    /// - Parameter bodyConnectionsPerHost: Large downloads from one host at a time.
    package init(bodyConnectionsPerHost: Int = 8) {
        client = BodyDownload.makeClient(maximumConnectionsPerHost: bodyConnectionsPerHost)
        group = MultiThreadedEventLoopGroup.singleton
    }

    /// Ends what is under way. Has to be called before the value is dropped.
    package func shutdown() async {
        try? await client.shutdown()
    }
}
