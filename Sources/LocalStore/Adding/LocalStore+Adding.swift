internal import Glibc
package import StoreFormats

extension LocalStore {
    /// Copies a file or tree into the store, under the path that follows from its contents.
    ///
    /// - Parameters:
    ///   - source: A path on this machine; a link at its end is not followed.
    ///   - name: The name behind the hash part.
    ///   - method: `.recursive` for the hash of its NAR, `.flat` for that of a file's bytes.
    ///   - algorithm: Of the hash.
    ///   - references: What it refers to; `.recursive` with sha256 alone allows any.
    package func add(
        _ source: String, name: String, method: ContentAddress.Method = .recursive,
        algorithm: HashAlgorithm = .sha256, references: [StorePath] = [], in directory: StoreDirectory = .nix
    ) async throws(LocalStoreError) -> PathInfo {
        let intake = try provisionalIntake(name, in: directory)
        return try await add(intake, name: name, references: references, in: directory) {
            intake throws(LocalStoreError) in
            if method == .flat {
                let hash = try FlatCopy.run(source, algorithm: algorithm, into: intake)
                return try Self.address(.flat, hash)
            }
            var hasher = ContentHasher(algorithm)
            guard method == .recursive else {
                throw LocalStoreError(.failed, "\(source): files are added flat or recursive")
            }
            do {
                try NarDumper.dump(source) { bytes in
                    if algorithm != .sha256 { hasher.update(bytes) }
                    try intake.push(bytes)
                }
            } catch {
                throw LocalStoreError(any: error)
            }
            let digest = try intake.finish()
            return try Self.address(.recursive, algorithm == .sha256 ? digest.hash.contentHash : hasher.finalize())
        }
    }

    /// Adds a text: derivations, and what `builtins.toFile` makes.
    package func addText(
        name: String, contents: [UInt8], references: [StorePath] = [], in directory: StoreDirectory = .nix
    ) async throws(LocalStoreError) -> PathInfo {
        let intake = try provisionalIntake(name, in: directory)
        return try await add(intake, name: name, references: references, in: directory) {
            intake throws(LocalStoreError) in
            try intake.push(file: contents)
            return try Self.address(.text, ContentHash(of: contents, algorithm: .sha256))
        }
    }

    private static func address(
        _ method: ContentAddress.Method, _ hash: ContentHash
    ) throws(LocalStoreError) -> ContentAddress {
        do throws(StoreFormatError) {
            return try ContentAddress(method: method, hash: hash)
        } catch {
            throw LocalStoreError(error)
        }
    }

    /// An intake of which the path is not known yet: it comes from the contents.
    private func provisionalIntake(
        _ name: String, in directory: StoreDirectory
    ) throws(LocalStoreError) -> UncheckedIntake {
        let path: StorePath
        do throws(StoreFormatError) {
            path = try StorePath(
                hashPart: [UInt8](repeating: 0, count: StorePath.hashPartByteCount), name: name, in: directory)
        } catch {
            throw LocalStoreError(.failed, "'\(name)': \(error.message)")
        }
        return UncheckedIntake(intake: try narIntake(for: path))
    }

    // It goes from this task to one thread and back, never to two at a time.
    private struct UncheckedIntake: @unchecked Sendable {
        let intake: NarIntake

        func removeStaging() async throws(LocalStoreError) { try await intake.removeStaging() }
    }

    private func add(
        _ box: UncheckedIntake, name: String, references: [StorePath], in directory: StoreDirectory,
        fill: @escaping @Sendable (NarIntake) throws(LocalStoreError) -> ContentAddress
    ) async throws(LocalStoreError) -> PathInfo {
        let (address, digest) = try await OffThread.run { () throws(LocalStoreError) in
            let address = try fill(box.intake)
            return (address, try box.intake.finish())
        }
        let path: StorePath
        do throws(StoreFormatError) {
            path = try address.storePath(name: name, references: references, in: directory)
        } catch {
            throw LocalStoreError(.invalidReference, "'\(name)': \(error.message)")
        }
        let info = PathInfo(
            path: path, narHash: digest.hash, narSize: digest.size, references: references, contentAddress: address,
            origin: .added)
        try await protect([path])
        let locks = try await lock([path])
        defer { locks.unlock() }
        try await register([box.intake.newPath(renamed: info)])
        // Now, not when the last thread happens to let go of it.
        try await box.removeStaging()
        return try await validInfo(of: path)
    }
}

/// Copies one file, and hashes its bytes alone.
enum FlatCopy {
    static func run(
        _ source: String, algorithm: HashAlgorithm, into intake: NarIntake
    ) throws(LocalStoreError) -> ContentHash {
        let number = open(source, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard number >= 0 else { throw .system(source, "cannot be read") }
        let file = Descriptor(owning: number)
        var status = stat()
        guard fstat(number, &status) == 0 else { throw .system(source, "cannot be looked at") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw LocalStoreError(.unsupportedFile, "\(source): no file; only files are added flat")
        }
        let size = UInt64(max(0, status.st_size))
        var framing = NarFraming.magic + NarFraming.file
        framing.append(narLength: size)
        try intake.push(framing)
        var hasher = ContentHasher(algorithm)
        let buffer = UnitBuffer()
        var done: UInt64 = 0
        while true {
            let count = read(file.number, buffer.base, ScanUnit.pieceSize)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .system(source, "cannot be read") }
            guard count > 0 else { break }
            guard done + UInt64(count) <= size else {
                throw LocalStoreError(.changed, "\(source): grew while it was read")
            }
            let bytes = UnsafeRawBufferPointer(start: buffer.base, count: count)
            hasher.update(bytes)
            try intake.push(bytes)
            done += UInt64(count)
        }
        guard done == size else { throw LocalStoreError(.changed, "\(source): changed while it was read") }
        var end: [UInt8] = []
        end.appendZeros(NarFraming.padding(size))
        try intake.push(end + NarFraming.close)
        return hasher.finalize()
    }
}
