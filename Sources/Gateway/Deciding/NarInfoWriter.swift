internal import ClaimSources
internal import Compression
internal import GuixFormats
internal import NIOCore
internal import Quorum
internal import StoreFormats
internal import Verification

/// Writes narinfos as this gateway serves them: its own URLs, the agreed outcome, no unsigned field that was not
/// recomputed.
struct NarInfoWriter: Sendable {
    /// What stands for the host in Guix signatures. It is not signed, and nobody reads it; a gateway does not tell its
    /// machine's name.
    private static let host = "quorate"

    let inquirer: Inquirer
    let configuration: GatewayConfiguration

    /// Why a narinfo that was agreed on is not written.
    struct Refusal: Error {
        let words: String
        /// Trouble of our own, and not a rule.
        var isTrouble = false
    }

    /// The compressions in which a NAR is offered, the one that is kept first; nil when it cannot be had.
    static func compressions(
        of candidates: [SpoolItem.Candidate], for store: CacheKind
    ) -> [CompressionFormat]? {
        guard let first = candidates.first?.compression else { return nil }
        let there = candidates.map(\.compression)
        switch store {
        case .nix:
            // One that can be written, so that the file may come from a cache that has it compressed in another way.
            return [there.first(where: \.isWritable) ?? first]
        case .guix:
            // Guix knows neither Brotli nor LZ4. It takes what compresses best, or what is unpacked fastest where its
            // own processor is the bottleneck; a client without guile-zstd or guile-lzlib needs another than those.
            let preferred: [CompressionFormat] = [.lzip, .zstd, .gzip, .xz, .bzip2, .none]
            return preferred.filter { there.contains($0) || $0 == .gzip }
        }
    }

    /// - Parameters:
    ///   - references: The agreed references.
    ///   - fileSize: Bytes of the kept file, where it is there already.
    ///   - matching: What caches sent that states exactly the agreed outcome.
    func narInfo(
        _ item: SpoolItem, _ references: [StorePath], fileSize: UInt64?, _ verdict: Verdict, _ matching: [CacheNarInfo]
    ) throws(Refusal) -> ByteBuffer {
        do {
            switch item.storePath.directory {
            case .gnu: return ByteBuffer(bytes: try guix(item, references, fileSize, verdict, matching).serialized)
            default: return ByteBuffer(bytes: try nix(item, references, verdict, matching).serialized)
            }
        } catch let refusal as Refusal {
            throw refusal
        } catch {
            throw Refusal(words: "\(error)", isTrouble: true)
        }
    }

    private func nix(
        _ item: SpoolItem, _ references: [StorePath], _ verdict: Verdict, _ matching: [CacheNarInfo]
    ) throws -> NarInfo {
        guard let compression = NarInfo.Compression(rawValue: item.compression.rawValue) else {
            throw Refusal(words: "no narinfo has the compression \(item.compression)", isTrouble: true)
        }
        let plain = try NarInfo(
            storePath: item.storePath, url: item.url, compression: compression, fileHash: nil, fileSize: nil,
            narHash: item.narHash, narSize: item.narSize, references: references, deriver: nil, signatures: [],
            contentAddress: item.contentAddress, unknownFields: [])
        switch configuration.signing {
        case .reSign: return try plain.signed(by: configuration.key)
        case .filter:
            let own = matching.compactMap { if case .nix(let narInfo) = $0.form { narInfo } else { nil } }
            return plain.replacingSignatures(
                with: inquirer.validSignatures(in: own, refused: verdict.revokedKeys))
        }
    }

    private func guix(
        _ item: SpoolItem, _ references: [StorePath], _ fileSize: UInt64?, _ verdict: Verdict,
        _ matching: [CacheNarInfo]
    ) throws -> GuixNarInfo {
        let downloads = item.compressions.compactMap { compression -> GuixNarInfo.Download? in
            guard let word = NarInfo.Compression(rawValue: compression.rawValue) else { return nil }
            return GuixNarInfo.Download(
                url: item.url(compression), compression: word,
                fileSize: compression == item.compression ? fileSize : nil)
        }
        switch configuration.signing {
        case .reSign:
            guard let key = configuration.guixKey else {
                throw Refusal(words: "agreed, but this gateway has no Guix key to sign it with")
            }
            return try GuixNarInfo(
                storePath: item.storePath, narHash: item.narHash, narSize: item.narSize, references: references,
                deriver: nil, downloads: downloads, signedBy: key, host: Self.host)
        case .filter:
            let own = matching.compactMap { if case .guix(let narInfo) = $0.form { narInfo } else { nil } }
            guard let signed = inquirer.signed(own, refused: verdict.revokedKeys) else {
                throw Refusal(words: "agreed, but no builder's narinfo with a valid signature is at hand")
            }
            guard let free = inquirer.signed(own.filter { !$0.hasSignedDownloads }, refused: verdict.revokedKeys) else {
                throw Refusal(
                    words: "agreed, but the builder signs its URLs (\(signed.downloads.first?.url ?? "none")), which "
                        + "filter mode would have to change")
            }
            return try free.replacingDownloads(with: downloads)
        }
    }
}

extension Verdict {
    /// The keys whose claims were refused because the key is revoked.
    fileprivate var revokedKeys: Set<KeyIdentity> {
        Set(
            assessments.compactMap { assessment in
                if case .refused(.revokedKey) = assessment.result { assessment.claim.key } else { nil }
            })
    }
}
