internal import DurableFiles
internal import Glibc
internal import LocalStore
package import StoreFormats

/// A binary cache as a folder of files, which any static web server can serve, and `nix copy --to file://…` writes.
///
/// One publisher writes at a time. What is not complete lies in a folder of its own, which is emptied by the next
/// publisher when one was killed; readers never see a part of a file, nor a narinfo whose NAR is missing.
package final class CacheFolder: Sendable {
    package let path: String
    private let lock: Int32

    /// The folder for what is not complete.
    var workFolder: String { path + "/.publishing" }

    /// Opens the folder, making it where it is new, and keeps other publishers away.
    /// - Throws: ``CommandError`` when it cannot be written, or another publisher has it.
    package init(_ path: String) throws(CommandError) {
        self.path = path
        for folder in [path, path + "/nar", path + "/log"] { try Self.make(folder) }
        let work = path + "/.publishing"
        try Files.makeDirectory(work)
        lock = open(work + "/lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard lock >= 0 else { throw CommandError(.cannotWrite, "\(FileFailure(work + "/lock", "cannot be written"))") }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            close(lock)
            throw CommandError(.busy, "\(path): somebody else publishes there; wait for them to finish")
        }
        for name in (try? Directory.names(in: work)) ?? [] where name != "lock" { unlink(work + "/" + name) }
    }

    deinit { close(lock) }

    /// Readable for web servers, unlike folders of secrets.
    private static func make(_ path: String) throws(CommandError) {
        var made = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            made += "/" + part
            if mkdir(made, 0o755) == 0 { continue }
            let code = errno
            guard FileStatus(path: made + "/.")?.isDirectory == true else {
                throw CommandError(.cannotWrite, "\(FileFailure(made, "cannot be made", code: code))")
            }
        }
    }

    /// What the cache says of a path, nil when it says nothing that can be read.
    package func narInfo(of storePath: StorePath) -> NarInfo? {
        guard let bytes = try? WholeFile.read(narInfoFile(storePath), limit: 1 << 24),
            let narInfo = try? NarInfo(parsing: bytes, in: storePath.directory, accepting: .seenInCaches),
            narInfo.storePath == storePath
        else { return nil }
        return narInfo
    }

    func narInfoFile(_ storePath: StorePath) -> String { "\(path)/\(storePath.hashPart).narinfo" }

    /// Whether a narinfo's address is that of a file in the cache's folder.
    private static func isWithin(_ url: String) -> Bool {
        !url.hasPrefix("/") && !url.contains(":") && !url.split(separator: "/").contains("..")
    }

    /// Whether the file is there that a narinfo of this cache speaks of, in the size that it states.
    func hasFile(_ url: String, size: UInt64?) -> Bool {
        guard Self.isWithin(url), let status = FileStatus(path: "\(path)/\(url)"), status.isRegular else {
            return false
        }
        return size.map { $0 == status.size } ?? true
    }

    /// Writes a small file, whole or not at all, not yet synced.
    func write(_ bytes: [UInt8], as name: String, number: Int) throws {
        let file = try HashedFile("\(workFolder)/small-\(number)")
        try bytes.withUnsafeBytes { try file.write($0) }
        try file.keep(as: "\(path)/\(name)")
    }

    /// Waits until everything written so far is on the disk.
    func sync() throws(LocalStoreError) { try WholeSync.run(lock, path) }

    /// Says what kind of cache it is.
    /// - Throws: ``CommandError`` when it is one for another store.
    func describe(_ directory: StoreDirectory, priority: Int) throws {
        let file = path + "/nix-cache-info"
        if FileStatus(path: file) != nil {
            let known = try CommandErrorPlace(file).run {
                try NixCacheInfo(parsing: try WholeFile.read(file, limit: NixCacheInfo.maximumSize))
            }
            guard known.storeDirectory == directory else {
                throw CommandError(
                    .badData,
                    "\(path): a cache for \(known.storeDirectory), not for \(directory); choose another folder")
            }
            // Nix itself writes the store's folder alone: then clients would ask about one path at a time.
            guard !known.wantMassQuery else { return }
        }
        let info = NixCacheInfo(storeDirectory: directory, wantMassQuery: true, priority: priority)
        try write(info.serialized, as: "nix-cache-info", number: 0)
    }
}

/// Puts a file's name before what is wrong with it.
struct CommandErrorPlace {
    let file: String

    init(_ file: String) { self.file = file }

    func run<Value>(_ body: () throws -> Value) throws(CommandError) -> Value {
        do {
            return try body()
        } catch let error as FileFailure {
            throw CommandError(trouble: error)
        } catch {
            let trouble = CommandError(trouble: error)
            throw CommandError(trouble.status, "\(file): \(trouble)")
        }
    }
}
