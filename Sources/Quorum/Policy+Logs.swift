extension Policy {
    /// The logs in which a builder's claims count: those that its line names, or all the policy has when it names none.
    ///
    /// An address on a `builder` line says where a log is found; whose checkpoints are believed there, only a `log` line
    /// can say. The two belong together when the `log` line has the same address, or when its origin is the address
    /// without the scheme, as C2SP tlog-checkpoint recommends.
    public func logs(of builder: BuilderLeaf) -> [LogLine] {
        guard !builder.urls.isEmpty || !builder.logOrigins.isEmpty else { return logs }
        return logs.filter { log in
            builder.logOrigins.contains(log.key.name) || builder.urls.contains { isAddress($0, of: log) }
        }
    }

    /// Whether a `builder` line's address is that of the log.
    public func isAddress(_ url: String, of log: LogLine) -> Bool {
        if log.url == url { return true }
        for scheme in ["https://", "http://"] where url.utf8.starts(with: scheme.utf8) {
            if url.utf8.dropFirst(scheme.utf8.count).elementsEqual(log.key.name.utf8) { return true }
        }
        return false
    }
}
