internal import Compression
internal import DurableFiles
internal import Glibc
internal import StoreFormats
internal import Synchronization

/// The builders that download one file: `builtin:fetchurl` of Nix, which can also unpack a NAR, and `builtin:download` of
/// Guix. They run in this process and have nothing to do with a sandbox.
struct BuiltinDownload: Sendable {
    private let addresses: [String]
    private let expected: ContentAddress
    private let isExecutable: Bool
    /// Whether a NAR comes, and how it is compressed.
    private let unpacks: CompressionFormat?
    private let fetcher: any FileFetcher

    /// - Throws: ``BuildingError/Code/notSupported``, ``BuildingError/Code/invalidAttribute``.
    init(_ derivation: Derivation, context: BuildContext, graph: InputGraph) throws(BuildingError) {
        let builder = derivation.builder.description
        guard let address = derivation.outputs.first?.contentAddress, derivation.isFixed else {
            throw BuildingError(.notSupported, "\(builder) without a hash")
        }
        guard let fetcher = context.fetcher else {
            throw BuildingError(.notSupported, "\(builder): downloading is switched off")
        }
        self.fetcher = fetcher
        expected = address
        isExecutable = derivation.value(of: "executable") == ByteString("1")
        switch builder {
        case "builtin:fetchurl":
            guard let url = derivation.value(of: "url")?.text, !url.isEmpty else {
                throw BuildingError(.invalidAttribute, "builtin:fetchurl without 'url'")
            }
            addresses = [url]
            let isNar = derivation.value(of: "unpack") == ByteString("1")
            // As with Nix, only the address says that it is compressed.
            unpacks = isNar ? (url.hasSuffix(".xz") ? .xz : CompressionFormat.none) : nil
        case "builtin:download":
            guard let url = derivation.value(of: "url") else {
                throw BuildingError(.invalidAttribute, "builtin:download without 'url'")
            }
            var mirrors: [String: [String]] = [:]
            if let file = derivation.value(of: "mirrors")?.text,
                let path = try? StorePath(file, in: derivation.directory),
                graph.inputs.contains(path)
            {
                let place = context.place(of: try graph.info(of: path))
                mirrors = try GuixMirrors.mirrors(try DerivationFiles.bytes(of: place))
            }
            addresses = try GuixMirrors.addresses(url.bytes, mirrors: mirrors)
            unpacks = nil
        default:
            throw Self.unknown(derivation)
        }
    }

    /// - Throws: ``BuildingError/Code/notSupported`` for a builtin that is none of those known here.
    static func refuseUnknown(_ derivation: Derivation) throws(BuildingError) {
        guard ["builtin:fetchurl", "builtin:download"].contains(derivation.builder.description) else {
            throw unknown(derivation)
        }
    }

    private static func unknown(_ derivation: Derivation) -> BuildingError {
        BuildingError(.notSupported, "the builder \(derivation.builder) is not known here")
    }

    /// Downloads from the first address that gives the right bytes.
    ///
    /// - Throws: ``BuildingError/Code/fetch`` with what each address gave.
    func run(to place: String, log: BuildLogWriter) async throws {
        var troubles: [String] = []
        for address in addresses {
            try Task.checkCancellation()
            log.note("downloading \(address)")
            do {
                if let unpacks { return try await unpack(address, unpacks, to: place) }
                let got = try await download(address, to: place)
                // Of a NAR's hash the file alone says nothing: it is looked at with the output.
                guard let got, got != expected.hash else { return }
                let why = "has the hash \(got.spelled(.sri)) instead of \(expected.hash.spelled(.sri))"
                log.note("\(address) \(why)")
                // The last one stays, so that the build fails by its hash, as any fixed output does.
                if address == addresses.last { return }
                troubles.append("\(address) \(why)")
            } catch {
                let words = "\(error)"
                let why = words.hasPrefix(address) ? words : "\(address): \(words)"
                log.note(why)
                troubles.append(why)
            }
            // What was unpacked stays: it goes with the build, for which this was the only address.
            unlink(place)
        }
        throw BuildingError(.fetch, troubles.isEmpty ? "no address" : troubles.joined(separator: "; "))
    }

    /// - Returns: The hash of what came, where the derivation fixes the hash of the file itself.
    private func download(_ address: String, to place: String) async throws -> ContentHash? {
        let mode: mode_t = isExecutable ? 0o755 : 0o644
        let descriptor = open(place, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw FileFailure(place, "cannot be written") }
        defer { close(descriptor) }
        let hasher = Mutex(ContentHasher(expected.hash.algorithm))
        try await fetcher.fetch(address) { piece in
            hasher.withLock { $0.update(piece) }
            var rest = piece[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { throw FileFailure(place, "cannot be written") }
                rest = rest.dropFirst(count)
            }
        }
        // The file system may have taken the mode's bits away by the umask.
        guard fchmod(descriptor, mode) == 0 else { throw FileFailure(place, "cannot be made executable") }
        guard expected.method == .flat else { return nil }
        return hasher.withLock { hasher in hasher.finalize() }
    }

    /// Downloads a NAR and makes what is in it. The hash is looked at with the output.
    private func unpack(_ address: String, _ format: CompressionFormat, to place: String) async throws {
        let unpacking = try Mutex(Unpacking(place, format))
        try await fetcher.fetch(address) { piece in try unpacking.withLock { try $0.push(piece) } }
        try unpacking.withLock { try $0.finish() }
        guard isExecutable else { return }
        guard chmod(place, 0o755) == 0 else { throw FileFailure(place, "cannot be made executable") }
    }

    /// A NAR on its way to the disk.
    private struct Unpacking {
        private let decompressor: Decompressor
        private var parser = NarParser(limits: .standard)
        private var unpacker: NarUnpacker

        init(_ place: String, _ format: CompressionFormat) throws {
            decompressor = try Decompressor(format, limits: DecompressionLimits(outputBytes: 1 << 40))
            unpacker = try NarUnpacker(path: place, style: .writable)
        }

        mutating func push(_ piece: [UInt8]) throws {
            try decompressor.push(piece) { try parser.push($0, to: &unpacker) }
        }

        mutating func finish() throws {
            try decompressor.finish { try parser.push($0, to: &unpacker) }
            try parser.finish()
        }
    }
}
