internal import Glibc

/// Where things are on this machine: the XDG directories, or all of it below `QUORATE_HOME`.
package struct Places: Sendable {
    /// For the policy and what people edit.
    package let configuration: String
    /// For the ledger, keys, revocations: what must not be lost.
    package let state: String
    /// For NARs and other things that can be fetched again.
    package let cache: String
    /// Quorate's own store: what was built, imported and added.
    package let store: String

    /// Everything below one folder.
    package init(home: String) {
        configuration = home + "/config"
        state = home + "/state"
        cache = home + "/cache"
        store = home + "/store"
    }

    /// - Parameter environment: The process's environment.
    /// - Throws: ``CommandError`` when neither a home nor a directory is known.
    package init(environment: [String: String]) throws(CommandError) {
        if let home = environment["QUORATE_HOME"], !home.isEmpty {
            guard home.hasPrefix("/") else {
                throw CommandError(.usage, "QUORATE_HOME is '\(home)': give an absolute path")
            }
            self.init(home: home)
            return
        }
        func place(_ variable: String, _ below: String) throws(CommandError) -> String {
            // The XDG base directory specification has relative paths ignored.
            if let value = environment[variable], value.hasPrefix("/") { return value + "/quorate" }
            guard let home = environment["HOME"], !home.isEmpty else {
                throw CommandError(
                    .usage,
                    "neither HOME nor \(variable) nor QUORATE_HOME is set: where policy and state are is not known"
                )
            }
            guard home.hasPrefix("/") else {
                throw CommandError(.usage, "HOME is '\(home)': give an absolute path, or set QUORATE_HOME")
            }
            return "\(home)/\(below)/quorate"
        }
        self.init(
            configuration: try place("XDG_CONFIG_HOME", ".config"), state: try place("XDG_STATE_HOME", ".local/state"),
            cache: try place("XDG_CACHE_HOME", ".cache"),
            store: try place("XDG_DATA_HOME", ".local/share") + "/store")
    }

    private init(configuration: String, state: String, cache: String, store: String) {
        self.configuration = configuration
        self.state = state
        self.cache = cache
        self.store = store
    }

    /// The policy that is used when none is named.
    package var policy: String { configuration + "/policy" }
    package var ledger: String { state + "/ledger.sqlite" }
    package var keys: String { state + "/keys" }
    package var spool: String { cache + "/nar" }

    /// The process's environment as a dictionary.
    package static var environment: [String: String] {
        var all: [String: String] = [:]
        var entry = environ
        while let pointer = entry.pointee {
            let text = String(cString: pointer)
            if let equals = text.firstIndex(of: "=") {
                all[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            entry += 1
        }
        return all
    }
}
