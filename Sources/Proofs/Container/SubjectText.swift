internal import Quorum
internal import StoreFormats

/// The words that name a subject in a proof file.
enum SubjectText {
    private static let storePathWord = "store-path"
    private static let debianWord = "debian"

    /// `store-path PATH`, or `debian FILE PACKAGE VERSION ARCHITECTURE`.
    static func words(of subject: Subject) -> String {
        switch subject {
        case .storePath(let path): "\(storePathWord) \(path)"
        case .debian(let artifact):
            "\(debianWord) \(artifact.fileName) \(artifact.package) \(artifact.version) \(artifact.architecture)"
        }
    }

    /// Reads what ``words(of:)`` writes; nil for anything else.
    static func subject(_ text: String) -> Subject? {
        let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        switch words.first {
        case storePathWord where words.count == 2: return storePath(words[1]).map { .storePath($0.path) }
        case debianWord where words.count == 5 && words.allSatisfy(isWord):
            return .debian(
                DebianArtifact(fileName: words[1], package: words[2], version: words[3], architecture: words[4]))
        default: return nil
        }
    }

    /// A full store path in whatever store it lies.
    static func storePath(_ text: String) -> StorePath? {
        guard let slash = text.utf8.lastIndex(of: UInt8(ascii: "/")),
            let directory = try? StoreDirectory(String(text[..<slash]))
        else { return nil }
        return try? StorePath(text, in: directory)
    }

    private static func isWord(_ text: String) -> Bool {
        (1...ProofLimits.wordBytes).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}
