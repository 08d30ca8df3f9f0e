/// What the daemon of Guix was told on its command line.
package struct GuixDaemon: Sendable, Hashable {
    /// `--substitute-urls`; nil where it says nothing and so asks Guix's own servers.
    package let substituteURLs: [String]?
    /// `--no-substitutes`.
    package let substitutesNothing: Bool
    /// `--discover`: servers in the local network are asked too.
    package let discovers: Bool

    /// Reads a command line's words, the program's name left out or not. Of an option given twice the last one holds.
    package init(arguments: [String]) {
        var urls: [String]?
        var nothing = false
        var discovers = false
        var words = arguments[...]
        while let word = words.popFirst() {
            let halves = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            switch halves[0] {
            case "--substitute-urls":
                let value = halves.count > 1 ? String(halves[1]) : words.popFirst() ?? ""
                urls = value.split(whereSeparator: \.isWhitespace).map(String.init)
            case "--no-substitutes": nothing = true
            case "--discover": discovers = halves.count < 2 || halves[1] == "yes"
            default: continue
            }
        }
        substituteURLs = urls
        substitutesNothing = nothing
        self.discovers = discovers
    }

    /// The daemon that runs on this machine, as `/proc` shows it; nil where none is to be seen.
    static func running(root: ClientRoot) -> GuixDaemon? {
        for name in root.names(in: "/proc") where name.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            guard let bytes = try? root.contents(of: "/proc/\(name)/cmdline") else { continue }
            let words = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            // Guile's interpreter may stand before the program's name.
            guard let place = words.prefix(3).firstIndex(where: { $0 == "guix-daemon" || $0.hasSuffix("/guix-daemon") })
            else { continue }
            // A process that serves one client has that client's number in the place of its first argument.
            let arguments = words[(place + 1)...]
            guard let first = arguments.first, Int(first) != nil else { return GuixDaemon(arguments: Array(arguments)) }
        }
        return nil
    }
}
