internal import ClientSetup
internal import Quorum
internal import StoreFormats

/// What an installed path proves by itself: whether the path, computed from what the store recorded, commits to it.
enum SelfProof: Hashable {
    /// The recorded NAR hash and references give the path: a source, or what is like one.
    case proven
    /// The recorded content address gives the path. The NAR hash beside it is still only the store's word, until the
    /// contents are read.
    case addressed(ContentAddress)
    /// Nothing: an ordinary build output.
    case none

    init(_ installed: InstalledPath) {
        guard let own = try? StorePath(installed.path, in: Self.directory(of: installed.path)),
            let narHash = NarHash(installed.outcome.narHash.bytes)
        else {
            self = .none
            return
        }
        let others = installed.outcome.references.filter { $0 != own.path }
        let hasSelfReference = others.count != installed.outcome.references.count
        let references = others.compactMap { try? StorePath($0, in: own.directory) }
        func gives(_ address: ContentAddress) -> Bool {
            let path = try? address.storePath(
                name: own.name, references: references, hasSelfReference: hasSelfReference, in: own.directory)
            return references.count == others.count && path == own
        }
        if let source = try? ContentAddress(method: .recursive, hash: narHash.contentHash), gives(source) {
            self = .proven
        } else if let address = installed.contentAddress, address.commitsToContent, gives(address) {
            self = .addressed(address)
        } else {
            self = .none
        }
    }

    private static func directory(of path: String) -> StoreDirectory {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
        return (try? StoreDirectory(folder)) ?? .nix
    }
}
