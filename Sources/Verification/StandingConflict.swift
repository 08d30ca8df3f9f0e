internal import Quorum

/// A line of `conflicts`: an alarm that no person has cleared.
package struct StandingConflict: Encodable, Sendable {
    /// An outcome that met the quorum, and who stated it.
    package struct Side: Encodable, Sendable {
        /// `sha256:` and 64 hexadecimal digits.
        package let narHash: String
        package let parties: [String]
    }

    package let path: String
    /// When it was raised; nil where the line says no time.
    package let since: String?
    /// The outcomes that met the quorum then; empty where the line names none.
    package let outcomes: [Side]

    /// - Parameter line: What ``LocalState`` writes; a person may have written less.
    init(_ subject: Subject, line: String) {
        path = subject.description
        let words = line.split(separator: " ")
        since = words.first.flatMap { Timestamp(rfc3339: String($0)) }?.description
        outcomes = words.compactMap { word in
            guard let equals = word.firstIndex(of: "="), let digest = Digest256(hex: word[..<equals]) else {
                return nil
            }
            return Side(
                narHash: "sha256:\(digest.hex)",
                parties: word[word.index(after: equals)...].split(separator: "+").map(String.init))
        }
    }
}
