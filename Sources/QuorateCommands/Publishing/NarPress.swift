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

/// Writes a path's NAR into a cache, compressed, and its listing beside.
struct NarPress: Sendable {
    let format: CompressionFormat
    let level: Int?
    let folder: CacheFolder
    let listing: Bool

    /// Blocks on the file system and on compressing.
    /// - Parameters:
    ///   - place: Where the path's contents lie.
    ///   - number: Tells what is written at the same time apart.
    /// - Throws: ``CommandError`` when the contents are not what was recorded; nothing is left then.
    func run(_ info: PathInfo, at place: String, number: Int) throws -> PublishedNar {
        let file = try HashedFile("\(folder.workFolder)/nar-\(number)")
        let compressor = try Compressor(format, level: level)
        var hasher = NarHasher()
        var parser = NarParser()
        var contents = NarListing()
        try NarDumper.dump(place) { bytes in
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
