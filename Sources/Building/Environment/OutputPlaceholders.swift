internal import StoreFormats

/// The words that stand for an output's path where it was not known yet when the derivation was written
/// (`builtins.placeholder "out"`). Nix replaces them in all that a builder is told.
struct OutputPlaceholders: Sendable {
    private let replacements: [(placeholder: [UInt8], path: [UInt8])]
    private static let length = 1 + Nix32.encodedCount(forBytes: HashAlgorithm.sha256.digestSize)

    init(_ outputs: [(name: String, path: StorePath)]) {
        replacements = outputs.map { (Self.placeholder(of: $0.name), Array($0.path.path.utf8)) }
    }

    static func placeholder(of output: String) -> [UInt8] {
        let hash = ContentHash(of: Array("nix-output:\(output)".utf8), algorithm: .sha256)
        return Array("/\(Nix32.encode(hash.digest))".utf8)
    }

    func replaced(_ text: [UInt8]) -> [UInt8] {
        guard text.count >= Self.length else { return text }
        var text = text
        for (placeholder, path) in replacements { Self.replace(placeholder, by: path, in: &text) }
        return text
    }

    func replaced(_ text: ByteString) -> ByteString {
        text.bytes.count < Self.length ? text : ByteString(replaced(text.bytes))
    }

    private static func replace(_ old: [UInt8], by new: [UInt8], in text: inout [UInt8]) {
        var start = 0
        while start + old.count <= text.count {
            guard let found = text[start...(text.count - old.count)].firstIndex(of: old[0]) else { return }
            guard text[found..<(found + old.count)].elementsEqual(old) else {
                start = found + 1
                continue
            }
            text.replaceSubrange(found..<(found + old.count), with: new)
            start = found + new.count
        }
    }
}
