internal import Compression
internal import DurableFiles
internal import Glibc
internal import StoreFormats

/// The folder of the spool as the file system has it.
enum SpoolDirectory {
    /// What an unfinished file's name begins with.
    static let temporaryPrefix = ".part-"

    struct Entry {
        let name: String
        let size: UInt64
        let modified: Int64
    }

    /// Makes the folder if it is not there, removes unfinished files, and lists the finished ones, oldest first.
    static func prepare(_ directory: String) throws(SpoolError) -> [Entry] {
        var entries: [Entry] = []
        do {
            try Directory.make(directory)
            for name in try Directory.names(in: directory) {
                let path = directory + "/" + name
                if name.hasPrefix(temporaryPrefix) {
                    unlink(path)
                } else if name.contains(".nar"), let status = FileStatus(path: path), status.isRegular {
                    entries.append(Entry(name: name, size: status.size, modified: status.modified))
                }
            }
        } catch {
            throw SpoolError("spool: \(error)")
        }
        return entries.sorted { $0.modified < $1.modified }
    }

    /// The status of the file at `path`, taken before it was read, when it holds the item's NAR.
    static func verified(_ item: SpoolItem, path: String) -> FileStatus? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard let status = FileStatus(descriptor: descriptor) else { return nil }
        do {
            let check = try NarCheck(item, compression: item.compression)
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
            defer { buffer.deallocate() }
            while true {
                let count = read(descriptor, buffer.baseAddress, buffer.count)
                guard count >= 0 else { return nil }
                guard count > 0 else { break }
                try check.take(UnsafeRawBufferPointer(rebasing: buffer[..<count])) { _ in }
            }
            try check.finish { _ in }
            return status
        } catch {
            return nil
        }
    }
}
