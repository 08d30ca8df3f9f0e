internal import ClientSetup
internal import DurableFiles
internal import LocalStore
internal import LocalStoreSQLite
internal import Quorum
internal import StoreFormats

/// Reads the list of what is installed: from nix, from a file with what nix printed, or from another system's disk.
enum AuditInput {
    /// `nix path-info --all --json` of a very large store prints about 100 MB.
    private static let limit = 1 << 30

    /// - Parameters:
    ///   - file: What nix printed, `-` for standard input; nil to ask nix.
    ///   - root: Folder of another system whose store is meant; nil for this machine's own.
    static func read(file: String?, root: String?) async throws(CommandError) -> InstalledPaths {
        if file == nil, let root { return try await read(root: root) }
        let json: [UInt8]
        let name: String
        if let file {
            json = try Files.read(file, limit: limit)
            name = file == "-" ? "standard input" : file
        } else {
            json = try await ask()
            name = "nix path-info"
        }
        do {
            return try InstalledPaths.parse(json)
        } catch {
            throw CommandError(.badData, "\(name): \(error)")
        }
    }

    private static func ask() async throws(CommandError) -> [UInt8] {
        guard ProgramOutput.exists("nix") else {
            throw CommandError(
                .unavailable,
                "nix is not in PATH, so it cannot be asked what is installed; run '\(advice)' where it is, and pass the "
                    + "output with --installed")
        }
        guard let json = await ProgramOutput.of(command) else {
            throw CommandError(.unavailable, "'\(advice)' fails; run it to see why")
        }
        return json
    }

    private static let command = [
        "nix", "--extra-experimental-features", "nix-command", "path-info", "--all", "--json",
    ]
    private static var advice: String { command.joined(separator: " ") }

    // MARK: Another system's files

    /// What the store of the system below a folder says it has. Nothing there is run, followed or touched: nix itself
    /// makes a store where there is none, and writes into one that is there.
    private static func read(root: String) async throws(CommandError) -> InstalledPaths {
        var folder = Substring(root)
        while folder.hasSuffix("/") { folder.removeLast() }
        let database = "\(folder)/nix/var/nix/db/db.sqlite"
        // A link in the way would lead to this machine's own files, and to an audit of them.
        var place = String(folder)
        for part in ["nix", "var", "nix", "db", "db.sqlite"] { try refuseLink(&place, part) }
        place = String(folder)
        for part in ["nix", "store"] { try refuseLink(&place, part) }
        do {
            guard let store = try HostDatabase.untouchedNix(root: String(folder)) else {
                throw CommandError(
                    .noInput,
                    "\(root): holds no system with Nix: \(database) is not there, or may not be looked at"
                        + (Files.exists("\(folder)/var/guix/db/db.sqlite") ? "; a store of Guix is not audited" : ""))
            }
            return InstalledPaths(try await store.inventory(), database: database)
        } catch let error as LocalStoreError where error.code == .corrupt {
            throw CommandError(.badData, "\(database): not a store's database, or damaged")
        } catch {
            throw CommandError(trouble: error)
        }
    }

    private static func refuseLink(_ place: inout String, _ part: String) throws(CommandError) {
        place += "/\(part)"
        guard FileStatus(path: place)?.isSymbolicLink ?? false else { return }
        throw CommandError(
            .badData,
            "\(place): a symbolic link, which is not followed: it would lead out of that system; mount there "
                + "what it stands for")
    }
}

extension InstalledPaths {
    /// - Parameter database: Its name, for what cannot be used.
    fileprivate init(_ inventory: HostInventory, database: String) {
        self.init(
            paths: inventory.entries.map { entry in
                InstalledPath(
                    path: entry.info.path.path,
                    outcome: StorePathOutcome(entry.info.narHash, entry.info.narSize, entry.info.references),
                    contentAddress: entry.info.contentAddress, signatures: entry.info.signatures.map(\.description),
                    isBuiltHere: entry.isBuiltHere)
            },
            problems: inventory.defects.map { defect in
                ClientSetupError(
                    .malformed, at: .file(database), "\(defect.path.map { "\($0): " } ?? "")\(defect.reason)")
            })
    }
}
