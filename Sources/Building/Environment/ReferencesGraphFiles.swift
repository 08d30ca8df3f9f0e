internal import LocalStore
internal import StoreFormats

/// The files that `exportReferencesGraph` asks for, of derivations without structured attributes: pairs of a file name
/// and a store path; each file lists the path's closure in the form of `nix-store --register-validity`, without derivers.
enum ReferencesGraphFiles {
    static let attribute = "exportReferencesGraph"

    static func files(
        of attributes: DerivationAttributes, flavor: BuildFlavor, graph: InputGraph
    ) throws(BuildingError) -> [BuildEnvironment.File] {
        let words = try attributes.strings(attribute) ?? []
        guard words.count.isMultiple(of: 2) else {
            throw BuildingError(.invalidAttribute, "odd number of words in '\(attribute)'")
        }
        var files: [BuildEnvironment.File] = []
        for index in stride(from: 0, to: words.count, by: 2) {
            guard isFileName(words[index], flavor: flavor) else {
                throw BuildingError(.invalidAttribute, "invalid file name '\(words[index])' in '\(attribute)'")
            }
            let start = try storePath(words[index + 1], in: attributes.derivation.directory)
            let paths = try graph.exported([start])
            files.append(BuildEnvironment.File(name: words[index], contents: try registration(of: paths, graph: graph)))
        }
        return files
    }

    /// The store path that a path leads to or into.
    static func storePath(_ text: String, in directory: StoreDirectory) throws(BuildingError) -> StorePath {
        let prefix = directory.path + "/"
        let name = text.hasPrefix(prefix) ? text.dropFirst(prefix.count).prefix { $0 != "/" } : ""
        guard let path = try? StorePath(prefix + name, in: directory) else {
            throw BuildingError(.invalidAttribute, "'\(attribute)' contains '\(text)', which is not in \(directory)")
        }
        return path
    }

    private static func registration(of paths: [StorePath], graph: InputGraph) throws(BuildingError) -> [UInt8] {
        var text = ""
        for path in paths {
            let references = try graph.info(of: path).references
            text += "\(path)\n\n\(references.count)\n"
            for reference in references { text += "\(reference)\n" }
        }
        return Array(text.utf8)
    }

    private static func isFileName(_ name: String, flavor: BuildFlavor) -> Bool {
        let bytes = Array(name.utf8)
        guard let first = bytes.first else { return false }
        func isWord(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF) || byte == UInt8(ascii: "_")
        }
        switch flavor {
        case .nix:
            return isWord(first) && !(0x30...0x39).contains(first)
                && bytes.allSatisfy { isWord($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
        case .guix:
            // The rules for names of store items: no dot in front, nothing that leads elsewhere.
            return first != UInt8(ascii: ".") && bytes.allSatisfy { isWord($0) || "+-._?=".utf8.contains($0) }
        }
    }
}
