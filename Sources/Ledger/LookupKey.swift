package import Quorum

/// What claims are found by: a subject, as far as a question can name it.
///
/// A package manager asks for a store path by its hash part alone, so that is the key of a store path; whatever names
/// are claimed under it stand together. A Debian artifact is asked for by its file name.
package struct LookupKey: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) { self.text = text }

    /// The key under which claims about `subject` are kept.
    package init(_ subject: Subject) {
        switch subject {
        case .storePath(let path):
            var path = path
            text = path.withUTF8 { String(decoding: Self.key(of: $0), as: UTF8.self) }
        case .debian(let artifact):
            text = artifact.fileName
        }
    }

    /// Whether this is the key of `subject`.
    package func isKey(of subject: Subject) -> Bool {
        switch subject {
        case .storePath(var path):
            var text = text
            return path.withUTF8 { path in text.withUTF8 { Self.key(of: path).elementsEqual($0) } }
        case .debian(let artifact): return text == artifact.fileName
        }
    }

    /// Of "/nix/store/" + 32 characters + "-" and a name: everything before the dash behind the hash part.
    private static func key(of path: UnsafeBufferPointer<UInt8>) -> Slice<UnsafeBufferPointer<UInt8>> {
        var end = path.endIndex
        for place in path.indices.reversed() {
            if path[place] == UInt8(ascii: "/") { break }
            if path[place] == UInt8(ascii: "-") { end = place }
        }
        return path[..<end]
    }

    package var description: String { text }
}

extension LookupKey {
    /// The key in eight bytes, as an index holds it: the first of its SHA-256. Two keys may share them, so what is found
    /// by them is compared with the key afterwards.
    package var digestPrefix: UInt64 {
        var text = text
        return text.withUTF8 { sha256(UnsafeRawBufferPointer($0)).prefix }
    }
}
