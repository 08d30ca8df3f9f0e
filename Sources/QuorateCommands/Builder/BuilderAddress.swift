internal import ClaimSources

/// The address of a builder, below which its log, witness, mirror and card are found.
package struct BuilderAddress: Hashable, Sendable, CustomStringConvertible {
    /// With the scheme, without a slash at the end.
    package let url: String
    /// Without the scheme: what names of logs and witnesses begin with (C2SP tlog-checkpoint, tlog-witness).
    package let base: String

    /// An origin has at most 255 bytes, and `/witness` is the longest that is put behind this.
    private static let maximumByteCount = 240

    /// - Throws: ``CommandError`` of status `usage` for what is no address, or none that can stand in a key's name.
    package init(_ text: String) throws(CommandError) {
        let origin: HTTPOrigin
        do throws(SourceTrouble) {
            origin = try HTTPOrigin(text)
        } catch {
            throw CommandError(.usage, "'\(text)': give an address such as https://builder.example (\(error.message))")
        }
        var path = origin.basePath
        while path.hasSuffix("/") { path.removeLast() }
        guard !path.contains("//"), path.utf8.allSatisfy(Self.isPathByte) else {
            throw CommandError(
                .usage, "'\(text)': the path of a builder's address has letters, digits, '-', '.', '_' and '~' only")
        }
        base = origin.authority + path
        url = (origin.usesTLS ? "https://" : "http://") + base
        guard base.utf8.count <= Self.maximumByteCount else {
            throw CommandError(.usage, "'\(text)': longer than \(Self.maximumByteCount) characters")
        }
    }

    /// Names of keys cannot hold a plus sign, and others would need escapes, so that one place had two names.
    private static func isPathByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: "-._~/".utf8.contains(byte)
        }
    }

    package var description: String { url }

    /// What a builder's server does besides showing the card.
    package enum Role: String, Sendable, CaseIterable {
        case log
        case witness
        case mirror
    }

    /// The name of the key of a role, which is the log's origin for a log.
    package func name(_ role: Role) -> String { base + "/" + role.rawValue }

    /// Where a role is found.
    package func url(_ role: Role) -> String { url + "/" + role.rawValue }

    /// Where the card is found.
    package var card: String { url + "/builder" }
}
