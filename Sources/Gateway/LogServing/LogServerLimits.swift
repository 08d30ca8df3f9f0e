/// The bounds of a log server.
package struct LogServerLimits: Sendable {
    /// Connections taken at a time; more wait in the system's queue. Needs as many open files, and those that are
    /// served.
    package var connections = 1024
    /// Connections that one address may have of them; what comes from this machine is not counted, since it may be a
    /// proxy.
    package var connectionsPerAddress = 256
    /// Things that one address may send to be looked at in a second, for long, and eight times as many at once; nil
    /// for any number. Each costs the verification of a signature, 50 µs or so.
    package var requestsPerAddress: Int? = 500
    /// How long whoever adds an entry waits for a checkpoint that covers it before being told to come again.
    package var publishPatience: Duration = .seconds(30)
    /// `add-checkpoint` requests being answered at a time, for the witness and the mirror each: every one costs a
    /// verification and a thread.
    package var checkpointRequests = 64
    /// `add-entries` requests being answered at a time: each may hold a package of 17 MB.
    package var uploads = 8
    /// Lists being taken at a time, each of at most ``listBytes``.
    package var listUploads = 4
    /// Longest list that is taken: 16,384 references of 250 bytes.
    package var listBytes = 4 << 20
    /// Longest entry: the cap on a leaf.
    package var entryBytes = 32_768
    /// Bytes of one `add-entries` request after which the answer says how far it came. 32 packages of the largest
    /// entries have half of it.
    package var uploadBytes = 1 << 30
    /// Time of one `add-entries` request after which the answer says how far it came: a slow client gives its place
    /// back, and ours waits for two minutes.
    package var uploadTime: Duration = .seconds(90)
    /// How long a body may take, beside a second for each ``leastBytesPerSecond``.
    package var bodyGrace: Duration = .seconds(20)
    /// The slowest body that is waited for.
    package var leastBytesPerSecond = 8 << 10

    package init() {}
}
