internal import DurableFiles
internal import LocalStore
internal import LocalStoreSQLite
internal import StoreFormats

/// The host's Guix, whose database does not say what this machine built.
///
/// The daemon keeps a log of each build, closes it when the builder ends, hashes the outputs and registers them. So a
/// path was built here when it was registered just after the log of its derivation was closed. A log is also left by a
/// build that failed, or of which the outputs were collected as garbage and fetched later: then it is older, and the
/// path is not said to have been built here. `guix build --check` writes the log anew: then it is newer. The path stays as
/// it was, whatever that build gave, and nothing on the disk tells whether the first log was of a build of it: the log's
/// file is written over, and a path that was copied and checked leaves the same.
struct GuixWitness: BuildWitness {
    let kind = LocalBuild.Witness.guix
    let directory = StoreDirectory.gnu
    let database: HostDatabase
    /// The folder that the files of Guix lie below; empty for `/`.
    let root: String

    /// Seconds that registering takes beside hashing.
    private static let patience: Int64 = 3
    /// Bytes that are hashed in a second at least: a slow disk with many small files.
    private static let slowestRate: UInt64 = 20 << 20

    init(database: HostDatabase, root: String = "") {
        self.database = database
        self.root = root
    }

    func allPaths() async throws -> [StorePath] { try await database.allPaths() }

    func infos(of paths: [StorePath]) async throws -> [StorePath: PathInfo] { try await database.infos(of: paths) }

    func doubts(about infos: [PathInfo]) async throws -> [StorePath: BuildDoubt] {
        // What other machines built for this one has a log here too, and may be registered within the same second.
        guard FileStatus(path: root + "/etc/guix/machines.scm") == nil else {
            let why = BuildDoubt(
                "Guix may have built it on another machine (/etc/guix/machines.scm); 'quorate rebuild' builds here")
            return Dictionary(infos.map { ($0.path, why) }, uniquingKeysWith: { first, _ in first })
        }
        let origins = try await database.origins(of: infos.map(\.path))
        let folder = root + "/var/log/guix"
        return try await Blocking.run {
            var doubts: [StorePath: BuildDoubt] = [:]
            for info in infos {
                doubts[info.path] = Self.doubt(
                    registered: info.registeredAt, logged: info.deriver.flatMap { Self.logTime(of: $0, in: folder) },
                    size: origins[info.path]?.buildSize ?? info.narSize)
            }
            return doubts
        }
    }

    /// - Parameters:
    ///   - registered: When the path became valid, in seconds since 1970.
    ///   - logged: When the log was closed, in seconds since 1970; nil without a log.
    ///   - size: The bytes that were hashed in between.
    static func doubt(registered: Int64, logged: Int64?, size: UInt64) -> BuildDoubt? {
        guard let logged else { return BuildDoubt("it was copied here: Guix has no log of a build of it") }
        let latest = logged + patience + Int64(clamping: size / slowestRate)
        if registered > latest {
            return BuildDoubt(
                "Guix registered it later than its build log ends: it may have been copied here after a build that "
                    + "failed or was collected")
        }
        guard registered < logged else { return nil }
        return BuildDoubt("Guix built its derivation again since, and the log of the build is gone", isBuiltAgain: true)
    }

    /// When the log of a derivation was written last.
    private static func logTime(of derivation: StorePath, in folder: String) -> Int64? {
        let base = derivation.baseName
        let file = "\(folder)/drvs/\(base.prefix(2))/\(base.dropFirst(2))"
        for ending in [".gz", ".bz2", ""] {
            if let status = FileStatus(path: file + ending), status.isRegular { return status.modified / 1_000_000_000 }
        }
        return nil
    }

    func location(of info: PathInfo) -> String { database.physicalPath(of: info.path) }
}
