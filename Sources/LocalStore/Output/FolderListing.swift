internal import Glibc

/// The names in a folder, sorted by their bytes. All in one piece of memory that does not move.
final class FolderListing {
    private let text: UnsafeMutableRawPointer
    private let entries: [(offset: Int, length: Int)]

    /// Reads an open folder; nil with `errno` when it cannot be read.
    init?(of folder: Descriptor) {
        let number = fcntl(folder.number, F_DUPFD_CLOEXEC, 0)
        guard number >= 0 else { return nil }
        guard let stream = fdopendir(number) else {
            close(number)
            return nil
        }
        defer { closedir(stream) }
        guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { return nil }
        var bytes: [UInt8] = []
        var entries: [(offset: Int, length: Int)] = []
        while true {
            errno = 0
            guard let record = readdir(stream) else {
                guard errno == 0 else { return nil }
                break
            }
            let name = UnsafeRawPointer(record) + offset
            let length = strlen(name.assumingMemoryBound(to: CChar.self))
            let raw = UnsafeRawBufferPointer(start: name, count: length + 1)
            if length <= 2, raw.dropLast().allSatisfy({ $0 == UInt8(ascii: ".") }) { continue }
            entries.append((bytes.count, length))
            bytes.append(contentsOf: raw)
        }
        let text = UnsafeMutableRawPointer.allocate(byteCount: max(1, bytes.count), alignment: 8)
        text.copyMemory(from: bytes, byteCount: bytes.count)
        entries.sort { left, right in
            let order = memcmp(text + left.offset, text + right.offset, min(left.length, right.length))
            return order != 0 ? order < 0 : left.length < right.length
        }
        self.text = text
        self.entries = entries
    }

    deinit { text.deallocate() }

    /// A name with its zero byte, valid as long as the listing, and its length without; nil behind the last.
    func name(at index: Int) -> (UnsafeBufferPointer<CChar>, Int)? {
        guard index < entries.count else { return nil }
        let entry = entries[index]
        let start = (text + entry.offset).assumingMemoryBound(to: CChar.self)
        return (UnsafeBufferPointer(start: start, count: entry.length + 1), entry.length)
    }
}
