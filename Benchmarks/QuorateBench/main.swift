import Glibc

// A reader that went away is an ordinary end of writing.
signal(SIGPIPE, SIG_IGN)
do {
    let arguments = try Arguments(CommandLine.arguments.dropFirst())
    try await arguments.run()
} catch {
    Report.say("benchmarks: \(error)")
    exit(1)
}
