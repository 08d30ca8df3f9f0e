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
            // "/nix/store/" + 32 characters: everything before the dash behind the hash part.
            let bytes = path.utf8
            let name = bytes.lastIndex(of: UInt8(ascii: "/")).map { bytes.index(after: $0) } ?? bytes.startIndex
            text = String(path[..<(bytes[name...].firstIndex(of: UInt8(ascii: "-")) ?? bytes.endIndex)])
        case .debian(let artifact):
            text = artifact.fileName
        }
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
