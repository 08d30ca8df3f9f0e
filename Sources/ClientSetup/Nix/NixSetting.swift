/// The value of a setting in effect, with where it was set.
package struct NixSetting<Value: Sendable & Hashable>: Sendable, Hashable {
    package var value: Value
    /// The places that make up the value, first to last; empty for nix's own default.
    package var origins: [NixSettingOrigin]

    package init(_ value: Value, origins: [NixSettingOrigin] = []) {
        self.value = value
        self.origins = origins
    }

    /// Where it was set, in words for people.
    package var whence: String {
        origins.isEmpty ? "nix's default" : origins.map(\.description).joined(separator: ", ")
    }

    /// Whether nobody has set it.
    package var isDefault: Bool { origins.isEmpty }
}

/// One place that sets a setting.
package struct NixSettingOrigin: Sendable, Hashable, CustomStringConvertible {
    package enum Place: Sendable, Hashable {
        /// A line of the configuration that the daemon reads, or of a file that it includes.
        case systemFile(String, line: Int)
        /// A line of a user's own file; a daemon takes it only from users whom it trusts.
        case userFile(String, line: Int)
        /// A line of `NIX_CONFIG`.
        case environment(line: Int)
        /// nix says that this is the value, and no file read here sets it so.
        case command
    }

    package let place: Place
    /// Whether the line adds to a list (`extra-…`) instead of setting it.
    package let appends: Bool

    package init(_ place: Place, appends: Bool = false) {
        self.place = place
        self.appends = appends
    }

    /// Whether a daemon may leave it out, because it was not set by whoever administers the machine.
    package var isPersonal: Bool {
        switch place {
        case .userFile, .environment: true
        case .systemFile, .command: false
        }
    }

    package var description: String {
        switch place {
        case .systemFile(let path, let line), .userFile(let path, let line): "\(path):\(line)"
        case .environment(let line): "NIX_CONFIG, line \(line)"
        case .command: "nix itself"
        }
    }
}
