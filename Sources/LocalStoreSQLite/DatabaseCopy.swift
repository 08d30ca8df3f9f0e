internal import DurableFiles
internal import Glibc
internal import LocalStore

/// A database and its log, copied into a folder of this program's own.
///
/// SQLite makes files beside a database that has a log, even to read it, and cannot read one at all where it may not:
/// on a disk that must not be touched, or cannot be, a copy is what can be read.
struct DatabaseCopy {
    /// The copy of the database.
    let path: String
    private let folder: String

    /// What SQLite may have beside a database that belongs to its contents.
    private static let suffixes = ["", "-wal", "-journal"]
    /// Most bytes that are copied: a store of a million paths has a database of about one gigabyte.
    private static let limit: UInt64 = 8 << 30
    /// `O_NOATIME`, which the headers show to those alone who ask for all of GNU's names.
    private static let noAccessTime: Int32 = 0o1_000_000
    /// How often a database that changes meanwhile is copied anew.
    private static let attempts = 3

    /// - Throws: `fileSystem` and others when it cannot be read or copied, `changed` when it does not stay still,
    ///   `limitExceeded` for one larger than any store's.
    init(of original: String) throws(LocalStoreError) {
        // A name that nobody can know beforehand; one that is there all the same is not taken.
        folder = Self.temporaryFolder + "/quorate-database-" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
        guard mkdir(folder, 0o700) == 0 else {
            throw .system(folder, "no folder for a copy of \(original) can be made there")
        }
        path = folder + "/db.sqlite"
        do throws(LocalStoreError) {
            for _ in 0..<Self.attempts {
                let before = Self.status(original)
                guard before.lazy.compactMap({ $0?.size }).reduce(0, &+) <= Self.limit else {
                    throw LocalStoreError(.limitExceeded, "\(original): larger than the database of any store")
                }
                for suffix in Self.suffixes { try Self.copy(original + suffix, to: path + suffix) }
                if Self.status(original) == before { return }
            }
            throw LocalStoreError(.changed, "\(original): is being written; try again when nobody uses that store")
        } catch {
            remove()
            throw error
        }
    }

    /// Takes the files away. Whoever has opened them by then goes on reading.
    func remove() {
        for suffix in Self.suffixes + ["-shm"] { unlink(path + suffix) }
        rmdir(folder)
    }

    private static var temporaryFolder: String {
        guard let folder = getenv("TMPDIR").map({ String(cString: $0) }), folder.hasPrefix("/") else { return "/tmp" }
        return folder
    }

    private static func status(_ original: String) -> [FileStatus?] {
        suffixes.map { FileStatus(path: original + $0) }
    }

    /// Copies a file; one that is not there is not there in the copy either. Nothing at the original changes, not even
    /// the time of the last look at it where that can be helped.
    private static func copy(_ original: String, to place: String) throws(LocalStoreError) {
        unlink(place)
        let flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
        var input = open(original, flags | noAccessTime)
        if input < 0, errno == EPERM { input = open(original, flags) }
        guard input >= 0 else {
            guard errno != ENOENT else { return }
            throw .system(original, "cannot be read")
        }
        defer { close(input) }
        guard FileStatus(descriptor: input)?.isRegular ?? false else {
            throw LocalStoreError(.corrupt, "\(original): not a file")
        }
        let output = open(place, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw .system(place, "cannot be written") }
        defer { close(output) }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        var total: UInt64 = 0
        while true {
            let count = read(input, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .system(original, "cannot be read") }
            if count == 0 { return }
            total += UInt64(count)
            guard total <= limit else {
                throw LocalStoreError(.limitExceeded, "\(original): larger than the database of any store")
            }
            var done = 0
            while done < count {
                let written = buffer[done..<count].withUnsafeBytes { write(output, $0.baseAddress, $0.count) }
                if written < 0, errno == EINTR { continue }
                guard written >= 0 else { throw .system(place, "cannot be written") }
                done += written
            }
        }
    }
}
