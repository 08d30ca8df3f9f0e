import LocalStore
import StoreFormats

@testable import Building

/// Inputs as they were when the fixtures were made.
enum SampleGraph {
    static func refC() throws -> InputGraph {
        let refA = try StorePath(baseName: "q04vps5hg4mhhz2arn4pdw7xhzx7iggm-ref-a-1.0", in: .nix)
        let refB = try StorePath(baseName: "2af8rcifbjajsb9mz2mz2ipj8rp4m01p-ref-b-1.0", in: .nix)
        let refC = try StorePath(baseName: "ds8y818sivnxjbk3iq5nx8zqyr7bm4ab-ref-c-1.0", in: .nix)
        let multi = try StorePath(baseName: "4kvf92i5sw6d4w6mwb9zxx5jab2jdq83-multi-1.0", in: .nix)
        let dev = try StorePath(baseName: "5w79vm9ic14pkxb348j80rz0k1bqgz2q-multi-1.0-dev", in: .nix)
        let userland = try StorePath(baseName: "fkh7snk6kszspq5gam21vflnlbmcahkr-static-userland", in: .nix)
        let address = try ContentAddress(method: .recursive, hash: ContentHash(of: [], algorithm: .sha256))
        return graph([
            info(refA, 288), info(refB, 400, [refA, refB]), info(refC, 712, [refB, dev]), info(dev, 712, [multi]),
            info(multi, 568, [userland]), info(userland, 4_375_240, [], address),
        ])
    }

    static func graph(_ infos: [PathInfo]) -> InputGraph {
        InputGraph(
            inputs: Set(infos.map(\.path)), infos: Dictionary(uniqueKeysWithValues: infos.map { ($0.path, $0) }))
    }

    static func info(
        _ path: StorePath, _ size: UInt64, _ references: [StorePath] = [], _ address: ContentAddress? = nil
    ) -> PathInfo {
        PathInfo(
            path: path, narHash: hash, narSize: size, references: references, contentAddress: address)
    }

    static let hash: NarHash = {
        var hasher = NarHasher()
        hasher.update([])
        return hasher.digest().hash
    }()
}
