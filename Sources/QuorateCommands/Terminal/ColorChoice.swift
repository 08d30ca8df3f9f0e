/// The value of `--color`.
package enum ColorChoice: String, Sendable, CaseIterable {
    case auto
    case always
    case never

    /// Whether a stream is coloured.
    ///
    /// A choice on the command line wins. Otherwise `NO_COLOR` (https://no-color.org) says no, `CLICOLOR_FORCE` says
    /// yes even for a pipe (https://bixense.com/clicolors), and a terminal that can do it gets colour.
    package func wantsColor(isTerminal: Bool, environment: [String: String]) -> Bool {
        switch self {
        case .always: return true
        case .never: return false
        case .auto: break
        }
        func isSet(_ name: String) -> Bool {
            !(environment[name] ?? "").isEmpty
        }
        if isSet("NO_COLOR") { return false }
        if isSet("CLICOLOR_FORCE"), environment["CLICOLOR_FORCE"] != "0" { return true }
        if environment["CLICOLOR"] == "0" { return false }
        return isTerminal && Terminal.canMoveCursor(environment)
    }
}
