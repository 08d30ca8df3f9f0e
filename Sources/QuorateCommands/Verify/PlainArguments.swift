internal import Synchronization

/// Store paths on the command line, taken out before the argument parser sees it.
///
/// A closure is some thousand arguments, for which the parser needs longer than all the verifying: its time for one grows
/// with their number.
enum PlainArguments {
    /// Commands that take store paths by the thousand, and nothing else that looks like one.
    private static let commands = ["verify", "challenge", "weather"]
    /// Paths that were taken out of this process's command line.
    private static let taken = Mutex<[String]>([])

    /// The arguments without the plain store paths behind the first one, and those paths.
    ///
    /// Only what cannot be anything else is taken: a store path of one of ``commands`` that does not stand behind an
    /// option.
    static func split(_ arguments: [String]) -> (kept: [String], paths: [String]) {
        guard let command = arguments.first, commands.contains(command), arguments.count > 64 else {
            return (arguments, [])
        }
        var kept: [String] = []
        var paths: [String] = []
        var hasPath = false
        var previous = ""
        for argument in arguments {
            let isPath = argument.hasPrefix("/nix/store/") || argument.hasPrefix("/gnu/store/")
            if isPath, hasPath, !previous.hasPrefix("-") || previous == "-" {
                paths.append(argument)
            } else {
                kept.append(argument)
                hasPath = hasPath || (isPath && !previous.hasPrefix("-"))
            }
            previous = argument
        }
        return (kept, paths)
    }

    /// Takes the plain paths out of a command line, for ``paths``.
    static func take(from arguments: [String]) -> [String] {
        let (kept, paths) = split(arguments)
        taken.withLock { $0 = paths }
        return kept
    }

    /// What `take` took.
    static var paths: [String] { taken.withLock { $0 } }
}
