package import ArgumentParser
internal import StoreFormats

/// `quorate hash`: the NAR hash of files and trees, as store paths and narinfos have it.
package struct HashCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "hash",
        abstract: "Print the NAR hash of a file, a link or a directory tree.",
        discussion: """
            One line for each path, in the order given: the hash as narinfos spell it, and with --size the NAR's size in
            bytes. Links are not followed.

            Examples:
              quorate hash ./result/
              quorate hash --size /nix/store/…-hello-2.12
            """.flowing)

    @Flag(help: "Print the size of the NAR too.")
    package var size = false

    @Argument(help: "Files, links or directories.", completion: .file())
    package var paths: [String]

    package init() {}

    package func run() throws {
        let terminal = Terminal.standard(color: .never)
        for path in paths {
            try Files.refuseHyphen(path)
            let digest: NarDigest
            do {
                digest = try NarHasher.hash(path: path)
            } catch let error as StoreFormatError {
                throw CommandError(error.code == .fileSystem ? .noInput : .badData, "\(error)")
            }
            let text = size ? "\(digest.hash) \(digest.size)" : "\(digest.hash)"
            terminal.output.line("\(text)")
        }
        try terminal.checkOutput()
    }
}
