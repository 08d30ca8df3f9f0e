internal import Compression
internal import DurableFiles
internal import Glibc
package import LocalStore
package import StoreFormats

/// Publishes paths of a store, with all they refer to, as a signed binary cache in a folder.
package struct CachePublisher: Sendable {
    private let store: LocalStore
    private let folder: CacheFolder
    private let signer: CacheSigner
    private let options: PublishOptions
    private let press: NarPress

    /// Paths that are written between two syncs. A publisher that is killed has to do so many again.
    private static let batch = 256

    /// - Parameters:
    ///   - folder: The cache's folder; made where it is new.
    ///   - key: Signs what this store built; nil for a cache without signatures of its own.
    package init(
        store: LocalStore, folder: String, key: NixSecretKey?, options: PublishOptions = PublishOptions()
    ) throws(CommandError) {
        guard let format = CompressionFormat(rawValue: options.compression.rawValue), format.isWritable else {
            throw CommandError(.usage, "compression '\(options.compression.rawValue)': choose none, zstd or xz")
        }
        try options.checkLevel(of: format)
        self.store = store
        self.folder = try CacheFolder(folder)
        self.options = options
        press = NarPress(store: store, folder: self.folder, format: format, options: options)
        signer = CacheSigner(key: key, signsAll: options.signsAll)
    }

    /// Publishes paths and their closures.
    /// - Parameter onPath: Told each path when it is compressed or was found to be there.
    package func publish(
        _ paths: [StorePath], onPath: @Sendable (PathInfo) -> Void = { _ in }
    ) async throws -> PublishReport {
        let infos = try await store.closureInfos(of: paths)
        guard let directory = infos.first?.path.directory else { return PublishReport() }
        if let other = infos.first(where: { $0.path.directory != directory }) {
            throw CommandError(.usage, "\(other.path) is not in \(directory): a cache is for one store; make two")
        }
        try folder.describe(directory, priority: options.priority)
        var report = PublishReport()
        for start in stride(from: 0, to: infos.count, by: Self.batch) {
            let batch = infos[start..<min(start + Self.batch, infos.count)]
            try await publish(batch, number: start, &report, onPath)
        }
        try folder.sync()
        return report
    }

    /// NARs first, then what speaks of them: a client never finds a narinfo without its NAR, even after a power failure.
    private func publish(
        _ infos: ArraySlice<PathInfo>, number: Int, _ report: inout PublishReport,
        _ onPath: @Sendable (PathInfo) -> Void
    ) async throws {
        var narInfos: [NarInfo] = []
        for entry in try await entries(of: infos, number: number, onPath) {
            let path = entry.info.path
            if let nar = entry.nar {
                report.narBytes += nar.narSize
                report.fileBytes += nar.fileSize
                report.published.append(path)
            } else if entry.differs {
                report.differing.append(path)
                continue
            } else {
                report.alreadyThere.append(path)
            }
            if !signer.isSigned(entry.narInfo) { report.unsigned.append(path) }
            if entry.isChanged { narInfos.append(entry.narInfo) }
        }
        guard !narInfos.isEmpty else { return }
        try folder.sync()
        for narInfo in narInfos {
            try folder.write(narInfo.serialized, as: "\(narInfo.storePath.hashPart).narinfo", number: number)
        }
    }

    /// The result for one path.
    private struct Entry: Sendable {
        let info: PathInfo
        /// What the cache says of the path from now on.
        let narInfo: NarInfo
        /// Whether that is to be written.
        var isChanged = true
        /// The NAR; nil where it was there.
        var nar: PublishedNar?
        /// Whether the cache has the path with other contents.
        var differs = false
    }

    private func entries(
        of infos: ArraySlice<PathInfo>, number: Int, _ onPath: @Sendable (PathInfo) -> Void
    ) async throws -> [Entry] {
        try await infos.indices.mapConcurrently(width: options.jobs, onEach: { onPath($0.info) }) { index in
            try await entry(infos[index], number: index)
        }
    }

    /// What stands in a cache stays: others may have signed it, and clients have seen it.
    private func entry(_ info: PathInfo, number: Int) async throws -> Entry {
        let known = folder.narInfo(of: info.path)
        let isSame = known.map { info.hasOutcome(of: $0) } ?? false
        if let known, folder.hasFile(known.url, size: known.fileSize) {
            guard isSame else { return Entry(info: info, narInfo: known, isChanged: false, differs: true) }
            if known.compression == options.compression {
                let signatures = try signer.signatures(of: info, beside: known.signatures)
                guard signatures != known.signatures else { return Entry(info: info, narInfo: known, isChanged: false) }
                return Entry(info: info, narInfo: known.replacingSignatures(with: signatures))
            }
        }
        let nar = try await press.publish(info, number: number)
        let narInfo = try NarInfo(
            storePath: info.path, url: nar.url, compression: options.compression, fileHash: nar.fileHash,
            fileSize: nar.fileSize, narHash: info.narHash, narSize: info.narSize, references: info.references,
            deriver: info.deriver,
            signatures: try signer.signatures(of: info, beside: isSame ? known?.signatures ?? [] : []),
            contentAddress: info.contentAddress)
        return Entry(info: info, narInfo: narInfo, nar: nar)
    }
}
