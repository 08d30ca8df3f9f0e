/// Something that a nix command did, as it told in its own log.
package enum NixLogEvent: Sendable, Hashable {
    /// It began to build a derivation (full path, ending in `.drv`).
    case building(derivation: String)

    /// The script of a derivation printed a line.
    case buildOutput(derivation: String, line: String)

    /// It began to copy a store path, from one cache or store (a URL, or a word such as `local`) to another.
    case copying(path: String, from: String, to: String)

    /// It asked a cache about a store path.
    case asking(path: String, cache: String)

    /// It began to fetch a file over the network.
    case downloading(url: String)

    /// It told people something. Level 0 is an error, 1 a warning; the higher, the chattier. Colours are taken out.
    case message(level: Int, text: String)
}

extension NixLogEvent {
    /// The level of an error message.
    package static let errorLevel = 0
}
