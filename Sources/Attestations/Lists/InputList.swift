package import Quorum
package import StoreFormats

/// What a build was given: the `input` lines of a build record (`docs/rebuild.md`).
///
/// A statement holds the digest; the list stands beside it in a file named by that.
package struct InputList: Hashable, Sendable {
    /// One input.
    package struct Input: Hashable, Sendable {
        package let path: StorePath
        package let narHash: NarHash

        package init(path: StorePath, narHash: NarHash) {
            self.path = path
            self.narHash = narHash
        }
    }

    /// The inputs, sorted by path, each once.
    package let inputs: [Input]

    /// The file: `input PATH sha256:HEX` on each line.
    package let bytes: [UInt8]

    /// The SHA-256 of the file.
    package let digest: Digest256

    /// Takes inputs in any order; of two with one path, the first.
    ///
    /// - Throws: ``AttestationError/Code/limit``; ``AttestationError/Code/references`` for paths of other stores than
    ///   those of Nix and Guix.
    package init(_ inputs: [Input]) throws(AttestationError) {
        let sorted = Dictionary(inputs.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
            .values.sorted { $0.path < $1.path }
        let text = sorted.reduce(into: "") { $0 += "input \($1.path.path) sha256:\($1.narHash.hex)\n" }
        try self.init(parsing: Array(text.utf8))
    }

    /// Reads the file.
    ///
    /// - Throws: ``AttestationError/Code/limit``, ``AttestationError/Code/references``.
    package init(parsing bytes: [UInt8]) throws(AttestationError) {
        inputs = try ListLines.parse(bytes, what: "inputs", limit: AttestationLimits.inputs) { line in
            let words = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
            guard words.count == 3, words[0].elementsEqual("input".utf8), let path = ListLines.storePath(words[1]),
                words[2].starts(with: "sha256:".utf8),
                let digest = Digest256(hex: String(decoding: words[2].dropFirst(7), as: UTF8.self)),
                let narHash = NarHash(digest.bytes)
            else { return nil }
            return Input(path: path, narHash: narHash)
        }
        guard zip(inputs, inputs.dropFirst()).allSatisfy({ $0.path < $1.path }) else {
            throw AttestationError(.references, "a list of inputs that is not sorted")
        }
        self.bytes = bytes
        digest = Digest256.sha256(of: bytes)
    }
}
