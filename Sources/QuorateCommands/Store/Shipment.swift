internal import LocalStore
internal import StoreFormats

/// Paths on their way out of the store, each hashed again while it is written: what the disk has corrupted goes nowhere.
struct Shipment: Sendable {
    let infos: [PathInfo]
    /// Where the contents of a path lie.
    let place: @Sendable (PathInfo) -> String

    /// Writes the paths in the format of `nix-store --export`. Blocks.
    func write(to sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        for info in infos {
            try ExportWriter.objectStart.withUnsafeBytes(sink)
            try writeNar(info, to: sink)
            try ExportWriter.objectEnd(path: info.path, references: info.references, deriver: info.deriver)
                .withUnsafeBytes(sink)
        }
        try ExportWriter.end.withUnsafeBytes(sink)
    }

    /// Writes the NARs alone. Blocks.
    func writeNars(to sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        for info in infos { try writeNar(info, to: sink) }
    }

    private func writeNar(_ info: PathInfo, to sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        var hasher = NarHasher()
        try NarDumper.dump(place(info)) { bytes in
            hasher.update(bytes)
            try sink(bytes)
        }
        guard hasher.digest() == NarDigest(hash: info.narHash, size: info.narSize) else {
            throw CommandError(
                .badData, "\(info.path): its contents are no longer what was registered; see 'quorate store verify'")
        }
    }
}
