internal import ClaimSources
internal import GuixFormats
internal import NIOCore
internal import Quorum
internal import StoreFormats

/// What a substituter of one of the two stores says of itself, and how it labels what it sends.
struct StoreFront: Sendable {
    let store: CacheKind
    /// `nix-cache-info`.
    let cacheInfo: ByteBuffer

    /// - Parameter priority: In `nix-cache-info`; lower is asked first.
    init(_ store: CacheKind, priority: Int) {
        self.store = store
        // Guix's own server does not want to be asked about many paths at once, and its client does so all the same.
        let info = NixCacheInfo(storeDirectory: store.directory, wantMassQuery: true, priority: priority)
        cacheInfo = ByteBuffer(bytes: info.serialized)
        let isNix = store == .nix
        narInfoType = isNix ? "text/x-nix-narinfo" : "application/x-nix-narinfo;charset=utf-8"
        narType = isNix ? "application/x-nix-nar" : "application/octet-stream"
        caching = isNix ? nil : "max-age=\(Self.maximumAge)"
        let caching = caching.map { "Cache-Control: \($0)\r\n" } ?? ""
        narInfoHead = "HTTP/1.1 200 OK\r\nContent-Type: \(narInfoType)\r\n\(caching)Content-Length: "
        narHead = "HTTP/1.1 200 OK\r\nContent-Type: \(narType)\r\nAccept-Ranges: bytes\r\nContent-Length: "
    }

    /// Seconds for which a Guix client keeps what is here: not long, since a revocation reaches it no sooner.
    static let maximumAge = 300
    /// Seconds for which it keeps that something is not here: a quorum may come any minute.
    static let absenceAge = 30
    /// How it is said that something is not here, up to the length.
    static let absenceHead =
        "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nCache-Control: max-age=\(absenceAge)\r\nContent-Length: "
    static let absence = ByteBuffer(string: "not found\n")

    /// How a narinfo's answer begins, up to its length.
    let narInfoHead: String
    /// How a NAR's answer begins, up to its length.
    let narHead: String

    var cacheInfoType: String { store == .nix ? "text/x-nix-cache-info" : "text/plain;charset=utf-8" }
    let narInfoType: String
    let narType: String
    /// The `Cache-Control` of a narinfo. Nix does not heed it, Guix does.
    let caching: String?
}

/// Both stores' substituters, as one gateway has them.
struct StoreFronts: Sendable {
    /// The store that is served at the root: that of the policy's first quorum, or else of its first cache.
    let root: CacheKind
    /// `signing-key.pub`, where this gateway signs for Guix.
    let guixKey: ByteBuffer?

    private let nix: StoreFront
    private let guix: StoreFront

    init(_ policy: Policy, _ configuration: GatewayConfiguration) {
        let kinds = policy.quorumScopes.compactMap { scope in CacheKind.allCases.first { $0.scope == scope } }
        root = kinds.first ?? policy.caches.first?.kind ?? .nix
        nix = StoreFront(.nix, priority: configuration.priority)
        guix = StoreFront(.guix, priority: configuration.priority)
        // In filter mode nothing is signed with it: whoever authorized it would trust it for nothing.
        guixKey = configuration.signingGuixKey.map { ByteBuffer(bytes: $0.publicKey.fileContents) }
    }

    subscript(store: CacheKind) -> StoreFront { store == .nix ? nix : guix }
}
