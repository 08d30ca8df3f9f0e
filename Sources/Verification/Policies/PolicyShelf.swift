internal import DurableFiles
internal import Quorum
internal import TransparencyLog

/// The versions of a distributed policy that this machine took, in `policies` of the state folder: which is the newest
/// is remembered outside every database, and no update goes back behind it.
package struct PolicyShelf: Sendable {
    /// Largest signed policy that is read, in bytes.
    package static let maximumByteCount = 4 << 20

    private let folder: String

    /// - Parameter directory: The state folder.
    package init(directory: String) { folder = directory + "/policies" }

    /// Where versions are published, as it was given when the first one was taken.
    package var source: String? {
        (try? WholeFile.read(folder + "/source", limit: 4096)).map {
            String(decoding: $0.split(separator: UInt8(ascii: "\n")).first ?? [], as: UTF8.self)
        }
    }

    /// The newest version that was taken; nil before the first.
    /// - Throws: ``StateFileError`` when it is there and cannot be read: that is never taken for a first time.
    package func newest() throws(StateFileError) -> PolicyRelease? {
        let path = folder + "/newest"
        let bytes: [UInt8]
        do {
            bytes = try WholeFile.read(path, limit: Self.maximumByteCount)
        } catch {
            if error.isAbsence { return nil }
            throw StateFileError("\(error)")
        }
        do {
            return try PolicyRelease(parsing: bytes)
        } catch {
            throw StateFileError("\(path): \(error)")
        }
    }

    /// Keeps a version durably, with those before it for whoever wants to check.
    package func keep(_ release: PolicyRelease, source: String) throws(StateFileError) {
        do throws(FileFailure) {
            try Directory.make(folder)
            try WholeFile.replace("\(folder)/\(release.distribution.version)", release.note.bytes, mode: 0o644)
            try WholeFile.replace(folder + "/source", Array((source + "\n").utf8), mode: 0o644)
            try WholeFile.replace(folder + "/newest", release.note.bytes, mode: 0o644)
        } catch {
            throw StateFileError("\(error)")
        }
    }
}
