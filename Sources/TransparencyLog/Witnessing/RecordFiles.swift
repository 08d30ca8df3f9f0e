internal import DurableFiles
internal import Glibc

/// File operations of a witness or a mirror, whose trouble is ``TransparencyLogError/Code/records``.
enum RecordFiles {
    /// The longest own file that is read whole.
    private static let limit = SignedNote.maximumByteCount

    /// Makes a folder that only this user reads, durably.
    static func makeFolder(_ path: String) throws(TransparencyLogError) {
        do throws(FileFailure) { try Directory.make(path) } catch { throw trouble(error) }
    }

    /// Makes a folder that a web server of another user may read; one that is there stays as it is.
    static func makePublicFolder(_ path: String) throws(TransparencyLogError) {
        guard FileStatus(path: path)?.isDirectory != true else { return }
        try makeFolder(path)
        guard chmod(path, 0o755) == 0 else { throw trouble(FileFailure(path, "cannot be made readable")) }
    }

    /// The contents of a small file; nil when there is none.
    static func read(_ path: String) throws(TransparencyLogError) -> [UInt8]? {
        do throws(FileFailure) {
            return try WholeFile.read(path, limit: limit)
        } catch {
            if error.isAbsence { return nil }
            throw trouble(error)
        }
    }

    /// Puts a file in the place of another, durably.
    static func replace(_ path: String, _ bytes: [UInt8], mode: UInt32 = 0o644) throws(TransparencyLogError) {
        do throws(FileFailure) { try WholeFile.replace(path, bytes, mode: mode) } catch { throw trouble(error) }
    }

    /// Does something while nobody else, in this process or another, holds the lock at `path`.
    static func alone<Value>(
        _ path: String, _ body: () throws(TransparencyLogError) -> Value
    ) throws(TransparencyLogError) -> Value {
        let lock: FileLock
        do throws(FileFailure) { lock = try FileLock(path) } catch { throw trouble(error) }
        let value = try body()
        _ = consume lock
        return value
    }

    static func trouble(_ failure: FileFailure) -> TransparencyLogError {
        TransparencyLogError(.records, failure.description)
    }
}
