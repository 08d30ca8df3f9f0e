internal import StoreFormats

/// A line that a builder wrote for the one who runs it, not for people: `@nix` and a JSON object. Nix's standard
/// environment tells in this way which phase of a build begins.
enum BuilderMessage: Hashable {
    /// A phase begins.
    case phase(String)
    /// Anything else, which is passed over as Nix's own display passes it over.
    case other

    private static let mark = Array("@nix {".utf8)

    /// Nil for a line that is for people.
    init?(_ line: [UInt8]) {
        guard line.starts(with: Self.mark),
            let value = try? AttributeValue(parsing: Array(line.dropFirst(Self.mark.count - 1))),
            let members = value.object
        else { return nil }
        if members["action"]?.string == "setPhase", let phase = members["phase"]?.string {
            self = .phase(phase)
        } else {
            self = .other
        }
    }
}
