internal import Quorum

/// How the names of Debian's files follow from packages, versions and architectures.
enum DebianName {
    /// The characters that any of these names can have.
    static func isFileName(_ text: UnsafeRawBufferPointer) -> Bool {
        (1...AttestationLimits.fileNameBytes).contains(text.count) && PlainText.isDebianFileName(text)
    }

    /// `package_version_architecture.deb`, or `.udeb`; file names leave the epoch out.
    static func isArtifact(_ artifact: DebianArtifact) -> Bool {
        guard PlainText.holds(PlainText.isDebianName, for: artifact.package),
            PlainText.holds(PlainText.isDebianVersion, for: artifact.version),
            PlainText.holds(PlainText.isDebianName, for: artifact.architecture)
        else { return false }
        let stem = "\(artifact.package)_\(withoutEpoch(artifact.version))_\(artifact.architecture)"
        return [stem + ".deb", stem + ".udeb"].contains(artifact.fileName)
            && artifact.fileName.utf8.count <= AttestationLimits.fileNameBytes
    }

    /// `source_version_architecture.buildinfo`: the version may be that of a rebuild without changes.
    static func isBuildinfo(_ name: String, of source: String) -> Bool {
        PlainText.holds(isFileName, for: name) && name.hasPrefix(source + "_") && name.hasSuffix(".buildinfo")
    }

    /// `source_version.dsc`.
    static func isSource(_ name: String, of source: String) -> Bool {
        PlainText.holds(isFileName, for: name) && name.hasPrefix(source + "_") && name.hasSuffix(".dsc")
    }

    private static func withoutEpoch(_ version: String) -> Substring {
        guard let colon = version.firstIndex(of: ":") else { return version[...] }
        return version[version.index(after: colon)...]
    }
}
