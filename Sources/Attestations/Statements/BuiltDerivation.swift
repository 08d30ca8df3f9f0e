package import Quorum
package import StoreFormats

/// The derivation that a build followed.
package struct BuiltDerivation: Hashable, Sendable {
    /// The full path of the `.drv`, in the store of Nix or of Guix.
    package let path: String
    /// The SHA-256 of its text.
    package let sha256: Digest256
    /// What it is built on: `x86_64-linux`.
    package let system: String

    /// Puts the parts together.
    ///
    /// - Throws: ``AttestationError/Code/statement`` for a path that is no derivation's, or lies in another store than
    ///   those of Nix and Guix, and for a system that is no word.
    package init(path: StorePath, sha256: Digest256, system: String) throws(AttestationError) {
        guard Self.isPath(path.path) else {
            throw AttestationError(
                .statement, "\(path) cannot be attested: it is no derivation in /nix/store or /gnu/store")
        }
        guard PlainText.holds(PlainText.isSystem, for: system) else {
            throw AttestationError(.statement, "'\(system.prefix(64))' cannot be attested: it is no name of a system")
        }
        self.init(checkedPath: path.path, sha256: sha256, system: system)
    }

    init(checkedPath path: String, sha256: Digest256, system: String) {
        self.path = path
        self.sha256 = sha256
        self.system = system
    }

    /// Whether a text is the full path of a derivation.
    static func isPath(_ text: UnsafeRawBufferPointer) -> Bool {
        text.has(".drv", at: text.count - 4) && PlainText.isStorePath(text)
    }

    private static func isPath(_ text: String) -> Bool { PlainText.holds(isPath, for: text) }

    /// Whether a path lies in the derivation's store. Of the two stores there are, the second character tells.
    func isInSameStore(_ path: some Collection<UInt8>) -> Bool {
        path.dropFirst().first == self.path.utf8.dropFirst().first
    }

    /// Whether a path has the name that an output of this derivation must have.
    ///
    /// A name that does not fit is another derivation's output: somebody swapped one or the other.
    ///
    /// - Parameters:
    ///   - path: A full store path.
    ///   - output: What the derivation calls the output; nil for any.
    func fits(_ path: String, output: String? = nil) -> Bool {
        Self.withBytes(path) { path in
            Self.withBytes(self.path) { derivation in
                let name = UnsafeRawBufferPointer(rebasing: derivation[Self.nameStart..<derivation.count - 4])
                let end = Self.nameStart + name.count
                guard isInSameStore(path), path.count >= end, path[Self.nameStart..<end].elementsEqual(name) else {
                    return false
                }
                let rest = path[end...]
                switch output {
                case nil: return rest.isEmpty || rest.first == UInt8(ascii: "-") && rest.count > 1
                case "out": return rest.isEmpty
                case let output?: return rest.first == UInt8(ascii: "-") && rest.dropFirst().elementsEqual(output.utf8)
                }
            }
        }
    }

    /// Where the name begins in a path of either store.
    private static let nameStart = StoreDirectory.nix.path.utf8.count + StorePath.hashPartLength + 2

    private static func withBytes<Answer>(_ text: String, _ body: (UnsafeRawBufferPointer) -> Answer) -> Answer {
        var text = text
        return text.withUTF8 { body(UnsafeRawBufferPointer($0)) }
    }
}
