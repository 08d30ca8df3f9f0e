internal import GuixFormats
internal import LocalStore
internal import StoreFormats

extension PathInfo {
    /// Whether a narinfo states this path's outcome, which is what signatures cover.
    func hasOutcome(of narInfo: NarInfo) -> Bool {
        hasOutcome(narInfo.storePath, narInfo.narHash, narInfo.narSize, narInfo.references)
    }

    /// The same for one of Guix's.
    func hasOutcome(of narInfo: GuixNarInfo) -> Bool {
        hasOutcome(narInfo.storePath, narInfo.narHash, narInfo.narSize, narInfo.references)
    }

    private func hasOutcome(
        _ statedPath: StorePath, _ hash: NarHash, _ size: UInt64, _ statedReferences: [StorePath]
    ) -> Bool {
        statedPath == path && hash == narHash && size == narSize && statedReferences == Set(references).sorted()
    }
}
