extension Places {
    /// The transparency log of this machine's builder.
    package var log: String { state + "/log" }
    /// What this machine's witness has cosigned.
    package var witness: String { state + "/witness" }
    /// What this machine mirrors of the logs of others.
    package var mirror: String { state + "/mirror" }
    /// Cards of other builders, each in a file that is named as the builder is called here.
    package var peers: String { state + "/peers" }
    /// Patterns of names that may be told to the world.
    package var publicPatterns: String { configuration + "/public" }
    /// Builds that wait to be attested.
    package var queue: String { state + "/queue" }
    /// The card of this machine's builder.
    package var card: String { state + "/card" }
    /// The address at which a running `quorate log serve` takes entries; there only while it runs.
    package var serving: String { state + "/serving" }
    /// Logs and keys that were given up.
    package var retired: String { state + "/retired" }
}
