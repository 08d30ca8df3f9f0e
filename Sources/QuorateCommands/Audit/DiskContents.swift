internal import ClientSetup
internal import Dispatch
internal import Glibc
internal import Quorum
internal import StoreFormats
internal import Synchronization

/// Compares what lies on the disk with what the store recorded.
struct DiskContents {
    /// What the disk has of one path.
    enum Finding: Hashable {
        case matches
        /// Contents with another NAR hash or size than recorded.
        case altered(NarDigest)
        /// As recorded, but not what the path's content address commits to.
        case breaksAddress(ContentAddress)
        case missing
        case unreadable(String)
    }

    /// Where the folder of the store lies: empty for this machine's own.
    let root: String

    /// Reads every path, on as many threads as there are processors.
    /// - Parameter onBytes: Told how much was read, on any thread.
    func check(
        _ paths: [(installed: InstalledPath, proof: SelfProof)], onBytes: @escaping @Sendable (Int) -> Void
    ) async -> [Finding] {
        let findings = Mutex([Finding](repeating: .missing, count: paths.count))
        // Hashing blocks on the file system: Dispatch's threads may, the cooperative pool's may not.
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                DispatchQueue.concurrentPerform(iterations: paths.count) { index in
                    let finding = self.check(paths[index].installed, paths[index].proof, onBytes: onBytes)
                    findings.withLock { $0[index] = finding }
                }
                continuation.resume()
            }
        }
        return findings.withLock { $0 }
    }

    private func check(
        _ installed: InstalledPath, _ proof: SelfProof, onBytes: @Sendable (Int) -> Void
    ) -> Finding {
        let place = root + installed.path
        var status = stat()
        guard lstat(place, &status) == 0 else {
            let error = errno
            return error == ENOENT || error == ENOTDIR ? .missing : .unreadable(String(cString: strerror(error)))
        }
        do {
            var hasher = NarHasher()
            var address: ContentHasher?
            if case .addressed(let expected) = proof, expected.method == .recursive {
                address = ContentHasher(expected.hash.algorithm)
            }
            try NarDumper.dump(place) { bytes in
                hasher.update(bytes)
                address?.update(bytes)
                onBytes(bytes.count)
            }
            let digest = hasher.digest()
            guard digest.hash.bytes == installed.outcome.narHash.bytes, digest.size == installed.outcome.narSize
            else { return .altered(digest) }
            guard case .addressed(let expected) = proof else { return .matches }
            let found = try address.map { $0.finalize() } ?? Self.flatHash(of: place, expected.hash.algorithm)
            return found == expected.hash ? .matches : .breaksAddress(expected)
        } catch {
            return .unreadable("\(error)")
        }
    }

    /// The hash of one file's bytes; nil when it is none.
    private static func flatHash(of place: String, _ algorithm: HashAlgorithm) throws -> ContentHash? {
        let descriptor = open(place, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var hasher = ContentHasher(algorithm)
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { return hasher.finalize() }
            buffer.withUnsafeBytes { hasher.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
    }
}

extension DiskContents.Finding {
    /// One word for programs.
    var word: String {
        switch self {
        case .matches: "matches"
        case .altered: "altered"
        case .breaksAddress: "breaks-address"
        case .missing: "missing"
        case .unreadable: "unreadable"
        }
    }

    /// What is wrong, for people.
    var explanation: StyledText {
        switch self {
        case .matches: "the disk has what was recorded"
        case .altered(let digest):
            "the disk has sha256:\(digest.hash.nix32) (\(digest.size) bytes), which is not what was recorded"
        case .breaksAddress(let address): "the contents are not what the path commits to (\(address.description))"
        case .missing: "recorded as installed, and not on the disk"
        case .unreadable(let why): "cannot be read: \(why)"
        }
    }
}
