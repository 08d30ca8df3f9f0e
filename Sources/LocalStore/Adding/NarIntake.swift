internal import Glibc
package import StoreFormats

/// Takes the NAR of a path as it comes, and unpacks it beside the store. Used by one task at a time; its calls block.
package final class NarIntake {
    package let path: StorePath
    private let staging: StagingFolder
    private let tree: String
    private var parser = NarParser()
    private var unpacker: NarUnpacker
    private var hasher = NarHasher()
    private var digest: NarDigest?

    init(_ path: StorePath, staging: StagingFolder, place: String = "tree") throws(LocalStoreError) {
        self.path = path
        self.staging = staging
        tree = "\(staging.path)/\(place)"
        do throws(StoreFormatError) {
            unpacker = try NarUnpacker(path: tree, style: .canonical)
        } catch {
            throw LocalStoreError(error)
        }
    }

    /// Takes the next piece; 64 KiB and more are best.
    package func push(_ bytes: UnsafeRawBufferPointer) throws(LocalStoreError) {
        do {
            try parser.push(bytes, to: &unpacker)
        } catch {
            throw refusal(error)
        }
        hasher.update(bytes)
    }

    package func push(_ bytes: [UInt8]) throws(LocalStoreError) {
        try bytes.withUnsafeBufferPointer { bytes throws(LocalStoreError) in try push(UnsafeRawBufferPointer(bytes)) }
    }

    /// Takes the whole NAR of one plain file.
    package func push(file contents: [UInt8]) throws(LocalStoreError) {
        var bytes = NarFraming.magic + NarFraming.file
        bytes.append(narField: contents)
        try push(bytes + NarFraming.close)
    }

    /// Says that the NAR has ended.
    package func finish() throws(LocalStoreError) -> NarDigest {
        if let digest { return digest }
        do throws(StoreFormatError) {
            try parser.finish()
        } catch {
            throw refusal(error)
        }
        let found = hasher.digest()
        digest = found
        return found
    }

    /// Removes what has not been taken into the store.
    func removeStaging() async throws(LocalStoreError) { try await staging.remove() }

    /// What ``LocalStore/register(_:)`` takes, once hash and size are as promised.
    package func newPath(_ info: PathInfo) throws(LocalStoreError) -> NewPath {
        let found = try finish()
        guard info.path == path else { throw LocalStoreError(.mismatch, "\(path): given the info of \(info.path)") }
        guard found == NarDigest(hash: info.narHash, size: info.narSize) else {
            throw LocalStoreError(
                .mismatch,
                "\(path): its contents are \(found.hash) of \(found.size) bytes, not \(info.narHash) of \(info.narSize)"
            )
        }
        return NewPath(info: info, from: tree, keeping: staging)
    }

    /// The same under another path, which was not known when the NAR began.
    func newPath(renamed info: PathInfo) -> NewPath { NewPath(info: info, from: tree, keeping: staging) }

    private func refusal(_ error: any Error) -> LocalStoreError {
        let error = LocalStoreError(any: error)
        return LocalStoreError(
            // A full disk is told by the error number, which the unpacker has put into words.
            error.message.contains(String(cString: strerror(ENOSPC))) ? .full : error.code,
            "\(path.name): \(error.message)")
    }
}

extension LocalStore {
    /// Begins to take the NAR of a path.
    package func narIntake(for path: StorePath) throws(LocalStoreError) -> NarIntake {
        try NarIntake(path, staging: makeStaging(path.name))
    }

    /// Begins to take the NAR of a path, into a folder that it shares with others.
    package func narIntake(
        for path: StorePath, in folder: StagingFolder
    ) throws(LocalStoreError) -> NarIntake {
        try NarIntake(path, staging: folder, place: path.baseName)
    }
}
