/// The directory that all paths of one store lie in, such as `/nix/store`.
///
/// It is part of every fingerprint, so paths of different stores never mean the same thing.
public struct StoreDirectory: Hashable, Sendable {
    /// The absolute path, without a slash at the end.
    public let path: String

    /// The longest directory, in bytes. It leaves room for the longest base name in Linux's limit for paths, 4096.
    public static let maximumLength = 1024

    /// Nix's store.
    public static let nix = StoreDirectory(unchecked: "/nix/store")

    /// Guix's store.
    public static let gnu = StoreDirectory(unchecked: "/gnu/store")

    private init(unchecked path: String) {
        self.path = path
    }

    /// Creates a store directory.
    ///
    /// - Parameter path: An absolute path in its simplest form: no empty, `.` or `..` component, no slash at the end,
    ///   printable ASCII without `:` and `,`, which separate the fields of fingerprints.
    /// - Throws: ``StoreFormatError/Code/invalidStorePath``.
    public init(_ path: String) throws(StoreFormatError) {
        guard path.utf8.count <= StoreDirectory.maximumLength else {
            throw StoreFormatError(
                .invalidStorePath, "store directory longer than \(StoreDirectory.maximumLength) bytes")
        }
        let components = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isSimple =
            components.count >= 2 && components[0].isEmpty
            && components.dropFirst().allSatisfy { component in
                !component.isEmpty && !component.elementsEqual(".".utf8) && !component.elementsEqual("..".utf8)
            }
        let isPrintable = path.utf8.allSatisfy {
            $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: ",")
        }
        guard isSimple, isPrintable else {
            throw StoreFormatError(
                .invalidStorePath, "store directory must be absolute and in its simplest form, like /nix/store")
        }
        self.path = path
    }
}

extension StoreDirectory: CustomStringConvertible {
    /// The path.
    public var description: String { path }
}
