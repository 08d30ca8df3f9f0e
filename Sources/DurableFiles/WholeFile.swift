internal import Glibc
internal import Synchronization

/// Small files read and written whole.
package enum WholeFile {
    /// How many files this process has begun: two threads may write the same file at once.
    private static let begun = Atomic<UInt64>(0)

    /// A name beside `path` that nobody else uses.
    private static func temporary(_ path: String) -> String {
        "\(path).\(getpid()).\(begun.wrappingAdd(1, ordering: .relaxed).newValue).new"
    }

    /// The contents of the file at `path`.
    /// - Parameter limit: Most bytes that are taken; a larger file is refused with EFBIG.
    package static func read(_ path: String, limit: Int) throws(FileFailure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileFailure(path, "cannot be read") }
        defer { close(descriptor) }
        return try read(descriptor: descriptor, path, limit: limit)
    }

    /// What is left to read from an open file; `path` is for errors only.
    package static func read(descriptor: Int32, _ path: String, limit: Int) throws(FileFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw FileFailure(path, "cannot be read") }
            guard count > 0 else { return bytes }
            guard bytes.count + count <= limit else {
                throw FileFailure(path, "larger than the \(limit) bytes that are taken", code: EFBIG)
            }
            bytes += buffer[..<count]
        }
    }

    /// Writes a new file durably; one that is there stays as it is (EEXIST).
    package static func create(_ path: String, _ bytes: [UInt8], mode: UInt32) throws(FileFailure) {
        let file = try DurableFile(temporary: temporary(path), for: path, mode: mode)
        do throws(FileFailure) {
            try file.write(bytes)
            try file.commitAsNew(path)
        } catch {
            file.discard()
            throw error
        }
    }

    /// Puts `bytes` in the place of what is at `path`: a crash leaves the old or the new contents.
    package static func replace(_ path: String, _ bytes: [UInt8], mode: UInt32) throws(FileFailure) {
        let file = try DurableFile(temporary: temporary(path), for: path, mode: mode)
        do throws(FileFailure) {
            try file.write(bytes)
            try file.commit(as: path)
        } catch {
            file.discard()
            throw error
        }
    }
}

/// Writes everything, however many calls that takes.
func writeAll(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, _ path: String) throws(FileFailure) {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { throw FileFailure(path, "cannot be written") }
        rest = rest.dropFirst(count)
    }
}

/// The same for an array.
func writeAll(_ descriptor: Int32, _ bytes: [UInt8], _ path: String) throws(FileFailure) {
    let failure = bytes.withUnsafeBytes { raw -> FileFailure? in
        do throws(FileFailure) {
            try writeAll(descriptor, raw, path)
            return nil
        } catch {
            return error
        }
    }
    if let failure { throw failure }
}
