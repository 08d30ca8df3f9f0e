internal import Compression
internal import DurableFiles
internal import GuixFormats
internal import LocalStore
internal import StoreFormats

/// Publishes paths of a store, with all they refer to, as a folder that Guix's clients read through a web server.
///
/// Where only hashes are published, the narinfos lie below `hashes/` and there are no NARs, as ``GuixLiveCache`` does it.
struct GuixPublisher: Sendable {
    private let store: LocalStore
    private let folder: CacheFolder
    private let signer: GuixSigner
    private let options: PublishOptions
    /// One for each compression, in the order of the narinfos.
    private let presses: [NarPress]
    private let isHashOnly: Bool

    /// Paths that are written between two syncs. A publisher that is killed has to do so many again.
    private static let batch = 256
    private static let largestNarInfo = 1 << 20

    /// - Parameter compressions: Each once; see ``GuixLiveCache/formats(_:)``.
    init(
        store: LocalStore, folder: String, signer: GuixSigner, compressions: [NarInfo.Compression], isHashOnly: Bool,
        options: PublishOptions
    ) throws(CommandError) {
        let formats = try GuixLiveCache.formats(compressions)
        for format in formats { try options.checkLevel(of: format) }
        self.store = store
        self.folder = try CacheFolder(folder)
        self.signer = signer
        self.options = options
        var pressing = options
        // Nobody reads a listing on that side.
        pressing.writesListings = false
        var presses: [NarPress] = []
        for format in formats {
            presses.append(NarPress(store: store, folder: self.folder, format: format, options: pressing))
            // Once for each path.
            pressing.logFolder = nil
        }
        self.presses = presses
        self.isHashOnly = isHashOnly
    }

    /// Publishes paths and their closures.
    /// - Parameter onPath: Told each path when it is compressed or was found to be there.
    func publish(_ paths: [StorePath], onPath: @Sendable (PathInfo) -> Void) async throws -> PublishReport {
        let infos = try await store.closureInfos(of: paths)
        guard !infos.isEmpty else { return PublishReport() }
        if let other = infos.first(where: { $0.path.directory != .gnu }) {
            throw CommandError(
                .usage, "\(other.path) is not in \(StoreDirectory.gnu): Guix's clients have no use for it")
        }
        try describe()
        var report = PublishReport()
        report.unsigned = infos.filter { !signer.signs($0) }.map(\.path)
        // An unsigned hash says nothing to anybody.
        let wanted = isHashOnly ? infos.filter(signer.signs) : infos
        for start in stride(from: 0, to: wanted.count, by: Self.batch) {
            try await publish(wanted[start..<min(start + Self.batch, wanted.count)], &report, onPath)
        }
        try folder.sync()
        return report
    }

    private func describe() throws {
        try folder.describe(.gnu, priority: options.priority)
        if isHashOnly {
            try Files.makeDirectory(folder.path + "/hashes")
            let info = NixCacheInfo(storeDirectory: .gnu, wantMassQuery: true, priority: options.priority)
            try folder.write(info.serialized, as: "hashes/nix-cache-info", number: 0)
        }
        if let key = signer.key {
            try folder.write(key.publicKey.fileContents, as: "signing-key.pub", number: 0)
        }
    }

    /// NARs first, then what speaks of them.
    private func publish(
        _ infos: ArraySlice<PathInfo>, _ report: inout PublishReport, _ onPath: @Sendable (PathInfo) -> Void
    ) async throws {
        let entries = try await infos.indices.mapConcurrently(
            width: options.jobs, onEach: { onPath(infos[$0.index]) },
            { index in (index: index, entry: try await entry(infos[index], number: index)) })
        try folder.sync()
        for (index, entry) in entries {
            let info = infos[index]
            switch entry.kept {
            case .differing:
                report.differing.append(info.path)
                continue
            case .signedByOther where signer.signs(info): report.signedByOthers.append(info.path)
            case .signedByOther: report.unsigned.removeAll { $0 == info.path }
            case nil: break
            }
            guard entry.isNew else {
                report.alreadyThere.append(info.path)
                continue
            }
            report.published.append(info.path)
            report.narBytes += isHashOnly ? 0 : info.narSize
            report.fileBytes += entry.fileBytes
            try folder.write(entry.narInfo, as: name(info), number: 0)
        }
    }

    private struct Entry {
        let narInfo: [UInt8]
        var isNew = true
        var fileBytes: UInt64 = 0
        var kept: Kept?
    }

    /// Why something that stands there is not ours to replace.
    private enum Kept {
        /// It states other contents.
        case differing
        /// Somebody else has signed it, and there is room for one signature.
        case signedByOther
    }

    private func name(_ info: PathInfo) -> String { (isHashOnly ? "hashes/" : "") + "\(info.path.hashPart).narinfo" }

    private func entry(_ info: PathInfo, number: Int) async throws -> Entry {
        let known = try? WholeFile.read("\(folder.path)/\(name(info))", limit: Self.largestNarInfo)
        let old = known.flatMap { try? GuixNarInfo(parsing: $0, accepting: .seenInServers) }
            .flatMap { $0.storePath == info.path ? $0 : nil }
        let there = isHashOnly ? [] : (old?.downloads ?? []).filter { folder.hasFile($0.url, size: $0.fileSize) }
        let isSame = old.map { info.hasOutcome(of: $0) } ?? false
        if let old, isHashOnly || !there.isEmpty, !isSame {
            return Entry(narInfo: old.serialized, isNew: false, kept: .differing)
        }
        let others = isSame ? old.flatMap { $0.signature?.publicKey == signer.key?.publicKey ? nil : $0 } : nil
        if let others, others.signature != nil, isHashOnly || (!there.isEmpty && there == others.downloads) {
            return Entry(narInfo: others.serialized, isNew: false, kept: .signedByOther)
        }
        if isHashOnly {
            // Guix's client crashes over a narinfo without an address, so it has one at which there is nothing.
            let nothing = GuixNarInfo.Download(
                url: LivePaths.url(of: info, in: .none), compression: .none, fileSize: info.narSize)
            let bytes = try narInfo(info, [nothing])
            return Entry(narInfo: bytes, isNew: known != bytes)
        }
        // Of our own narinfo the files are this path's only if nothing else of it has changed.
        let isOurs = try old.map { try narInfo(info, $0.downloads) == known } ?? false
        let (downloads, fileBytes) = try await press(
            info, keeping: isOurs || others?.signature != nil ? there : [], number: number)
        // A NAR that was missing comes back below the signature that stands.
        if let others, others.signature != nil, let whole = try? others.replacingDownloads(with: downloads) {
            return Entry(narInfo: whole.serialized, fileBytes: fileBytes, kept: .signedByOther)
        }
        let bytes = try narInfo(info, downloads)
        return Entry(narInfo: bytes, isNew: known != bytes || fileBytes > 0, fileBytes: fileBytes)
    }

    /// Writes a path's NAR in each format that is not there.
    /// - Returns: All formats, and the bytes of what was written.
    private func press(
        _ info: PathInfo, keeping there: [GuixNarInfo.Download], number: Int
    ) async throws -> (downloads: [GuixNarInfo.Download], fileBytes: UInt64) {
        var downloads: [GuixNarInfo.Download] = []
        var fileBytes: UInt64 = 0
        for press in presses {
            if let kept = there.first(where: { $0.compression.rawValue == press.format.rawValue }) {
                downloads.append(kept)
                continue
            }
            let nar = try await press.publish(info, number: number)
            let compression = NarInfo.Compression(rawValue: press.format.rawValue) ?? .none
            downloads.append(GuixNarInfo.Download(url: nar.url, compression: compression, fileSize: nar.fileSize))
            fileBytes += nar.fileSize
        }
        return (downloads, fileBytes)
    }

    private func narInfo(_ info: PathInfo, _ downloads: [GuixNarInfo.Download]) throws -> [UInt8] {
        try signer.narInfo(of: info, downloads: downloads).serialized
    }
}
