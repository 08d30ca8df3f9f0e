/// How a path follows from its content: the `CA` field of narinfos.
public struct ContentAddress: Hashable, Sendable {
    /// How the content was hashed.
    public enum Method: String, Hashable, Sendable, CaseIterable {
        /// The bytes of one file, which may have references: `text:`.
        case text
        /// The bytes of one file that is not executable: `fixed:`.
        case flat
        /// The NAR: `fixed:r:`.
        case recursive
        /// The object of Git: `fixed:git:`. Such a hash can be read and makes a path, but is not checked here.
        case git

        var prefix: String {
            switch self {
            case .text: "text:"
            case .flat: "fixed:"
            case .recursive: "fixed:r:"
            case .git: "fixed:git:"
            }
        }
    }

    /// How the content was hashed.
    public let method: Method

    /// The hash of the content.
    public let hash: ContentHash

    /// Creates a content address.
    ///
    /// - Throws: ``StoreFormatError/Code/invalidContentAddress`` for a text hashed by anything but SHA-256, and a Git
    ///   object hashed by anything but SHA-1 and SHA-256.
    public init(method: Method, hash: ContentHash) throws(StoreFormatError) {
        switch (method, hash.algorithm) {
        case (.text, .sha256), (.flat, _), (.recursive, _), (.git, .sha1), (.git, .sha256):
            self.method = method
            self.hash = hash
        default:
            throw StoreFormatError(
                .invalidContentAddress, "content address of method \(method) by \(hash.algorithm), which is not used")
        }
    }

    /// Reads a content address in its canonical spelling, such as `fixed:r:sha256:<nix32>`.
    ///
    /// - Throws: ``StoreFormatError/Code/invalidContentAddress``.
    public init(parsing text: String) throws(StoreFormatError) {
        let (address, spelling) = try ContentAddress.parse(text)
        guard spelling == .nix32 else {
            throw StoreFormatError(.invalidContentAddress, "content address is not spelled in nix32; write \(address)")
        }
        self = address
    }

    /// Reads a content address with its hash in any spelling, and says which one it was.
    static func parse(
        _ text: String
    ) throws(StoreFormatError) -> (address: ContentAddress, spelling: ContentHash.Spelling) {
        // The longer prefixes come first: `fixed:` begins all but one of them.
        for method in [Method.recursive, .git, .flat, .text] where text.utf8.starts(with: method.prefix.utf8) {
            do {
                let (hash, spelling) = try ContentHash.parse(
                    utf8: [UInt8](text.utf8.dropFirst(method.prefix.utf8.count))[...])
                return (try ContentAddress(method: method, hash: hash), spelling)
            } catch {
                throw StoreFormatError(.invalidContentAddress, "content address: \(error.message)")
            }
        }
        throw StoreFormatError(.invalidContentAddress, "content address begins with neither text: nor fixed:")
    }

    /// Whether the address commits to the content: two contents with one address cannot be made.
    ///
    /// A path with such an address needs no votes once it was recomputed from the content. For ``Method/git`` this
    /// module cannot recompute it, so the answer is no.
    public var commitsToContent: Bool {
        method != .git && hash.algorithm.isCollisionResistant
    }

    /// Whether the content that the address hashes is the NAR itself, by SHA-256, so that the NAR hash alone gives the
    /// path.
    public var isNarHash: Bool {
        method == .recursive && hash.algorithm == .sha256
    }

    /// Computes the store path that follows from the address.
    ///
    /// <https://nix.dev/manual/nix/latest/protocols/store-path>
    ///
    /// - Parameters:
    ///   - name: The name.
    ///   - references: The *other* paths the object refers to; their order does not matter.
    ///   - hasSelfReference: Whether it refers to itself.
    ///   - directory: The store, also of all references.
    /// - Throws: ``StoreFormatError/Code/invalidContentAddress`` when the address allows no (self) references,
    ///   ``StoreFormatError/Code/wrongStoreDirectory``, ``StoreFormatError/Code/invalidStorePath``.
    public func storePath(
        name: String, references: some Collection<StorePath> = [StorePath](), hasSelfReference: Bool = false,
        in directory: StoreDirectory = .nix
    ) throws(StoreFormatError) -> StorePath {
        for reference in references where reference.directory != directory {
            throw StoreFormatError(.wrongStoreDirectory, "reference \(reference) is not in \(directory)")
        }
        let takesReferences = method == .text || isNarHash
        guard references.isEmpty || takesReferences, !hasSelfReference || isNarHash else {
            throw StoreFormatError(.invalidContentAddress, "an object with the address \(self) has no references")
        }
        if takesReferences {
            var type = method == .text ? "text" : "source"
            for reference in Set(references).sorted() { type += ":\(reference.path)" }
            if hasSelfReference { type += ":self" }
            return try .compute(type: type, digest: hash.digest, name: name, in: directory)
        }
        let method =
            switch method {
            case .recursive: "r:"
            case .git: "git:"
            case .flat, .text: ""
            }
        let inner = "fixed:out:\(method)\(hash.spelled(.base16)):"
        let digest = ContentHash(of: Array(inner.utf8), algorithm: .sha256).digest
        return try .compute(type: "output:out", digest: digest, name: name, in: directory)
    }
}

extension ContentAddress: CustomStringConvertible {
    /// The canonical spelling.
    public var description: String { "\(method.prefix)\(hash)" }
}
