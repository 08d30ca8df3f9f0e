internal import DurableFiles

/// Files that hold keys: mode 0600, and refused when others can read them.
package enum SecretFile {
    /// Reads a file that only its owner may read.
    package static func read(_ path: String) throws(CommandError) -> [UInt8] {
        if let status = FileStatus(path: path), status.permissions & 0o077 != 0 {
            throw CommandError(.badData, "\(path): others may read this key; run: chmod 600 \(path)")
        }
        return try Files.read(path, limit: 1 << 16)
    }

    /// A key of 32 bytes, in hexadecimal in a file of its own; made at random the first time.
    package static func randomKey(at path: String, create: Bool) throws(CommandError) -> [UInt8] {
        do {
            return try parse(read(path), path)
        } catch {
            guard error.status == .noInput, create else { throw error }
        }
        do {
            try Files.create(path, Array((hex(random32()) + "\n").utf8), mode: 0o600)
        } catch {
            // Two programs may start at once: the first file stands, whoever made it.
            guard (try? read(path)) != nil else { throw error }
        }
        return try parse(read(path), path)
    }

    private static func parse(_ bytes: [UInt8], _ path: String) throws(CommandError) -> [UInt8] {
        let text = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first.map(String.init) ?? ""
        var key: [UInt8] = []
        var rest = text[...]
        while rest.utf8.count >= 2, let byte = UInt8(rest.prefix(2), radix: 16) {
            key.append(byte)
            rest = rest.dropFirst(2)
        }
        guard key.count == 32, rest.isEmpty else {
            throw CommandError(.badData, "\(path): not a key of 64 hexadecimal digits; move it away to make a new one")
        }
        return key
    }

    /// 32 bytes from the system's random source.
    package static func random32() -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    package static func hex(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
