internal import GuixFormats

/// Guix's key files that a person's own policy names in the place of keys.
///
/// Policies themselves are read without touching files, so that one text means the same everywhere; the names are
/// replaced by the keys before that, line by line.
struct PolicyKeyFiles {
    /// The longest key file in bytes: one of the largest RSA key has less than 3,000.
    private static let limit = 1 << 16

    /// The folder that relative names start from: the policy file's.
    let folder: String
    /// Whether a name was replaced.
    private(set) var found = false

    /// - Parameter file: the policy file's name, `-` for standard input.
    init(policy file: String) {
        folder = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
    }

    /// The policy with keys in the place of files.
    ///
    /// - Throws: the trouble with a key file, with the line.
    mutating func replace(in policy: [UInt8]) throws(Trouble) -> [UInt8] {
        var text: [UInt8] = []
        for (index, line) in policy.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
        {
            if index > 0 { text.append(UInt8(ascii: "\n")) }
            guard let name = Self.file(in: line) else {
                text.append(contentsOf: line)
                continue
            }
            found = true
            text.append(contentsOf: line[..<name.startIndex])
            do {
                text.append(contentsOf: try Self.spelled(key(in: String(decoding: name, as: UTF8.self))).utf8)
            } catch {
                throw Trouble(line: index + 1, message: error.description)
            }
            text.append(contentsOf: line[name.endIndex...])
        }
        return text
    }

    /// Why a key cannot stand in the place of its file's name.
    struct Trouble: Error {
        /// The line of the policy, from 1.
        let line: Int
        let message: String
    }

    /// The word of a line that names a key file: `cache NAME guix FILE` or `revoke key guix FILE`, FILE with a slash
    /// and ending in `.pub`.
    private static func file(in line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let words = line.split(maxSplits: 4) { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        guard words.count >= 4, words[2].elementsEqual("guix".utf8) else { return nil }
        let isCache = words[0].elementsEqual("cache".utf8)
        let isRevocation = words[0].elementsEqual("revoke".utf8) && words[1].elementsEqual("key".utf8)
        let name = words[3]
        guard isCache || isRevocation, name.contains(UInt8(ascii: "/")), name.suffix(4).elementsEqual(".pub".utf8),
            name.first != UInt8(ascii: "\"")
        else { return nil }
        return name
    }

    private func key(in name: String) throws(CommandError) -> GuixPublicKey {
        let file = name.hasPrefix("/") || folder == "." ? name : "\(folder)/\(name)"
        let bytes = try Files.read(file, limit: Self.limit)
        do {
            return try GuixPublicKey(fileContents: bytes)
        } catch {
            throw CommandError(.badData, "\(file): \(error)")
        }
    }

    /// A key as a policy spells it.
    static func spelled(_ key: GuixPublicKey) -> String {
        switch key.algorithm {
        case .ecdsaEd25519: key.hexadecimal
        case .rsa: "\"\(key.oneLine)\""
        }
    }
}
