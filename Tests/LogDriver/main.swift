import Glibc

// Sequences made-up entries in a log, and says what was acknowledged: a program to be killed and to have its system
// calls refused. What it says goes out by `writev`, which nothing else here calls and no test refuses.
signal(SIGPIPE, SIG_IGN)
do {
    exit(try await Driver(CommandLine.arguments.dropFirst()).run())
} catch {
    Driver.say("failed \(error)")
    exit(1)
}
