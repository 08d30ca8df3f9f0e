package import ArgumentParser
internal import TransparencyLog

/// Which log of this machine: the builder's, or another folder with the key that belongs to it.
package struct LogFolderOptions: ParsableArguments {
    @Option(
        name: .customLong("log"),
        help: ArgumentHelp("The log's folder.", discussion: "Default: this machine's builder's.", valueName: "folder"),
        completion: .directory)
    package var folder: String?

    @Option(
        help: ArgumentHelp(
            "The file with the log's secret key.", discussion: "Default: the folder's name with .key behind it.",
            valueName: "file"), completion: .file())
    package var key: String?

    package init() {}

    /// The folder, as a path from the root.
    func directory(_ places: Places) throws(CommandError) -> LogDirectory {
        guard let folder else { return LogDirectory(places.log) }
        return LogDirectory(try Files.absolute(folder))
    }

    /// Where the secret key is.
    func keyFile(_ places: Places) throws(CommandError) -> String {
        if let key { return key }
        guard let folder else { return BuilderKeys.file(of: .log, places) }
        return try Files.absolute(folder) + ".key"
    }

    /// The log's signer.
    func signer(_ places: Places) throws(CommandError) -> NoteSigner {
        try LogKeyFile.read(try keyFile(places), kind: .ed25519)
    }
}

/// Secret keys of logs and witnesses, in files of mode 0600.
enum LogKeyFile {
    static func read(_ file: String, kind: NoteKey.Kind) throws(CommandError) -> NoteSigner {
        let bytes = try SecretFile.read(file)
        let signer: NoteSigner
        do throws(TransparencyLogError) {
            signer = try NoteSigner(String(decoding: bytes, as: UTF8.self))
        } catch {
            throw CommandError(.badData, "\(file): \(error.message)")
        }
        guard signer.key.kind == kind else {
            let wanted = kind == .ed25519 ? "a log's (type 01)" : "a witness's (type 04)"
            throw CommandError(.badData, "\(file): this key is not \(wanted)")
        }
        return signer
    }

    /// The key in a file, made there when there is none.
    ///
    /// - Parameter name: What it has to be called.
    static func readOrMake(_ file: String, name: String, kind: NoteKey.Kind) throws(CommandError) -> NoteSigner {
        if Files.exists(file) {
            let signer = try read(file, kind: kind)
            guard signer.key.name == name else {
                throw CommandError(.badData, "\(file): the key of '\(signer.key.name)', not of '\(name)'")
            }
            return signer
        }
        let signer: NoteSigner
        do throws(TransparencyLogError) {
            signer = try NoteSigner.generate(name: name, kind: kind)
        } catch {
            throw CommandError(.usage, "'\(name)': \(error.message)")
        }
        try Files.create(file, Array((signer.secretText + "\n").utf8), mode: 0o600)
        return signer
    }
}
