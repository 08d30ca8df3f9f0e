package import GuixFormats
package import StoreFormats

/// How a gateway runs.
package struct GatewayConfiguration: Sendable {
    package var host = "127.0.0.1"
    /// 0 lets the system choose.
    package var port = 8421
    package var mode = GatewayMode.enforce
    package var signing = GatewaySigning.reSign
    package var onTrouble = TroublePolicy.build
    /// Signs paths of Nix's store in re-sign mode.
    package var key: NixSecretKey
    /// Signs paths of Guix's store in re-sign mode; without one they are not served.
    package var guixKey: GuixSecretKey?
    /// Where verified NARs are kept.
    package var spoolDirectory: String
    /// Bytes of the spool above which the least recently used NARs are removed.
    package var spoolLimit: UInt64 = 20 << 30
    /// Longest wait for the caches before a question is decided with what has come.
    package var deadline: Duration = .seconds(4)
    /// Seconds for which a decision to serve is kept before the caches are asked again.
    package var acceptedAge: Int64 = 3600
    /// Seconds for which a decision not to serve is kept: short, since a quorum may come any minute.
    package var refusedAge: Int64 = 30
    /// NARs fetched from caches at a time.
    package var concurrentDownloads = 8
    /// Connections taken at a time; more wait in the system's queue. Has to leave room below the process's limit of open
    /// files for the ledger, the spool and the caches.
    package var maximumConnections = 512
    /// Priority in `nix-cache-info`; lower is asked first, and cache.nixos.org has 40.
    package var priority = 10

    /// The key that signs for Guix; in filter mode none does.
    package var signingGuixKey: GuixSecretKey? { signing == .reSign ? guixKey : nil }

    package init(key: NixSecretKey, spoolDirectory: String) {
        self.key = key
        self.spoolDirectory = spoolDirectory
    }
}
