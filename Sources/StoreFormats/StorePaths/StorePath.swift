/// One object of a store: `/nix/store/`, 32 nix32 digits, `-`, a name.
///
/// A value of this type always obeys the rules of store paths; it names the object itself, never a file inside it.
public struct StorePath: Hashable, Sendable {
    /// The store the path lies in.
    public let directory: StoreDirectory

    /// The last component: hash part, `-`, name. ASCII.
    public let baseName: String

    /// The number of digits of the hash part.
    public static let hashPartLength = 32

    /// The number of bytes that the hash part stands for.
    public static let hashPartByteCount = 20

    /// The longest name in bytes: 255, the limit of file systems, less the hash part, `-`, and room for suffixes such
    /// as `.lock` and `.check`.
    public static let maximumNameLength = 211

    init(unchecked baseName: String, in directory: StoreDirectory) {
        self.directory = directory
        self.baseName = baseName
    }

    /// Reads a full path.
    ///
    /// - Parameters:
    ///   - path: The full path, such as `/nix/store/2af8rcifbjajsb9mz2mz2ipj8rp4m01p-hello-1.0`.
    ///   - directory: The store it must lie in.
    /// - Throws: ``StoreFormatError/Code/wrongStoreDirectory`` or ``StoreFormatError/Code/invalidStorePath``.
    public init(_ path: String, in directory: StoreDirectory = .nix) throws(StoreFormatError) {
        try self.init(utf8: [UInt8](path.utf8)[...], in: directory)
    }

    /// Reads a base name.
    ///
    /// - Throws: ``StoreFormatError/Code/invalidStorePath``.
    public init(baseName: String, in directory: StoreDirectory = .nix) throws(StoreFormatError) {
        try self.init(baseNameUTF8: [UInt8](baseName.utf8)[...], in: directory)
    }

    /// Puts a path together.
    ///
    /// - Parameters:
    ///   - hashPart: The 20 bytes that the hash part stands for.
    ///   - name: The name.
    ///   - directory: The store.
    /// - Throws: ``StoreFormatError/Code/invalidStorePath``.
    public init(
        hashPart: some Collection<UInt8>, name: String, in directory: StoreDirectory
    ) throws(StoreFormatError) {
        guard hashPart.count == StorePath.hashPartByteCount else {
            throw StoreFormatError(.invalidStorePath, "hash part of \(hashPart.count) bytes; it has 20")
        }
        try StorePath.checkName([UInt8](name.utf8)[...])
        self.init(unchecked: "\(Nix32.encode(hashPart))-\(name)", in: directory)
    }

    /// Reads a full path from its bytes.
    ///
    /// - Throws: ``StoreFormatError/Code/wrongStoreDirectory`` or ``StoreFormatError/Code/invalidStorePath``.
    package init(utf8 path: ArraySlice<UInt8>, in directory: StoreDirectory) throws(StoreFormatError) {
        let prefix = directory.path.utf8
        guard path.starts(with: prefix), path.dropFirst(prefix.count).first == UInt8(ascii: "/") else {
            throw StoreFormatError(.wrongStoreDirectory, "store path is not in \(directory)")
        }
        try self.init(baseNameUTF8: path.dropFirst(prefix.count + 1), in: directory)
    }

    /// Reads a base name from its bytes.
    ///
    /// - Throws: ``StoreFormatError/Code/invalidStorePath``.
    package init(baseNameUTF8 baseName: ArraySlice<UInt8>, in directory: StoreDirectory) throws(StoreFormatError) {
        let hashPart = baseName.prefix(StorePath.hashPartLength)
        guard hashPart.count == StorePath.hashPartLength, hashPart.allSatisfy(Nix32.isDigit) else {
            throw StoreFormatError(.invalidStorePath, "store path does not begin with 32 nix32 digits")
        }
        let rest = baseName.dropFirst(StorePath.hashPartLength)
        guard rest.first == UInt8(ascii: "-") else {
            throw StoreFormatError(.invalidStorePath, "store path has no - behind its 32 digits")
        }
        try StorePath.checkName(rest.dropFirst())
        self.init(unchecked: String(decoding: baseName, as: UTF8.self), in: directory)
    }

    /// The 32 digits that caches are asked with: `<hash part>.narinfo`.
    public var hashPart: String { String(baseName.utf8.prefix(StorePath.hashPartLength)) ?? "" }

    /// The name behind the hash part.
    public var name: String { String(baseName.utf8.dropFirst(StorePath.hashPartLength + 1)) ?? "" }

    /// The full path.
    public var path: String { "\(directory.path)/\(baseName)" }

    /// Whether this is the path of a derivation.
    public var isDerivation: Bool { baseName.utf8.suffix(4).elementsEqual(".drv".utf8) }
}

extension StorePath {
    /// Whether text may be the name of a store path.
    ///
    /// Letters, digits and `+-._?=`, 1 to 211 of them. A name may begin with a dot, but must not be `.` or `..`, nor
    /// begin with `.-` or `..-`, as Nix has it since 2.20.
    public static func isValidName(_ name: String) -> Bool {
        do {
            try checkName([UInt8](name.utf8)[...])
            return true
        } catch {
            return false
        }
    }

    static func checkName(_ name: ArraySlice<UInt8>) throws(StoreFormatError) {
        guard !name.isEmpty else {
            throw StoreFormatError(.invalidStorePath, "store path without a name")
        }
        guard name.count <= maximumNameLength else {
            throw StoreFormatError(.invalidStorePath, "store path's name is longer than \(maximumNameLength) bytes")
        }
        guard name.allSatisfy(isNameCharacter) else {
            throw StoreFormatError(
                .invalidStorePath, "store path's name has a character other than letters, digits and +-._?=")
        }
        let dots = name.prefix { $0 == UInt8(ascii: ".") }.count
        if dots == 1 || dots == 2 {
            let next = name.dropFirst(dots).first
            guard let next, next != UInt8(ascii: "-") else {
                throw StoreFormatError(.invalidStorePath, "store path's name is or begins like . or ..")
            }
        }
    }

    private static func isNameCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "_"), UInt8(ascii: "?"), UInt8(ascii: "="):
            true
        default:
            false
        }
    }
}

extension StorePath: Comparable {
    /// Orders paths by the bytes of their full paths, the order of references in fingerprints.
    public static func < (left: StorePath, right: StorePath) -> Bool {
        // Swift orders strings by Unicode scalar values after normalisation; for ASCII that is the order of bytes.
        if left.directory == right.directory { return left.baseName < right.baseName }
        return left.path < right.path
    }
}

extension StorePath: CustomStringConvertible {
    /// The full path.
    public var description: String { path }
}
