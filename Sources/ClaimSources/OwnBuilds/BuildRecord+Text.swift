internal import Crypto
package import Quorum
internal import StoreFormats

extension BuildRecord {
    private static let heading = "quorate/build-record/v1"

    /// Longest reason of a failure, in bytes.
    private static let reasonLength = 64

    /// The text that is signed: one form for every record.
    package var text: String {
        var text = "\(Self.heading)\npath \(path)\nderivation \(derivation)\n"
        switch result {
        case .built(let narHash, let narSize, let references):
            text += "built sha256:\(narHash.hex) \(narSize)\n"
            for reference in references { text += "reference \(reference)\n" }
        case .failed(let reason): text += "failed \(reason)\n"
        }
        text += inputLines
        if let log { text += "log sha256:\(log.hex)\n" }
        return text + "time \(time)\n"
    }

    private var inputLines: String {
        inputs.map { "input \($0.path) sha256:\($0.narHash.hex)\n" }.joined()
    }

    /// Digest of the resolved inputs: SHA-256 of the record's own `input` lines.
    package var inputsDigest: Digest256 {
        guard let digest = Digest256(Array(SHA256.hash(data: Array(inputLines.utf8)))) else {
            preconditionFailure("SHA-256 has 32 bytes")
        }
        return digest
    }

    /// Whether a word list can stand as a failure's reason.
    package static func isReason(_ text: some StringProtocol) -> Bool {
        let bytes = Array(text.utf8)
        return (1...reasonLength).contains(bytes.count) && bytes.first != 0x20 && bytes.last != 0x20
            && bytes.allSatisfy {
                $0 == 0x20 || $0 == 0x2D || (0x30...0x39).contains($0) || (0x61...0x7A).contains($0)
            }
    }

    /// Reads a text; nil for every one that ``text`` would not have written.
    package init?(text: String) {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
        guard lines.popFirst() == Self.heading[...], lines.popLast() == "" else { return nil }
        /// The rest of the next line, if it begins with a word.
        func take(_ word: String) -> Substring? {
            guard let line = lines.first, line.hasPrefix(word + " ") else { return nil }
            lines = lines.dropFirst()
            return line.dropFirst(word.count + 1)
        }
        guard let path = take("path").flatMap(Self.storePath),
            let derivation = take("derivation").flatMap(Self.storePath), derivation.isDerivation,
            derivation.directory == path.directory
        else { return nil }
        let result: Result
        if let built = take("built") {
            let words = built.split(separator: " ", omittingEmptySubsequences: false)
            guard words.count == 2, let narHash = Self.digest(words[0]), let narSize = UInt64(words[1]) else {
                return nil
            }
            var references: [StorePath] = []
            while let reference = take("reference") {
                guard let path = Self.storePath(reference) else { return nil }
                references.append(path)
            }
            result = .built(narHash: narHash, narSize: narSize, references: references)
        } else {
            guard let reason = take("failed"), Self.isReason(reason) else { return nil }
            result = .failed(String(reason))
        }
        var inputs: [Input] = []
        while let input = take("input") {
            let words = input.split(separator: " ", omittingEmptySubsequences: false)
            guard words.count == 2, let path = Self.storePath(words[0]), let narHash = Self.digest(words[1]) else {
                return nil
            }
            inputs.append(Input(path: path, narHash: narHash))
        }
        var log: Digest256?
        if let digest = take("log") {
            guard let narHash = Self.digest(digest) else { return nil }
            log = Digest256(narHash.bytes)
        }
        guard let time = take("time").flatMap({ Timestamp(rfc3339: $0) }), lines.isEmpty else { return nil }
        self.init(path: path, derivation: derivation, result: result, inputs: inputs, log: log, time: time)
        // Sorting, spelling, anything: only what would be written again is read.
        guard self.text == text else { return nil }
    }

    private static func storePath(_ text: some StringProtocol) -> StorePath? {
        let text = String(text)
        return (try? StorePath(text, in: .nix)) ?? (try? StorePath(text, in: .gnu))
    }

    private static func digest(_ text: some StringProtocol) -> NarHash? {
        guard text.hasPrefix("sha256:") else { return nil }
        return Digest256(hex: text.dropFirst(7)).flatMap { NarHash($0.bytes) }
    }
}
