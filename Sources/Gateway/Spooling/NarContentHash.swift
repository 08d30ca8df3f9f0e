package import StoreFormats

/// Recomputes the hash in a content address from the bytes of a NAR, so that the path itself proves them.
///
/// That the path follows from the address is checked where the address is read; here the contents have to have the
/// address's hash. <https://nix.dev/manual/nix/latest/store/store-object/content-address>
package struct NarContentHash {
    private let address: ContentAddress
    private let storePath: StorePath
    /// For an address over the NAR itself by another hash than SHA-256.
    private var whole: ContentHasher
    /// For an address over one file.
    private var parser = NarParser()
    private var file: SingleFile

    /// - Returns: Nil when the NAR hash alone says everything that the address could.
    package init?(_ address: ContentAddress, of storePath: StorePath) {
        guard !address.isNarHash else { return nil }
        self.address = address
        self.storePath = storePath
        whole = ContentHasher(address.hash.algorithm)
        file = SingleFile(contents: ContentHasher(address.hash.algorithm))
    }

    /// Takes the next piece of the NAR.
    /// - Throws: When it is no NAR of one plain file, where the address is of one.
    package mutating func take(_ piece: UnsafeRawBufferPointer) throws {
        switch address.method {
        case .text, .flat: try parser.push(piece, to: &file)
        case .recursive, .git: whole.update(piece)
        }
    }

    /// The NAR has ended: throws unless its contents have the address's hash.
    package func finish() throws {
        let hash: ContentHash
        switch address.method {
        case .text, .flat:
            try parser.finish()
            hash = file.contents.finalize()
        case .recursive: hash = whole.finalize()
        case .git: throw SpoolError("\(storePath.path): a Git object's hash is not recomputed")
        }
        guard hash == address.hash else {
            throw WrongNar("\(storePath.path): its contents do not have the hash of its content address \(address)")
        }
    }
}

/// Hashes the contents of a NAR that is one file, not executable; refuses every other.
private struct SingleFile: NarReceiver {
    var contents: ContentHasher

    mutating func beginDirectory(name: [UInt8]) throws { throw Self.refusal }

    mutating func endDirectory() {}

    mutating func symbolicLink(name: [UInt8], target: [UInt8]) throws { throw Self.refusal }

    mutating func beginFile(name: [UInt8], isExecutable: Bool, size: UInt64) throws {
        guard !isExecutable else { throw Self.refusal }
    }

    mutating func fileContents(_ bytes: UnsafeRawBufferPointer) { contents.update(bytes) }

    mutating func endFile() {}

    private static let refusal = WrongNar("the path commits to one plain file, and the NAR holds something else")
}
