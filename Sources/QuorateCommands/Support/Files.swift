internal import DurableFiles
internal import Glibc

/// Small whole files, with errors that say what to do.
package enum Files {
    /// Reads a file, or standard input for `-`.
    /// - Parameter limit: Most bytes that are taken.
    package static func read(_ path: String, limit: Int = 64 << 20) throws(CommandError) -> [UInt8] {
        do {
            guard path == "-" else { return try WholeFile.read(path, limit: limit) }
            return try WholeFile.read(descriptor: STDIN_FILENO, "standard input", limit: limit)
        } catch {
            throw CommandError(error.isAbsence ? .noInput : .badData, "\(error)")
        }
    }

    /// Refuses `-` where it can mean neither standard input nor standard output.
    static func refuseHyphen(_ path: String) throws(CommandError) {
        guard path != "-" else {
            throw CommandError(.usage, "'-': give a file here; one of that name is './-'")
        }
    }

    /// Writes a new file; one that is there stays as it is.
    /// - Parameter mode: Access rights, 0600 for secrets.
    package static func create(_ path: String, _ bytes: [UInt8], mode: UInt32) throws(CommandError) {
        try refuseHyphen(path)
        do {
            try WholeFile.create(path, bytes, mode: mode)
        } catch {
            throw CommandError(
                .cannotWrite,
                error.code == EEXIST ? "\(path): is there already; remove it first if it is to be replaced" : "\(error)"
            )
        }
    }

    /// Makes a directory and those above it, for this user alone where they are new.
    package static func makeDirectory(_ path: String) throws(CommandError) {
        do {
            try Directory.make(path)
        } catch {
            throw CommandError(.cannotWrite, "\(error)")
        }
    }

    /// Whether something is there, of whatever kind.
    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// A path as it is seen from the root, without steps that stay where they are. Nothing has to be there.
    package static func absolute(_ path: String) throws(CommandError) -> String {
        guard !path.hasPrefix("/") else {
            let parts = path.split(separator: "/").filter { $0 != "." }
            return "/" + parts.joined(separator: "/")
        }
        guard let folder = getcwd(nil, 0) else {
            throw CommandError(.noInput, "the working directory is gone; change to one that is there")
        }
        defer { free(folder) }
        return try absolute(String(cString: folder) + "/" + path)
    }
}
