internal import Compression
internal import DurableFiles
internal import Glibc
package import StoreFormats

/// The logs of builds: a compressed file for each derivation, the last build's.
///
/// Files lie as Nix and Guix lay theirs, `drvs/ab/cdef…-name.drv.zst`, so that what serves a store can find them.
package struct BuildLogStore: Sendable {
    /// The folder that holds `drvs`.
    package let folder: String

    /// The format in which logs are written.
    static let format = CompressionFormat.zstd

    package init(folder: String) {
        self.folder = folder
    }

    /// The log's file of a derivation, if there is one.
    package func file(of derivation: StorePath) -> String? {
        let path = place(of: derivation)
        return FileStatus(path: path)?.isRegular == true ? path : nil
    }

    /// Streams the log of a derivation, decompressed. Blocks.
    ///
    /// - Throws: ``BuildingError/Code/notFound``, ``BuildingError/Code/fileSystem``, and what `sink` throws.
    package func read(_ derivation: StorePath, to sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        let path = place(of: derivation)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            let failure = FileFailure(path, "cannot be read")
            guard failure.isAbsence else { throw BuildingError(.fileSystem, failure.description) }
            throw BuildingError(.notFound, "there is no log of '\(derivation)': it was not built here")
        }
        defer { close(descriptor) }
        let decompressor = try Decompressor(Self.format, limits: DecompressionLimits(outputBytes: .max))
        var buffer = [UInt8](repeating: 0, count: 1 << 17)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw BuildingError(.fileSystem, FileFailure(path, "cannot be read").description) }
            guard count > 0 else { break }
            try buffer.withUnsafeBytes { try decompressor.push(UnsafeRawBufferPointer(rebasing: $0[..<count]), sink) }
        }
        try decompressor.finish(sink)
    }

    /// Where a derivation's log belongs.
    func place(of derivation: StorePath) -> String {
        let base = derivation.baseName
        return "\(folder)/drvs/\(base.prefix(2))/\(base.dropFirst(2)).\(Self.format.fileExtension)"
    }
}
