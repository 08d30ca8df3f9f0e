internal import Quorum

/// The address of a binary package, as package URLs have it for Debian:
/// `pkg:deb/debian/NAME@VERSION?arch=ARCHITECTURE&distro=DISTRIBUTION`
/// (<https://github.com/package-url/purl-spec>).
struct PackageLocator: CustomStringConvertible {
    let artifact: DebianArtifact
    /// Empty when it is not named.
    let distribution: String

    /// Four words of the longest length, with each `+` written as three characters, and what is between them.
    static let maximumLength = 4 * 3 * AttestationLimits.debianWordBytes + 64

    private static let start = "pkg:deb/debian/"

    init(artifact: DebianArtifact, distribution: String) {
        self.artifact = artifact
        self.distribution = distribution
    }

    /// Reads what ``description`` writes; nil for every other text.
    init?(_ text: String, fileName: String) {
        guard text.hasPrefix(Self.start), let at = text.firstIndex(of: "@"),
            let question = text[at...].firstIndex(of: "?"), let and = text[question...].firstIndex(of: "&")
        else { return nil }
        let name = text[text.index(text.startIndex, offsetBy: Self.start.count)..<at]
        let architecture = text[question..<and].dropFirst("?arch=".count)
        artifact = DebianArtifact(
            fileName: fileName, package: Self.plain(name), version: Self.plain(text[at..<question].dropFirst()),
            architecture: Self.plain(architecture))
        distribution = String(text[and...].dropFirst("&distro=".count))
        guard description == text else { return nil }
    }

    var description: String {
        Self.start + Self.escaped(artifact.package) + "@" + Self.escaped(artifact.version) + "?arch="
            + Self.escaped(artifact.architecture) + (distribution.isEmpty ? "" : "&distro=\(distribution)")
    }

    /// Of all characters in Debian's names and versions only the plus sign must not stand as it is.
    private static func escaped(_ text: String) -> String {
        text.split(separator: "+", omittingEmptySubsequences: false).joined(separator: "%2B")
    }

    private static func plain(_ text: Substring) -> String {
        var plain = ""
        var rest = text
        while let first = rest.first {
            if rest.hasPrefix("%2B") {
                plain += "+"
                rest = rest.dropFirst(3)
            } else {
                plain.append(first)
                rest = rest.dropFirst()
            }
        }
        return plain
    }
}
