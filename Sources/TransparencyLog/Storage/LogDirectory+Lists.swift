internal import Crypto
internal import DurableFiles

extension LogDirectory {
    /// What stands beside the log, since it can be longer than an entry. An entry names it by its SHA-256.
    package enum ListKind: String, CaseIterable, Sendable {
        /// The store paths that an output refers to.
        case references
        /// What a build was given.
        case inputs
    }

    /// Most bytes of a list: 100,000 references of 160 bytes are 16 MB.
    package static let maximumListByteCount = 16 << 20

    /// Keeps a list, durably; one that is there already is left alone. Blocks.
    package func keepList(_ kind: ListKind, _ bytes: [UInt8]) throws(TransparencyLogError) -> LogHash {
        guard bytes.count <= Self.maximumListByteCount else {
            throw TransparencyLogError(.limit, "a list of \(bytes.count) bytes: at most \(Self.maximumListByteCount)")
        }
        let digest = Self.digest(bytes)
        let path = listFile(kind, digest)
        if FileStatus(path: path)?.size == UInt64(bytes.count) { return digest }
        do throws(FileFailure) {
            try WholeFile.replace(path, bytes, mode: 0o444)
        } catch {
            throw TransparencyLogError(error, code: .unavailable)
        }
        return digest
    }

    /// A list; nil when it is not here. What is on the disk is checked against the digest. Blocks.
    package func list(_ kind: ListKind, _ digest: LogHash) throws(TransparencyLogError) -> [UInt8]? {
        let path = listFile(kind, digest)
        do throws(FileFailure) {
            let bytes = try WholeFile.read(path, limit: Self.maximumListByteCount)
            guard Self.digest(bytes) == digest else {
                throw FileFailure(path, "is not what its name says", code: 5)
            }
            return bytes
        } catch {
            if error.isAbsence { return nil }
            throw TransparencyLogError(error)
        }
    }

    /// The file of a list.
    package func listFile(_ kind: ListKind, _ digest: LogHash) -> String {
        "\(root)/\(kind.rawValue)/\(digest.hex)"
    }

    static func digest(_ bytes: [UInt8]) -> LogHash {
        SHA256.hash(data: bytes).withUnsafeBytes { LogHash($0) }
    }
}
