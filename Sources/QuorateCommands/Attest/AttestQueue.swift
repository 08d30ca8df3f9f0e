internal import Crypto
internal import DurableFiles
internal import Glibc
package import StoreFormats

/// Builds that wait to be attested: a folder with a small file for each, named by the SHA-256 of its bytes.
///
/// A post-build hook adds to it while the package manager waits, so adding asks nobody, locks nothing and syncs nothing:
/// what a power failure takes from it can be asked for again with `quorate attest`.
package struct AttestQueue: Sendable {
    package let folder: String

    /// A build that waits.
    package struct Item: Hashable, Sendable {
        /// The outputs, sorted, each once.
        package let paths: [StorePath]
        /// What names the file.
        let name: String
        /// When it was added last, in seconds since 1970.
        package let addedAt: Int64
    }

    private static let heading = "quorate/attest-queue/v1"

    /// Builds in the queue when nobody works it off. It bounds what the folder takes, and the time that looking at it
    /// takes: 20 ms.
    static let maximumCount = 20_000
    /// Outputs of one derivation: more than any has.
    static let maximumPaths = 256
    private static let maximumByteCount = 65_536

    package init(folder: String) { self.folder = folder }

    // MARK: - Adding

    /// Adds a build; one that waits already is only given a new time.
    ///
    /// - Throws: ``CommandError`` when the queue is full or cannot be written.
    package func add(_ paths: [StorePath]) throws(CommandError) {
        guard (1...Self.maximumPaths).contains(paths.count) else {
            throw CommandError(.usage, "1 to \(Self.maximumPaths) paths make a build, not \(paths.count)")
        }
        let bytes = Array(Self.text(paths).utf8)
        let name = SecretFile.hex(SHA256.hash(data: bytes))
        try Files.makeDirectory(folder)
        // The hook runs as root, the folder may be another user's: a link in its place is not followed.
        let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
        guard directory >= 0 else { throw CommandError(.cannotWrite, "\(FileFailure(folder, "cannot be opened"))") }
        defer { close(directory) }
        let count = (try? Directory.names(in: folder).count) ?? 0
        guard count < Self.maximumCount || faccessat(directory, name, F_OK, 0) == 0 else {
            throw CommandError(
                .busy, "\(folder): \(count) builds wait already; 'quorate attest --queue' works them off")
        }
        let temporary = ".\(getpid()).\(name.prefix(16))"
        unlinkat(directory, temporary, 0)
        // Readable for all, since whoever works the queue off is not root; what it holds is no secret on this machine.
        let file = openat(directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw CommandError(.cannotWrite, "\(FileFailure(folder, "cannot be written to"))") }
        let written = bytes.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        let failure = FileFailure("\(folder)/\(name)", "cannot be written")
        fchmod(file, 0o644)
        close(file)
        guard written == bytes.count, renameat(directory, temporary, directory, name) == 0 else {
            unlinkat(directory, temporary, 0)
            throw CommandError(.cannotWrite, "\(failure)")
        }
    }

    private static func text(_ paths: [StorePath]) -> String {
        "\(heading)\n" + Set(paths).sorted().map { "path \($0)\n" }.joined()
    }

    // MARK: - Working off

    /// What waits, oldest first. Files that are no builds are left alone.
    package func items() throws(CommandError) -> [Item] {
        let names: [String]
        do throws(FileFailure) {
            names = try Directory.names(in: folder)
        } catch {
            guard error.isAbsence else { throw CommandError(.cannotWrite, "\(error)") }
            return []
        }
        var items: [Item] = []
        for name in names where name.utf8.count == 64 {
            guard let item = item(name) else { continue }
            items.append(item)
        }
        return items.sorted { ($0.addedAt, $0.name) < ($1.addedAt, $1.name) }
    }

    private func item(_ name: String) -> Item? {
        let file = "\(folder)/\(name)"
        guard let status = FileStatus(path: file), status.isRegular,
            let bytes = try? WholeFile.read(file, limit: Self.maximumByteCount),
            SecretFile.hex(SHA256.hash(data: bytes)) == name, let text = String(validating: bytes, as: UTF8.self)
        else { return nil }
        let lines = text.split(separator: "\n")
        guard lines.first == Self.heading[...], (2...Self.maximumPaths + 1).contains(lines.count) else { return nil }
        var paths: [StorePath] = []
        for line in lines.dropFirst() {
            guard line.hasPrefix("path "),
                let path = try? StorePathArguments.parse(String(line.dropFirst(5)), "")
            else { return nil }
            paths.append(path)
        }
        guard Self.text(paths) == text else { return nil }
        return Item(paths: paths, name: name, addedAt: status.modified / 1_000_000_000)
    }

    /// Takes a build out, unless it was added again since it was read.
    package func remove(_ item: Item) {
        let file = "\(folder)/\(item.name)"
        guard let status = FileStatus(path: file), status.modified / 1_000_000_000 <= item.addedAt else { return }
        unlink(file)
    }

    /// A number that changes when a build is added or taken out.
    package func stamp() -> Int64 { FileStatus(path: folder)?.modified ?? 0 }
}
