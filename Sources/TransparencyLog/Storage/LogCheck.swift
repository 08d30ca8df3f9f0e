/// What a look at all of a log finds.
package enum LogCheck {
    /// How hard to look.
    package struct Options: Sendable {
        /// Whether the index is asked for every entry.
        package var index = true
        /// Whether the lists beside the log are hashed.
        package var lists = true

        /// Everything.
        package init() {}
    }

    /// Something that is not as it should be.
    package struct Finding: Hashable, Sendable, CustomStringConvertible {
        /// What it means.
        package enum Severity: String, Sendable {
            /// The log contradicts itself, or lacks what it must have.
            case damage
            /// Of no consequence: left by a crash, or made again at the next start.
            case leftover
        }

        /// What it means.
        package let severity: Severity
        /// The file or folder, below the log's.
        package let path: String
        /// What is wrong with it.
        package let message: String

        package var description: String { "\(severity.rawValue): \(path): \(message)" }
    }

    /// What was looked at and found.
    package struct Report: Sendable {
        /// Entries under the published checkpoint.
        package var publishedSize: UInt64 = 0
        /// Entries under the newest checkpoint that was signed.
        package var signedSize: UInt64 = 0
        /// Entries that are on the disk; the same as ``signedSize`` while another process has the log open.
        package var durableSize: UInt64 = 0
        /// Full tiles that were compared.
        package var tiles: UInt64 = 0
        /// Full bundles that were hashed.
        package var bundles: UInt64 = 0
        /// Partial tiles and bundles that were compared.
        package var partials: UInt64 = 0
        /// The first thousand findings.
        package private(set) var findings: [Finding] = []
        /// How many findings are damage.
        package private(set) var damageCount: UInt64 = 0

        /// Whether nothing is damaged.
        package var isSound: Bool { damageCount == 0 }

        mutating func add(_ severity: Finding.Severity, _ path: String, _ message: String) {
            if severity == .damage { damageCount += 1 }
            if findings.count < 1000 { findings.append(Finding(severity: severity, path: path, message: message)) }
        }
    }
}

extension LogDirectory {
    /// Checks everything: each bundle is hashed, and each tile, root and signature compared with what that gives.
    ///
    /// Changes nothing, and may run while the log is written: what the published checkpoint covers does not change.
    /// Blocks.
    ///
    /// - Parameters:
    ///   - key: The log's key.
    ///   - progress: Told how many entries were hashed, now and then.
    /// - Throws: `.missing` when there is no log, `.file` when the disk cannot be read.
    package func check(
        key: NoteKey, options: LogCheck.Options = LogCheck.Options(), progress: (UInt64) -> Void = { _ in }
    ) throws(TransparencyLogError) -> LogCheck.Report {
        var pass = LogCheckPass(log: self, key: key, options: options)
        try pass.run(progress)
        return pass.report
    }
}
