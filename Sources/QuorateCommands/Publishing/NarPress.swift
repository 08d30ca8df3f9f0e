internal import Compression
internal import Glibc
internal import LocalStore
internal import StoreFormats

/// A NAR as it lies in a cache's folder.
struct PublishedNar: Sendable {
    /// Below the cache's folder.
    let url: String
    let fileHash: ContentHash
    let fileSize: UInt64
    let narSize: UInt64
}

/// Writes a path's NAR into a cache, compressed, and beside it its listing and the log of its build.
struct NarPress: Sendable {
    let store: LocalStore
    let folder: CacheFolder
    let format: CompressionFormat
    let options: PublishOptions

    /// - Parameter number: Tells what is written at the same time apart.
    /// - Throws: ``CommandError`` when the contents are not what was recorded; nothing is left then.
    func publish(_ info: PathInfo, number: Int) async throws -> PublishedNar {
        let nar = try await Blocking.run { try press(info, number: number) }
        if let logFolder = options.logFolder, let deriver = info.deriver {
            try await Blocking.run { try PublishedLog(folder: logFolder).publish(deriver, in: folder, number: number) }
        }
        return nar
    }

    /// Blocks on the file system and on compressing.
    private func press(_ info: PathInfo, number: Int) throws -> PublishedNar {
        let listing = options.writesListings
        let file = try HashedFile("\(folder.workFolder)/nar-\(number)")
        let compressor = try Compressor(format, level: options.level)
        var hasher = NarHasher()
        var parser = NarParser()
        var contents = NarListing()
        try NarDumper.dump(store.location(of: info)) { bytes in
            hasher.update(bytes)
            if listing { try parser.push(bytes, to: &contents) }
            try compressor.push(bytes) { try file.write($0) }
        }
        try compressor.finish { try file.write($0) }
        guard hasher.digest() == NarDigest(hash: info.narHash, size: info.narSize) else {
            throw CommandError(
                .badData, "\(info.path): its contents are no longer what was registered; see 'quorate store verify'")
        }
        let digits = file.hash.spelled(.nix32).split(separator: ":").last ?? ""
        let suffix = format.fileExtension.isEmpty ? "" : ".\(format.fileExtension)"
        let nar = PublishedNar(
            url: "nar/\(digits).nar\(suffix)", fileHash: file.hash, fileSize: file.size, narSize: info.narSize)
        try file.keep(as: "\(folder.path)/\(nar.url)")
        if listing, let text = contents.serialized {
            try folder.write(text, as: "\(info.path.hashPart).ls", number: number)
        }
        return nar
    }
}
