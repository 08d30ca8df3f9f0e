internal import DurableFiles
internal import Glibc
internal import StoreFormats
internal import Synchronization

/// The builders that download one file: `builtin:fetchurl` of Nix and `builtin:download` of Guix. They run in this
/// process, write one file, and have nothing to do with a sandbox.
struct BuiltinDownload: Sendable {
    private let addresses: [String]
    private let expected: ContentAddress
    private let isExecutable: Bool
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
            if derivation.value(of: "unpack") == ByteString("1") {
                throw BuildingError(.notSupported, "builtin:fetchurl that unpacks a NAR")
            }
            guard let url = derivation.value(of: "url")?.text, !url.isEmpty else {
                throw BuildingError(.invalidAttribute, "builtin:fetchurl without 'url'")
            }
            addresses = [url]
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
        default:
            throw BuildingError(.notSupported, "the builder \(builder) is not known here")
        }
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
                let got = try await download(address, to: place)
                // Of a NAR's hash the file alone says nothing: it is looked at with the output.
                guard let got, got != expected.hash else { return }
                let why = "has the hash \(got.spelled(.sri)) instead of \(expected.hash.spelled(.sri))"
                log.note("\(address) \(why)")
                // The last one stays, so that the build fails by its hash, as any fixed output does.
                if address == addresses.last { return }
                troubles.append("\(address) \(why)")
            } catch {
                log.note("\(address): \(error)")
                troubles.append("\(address): \(error)")
            }
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
}
