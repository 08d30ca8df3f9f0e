internal import StoreFormats

extension NixConfiguration {
    /// Reads the answer of `nix config show --json` (`nix show-config --json` before 2.20): what is in effect.
    ///
    /// An object of settings, each an object with `value`; `defaultValue` tells what nobody has set. Settings and
    /// fields that this module has no use for are passed over.
    ///
    /// - Throws: `malformed` with the byte, or with the setting's name when its value has a wrong type.
    package static func parse(showConfig json: [UInt8]) throws(ClientSetupError) -> NixConfiguration {
        do {
            return try read(showConfig: json)
        } catch {
            throw ClientSetupError(json: error)
        }
    }

    private static func read(showConfig json: [UInt8]) throws(StoreFormatError) -> NixConfiguration {
        var reader = JSONReader(json)
        var configuration = NixConfiguration()
        try reader.readObject { name, reader throws(StoreFormatError) in
            guard try reader.peek() == .object else { return try reader.skip() }
            let start = reader.position
            let (value, isDefault) = try readSetting(from: &reader)
            guard let value else { return }
            if let wrong = configuration.apply(name, value, from: isDefault ? nil : NixSettingOrigin(.command)) {
                throw StoreFormatError(.invalidJSON, "nix's setting \(name): \(wrong)", at: .offset(UInt64(start)))
            }
        }
        try reader.finish()
        return configuration
    }

    private static func readSetting(
        from reader: inout JSONReader
    ) throws(StoreFormatError) -> (value: RawValue?, isDefault: Bool) {
        var value: RawValue?
        var defaultValue: RawValue?
        try reader.readObject { name, reader throws(StoreFormatError) in
            switch name {
            case "value": value = try readRawValue(from: &reader)
            case "defaultValue": defaultValue = try readRawValue(from: &reader)
            default: try reader.skip()
            }
        }
        guard let value, let defaultValue else { return (value, false) }
        return (value, value.words == defaultValue.words)
    }

    private static func readRawValue(from reader: inout JSONReader) throws(StoreFormatError) -> RawValue? {
        switch try reader.peek() {
        case .string: return .text(try reader.readString())
        case .boolean: return .text(try reader.readBool() ? "true" : "false")
        case .number: return .text(try reader.readNumberText())
        case .null:
            try reader.readNull()
            return .text("")
        case .array:
            var words: [String] = []
            var isPure = true
            try reader.readArray { reader throws(StoreFormatError) in
                if try reader.peek() == .string {
                    words.append(try reader.readString())
                } else {
                    isPure = false
                    try reader.skip()
                }
            }
            return isPure ? .list(words) : nil
        case .object:
            try reader.skip()
            return nil
        }
    }

    /// Takes over where each value was set from `files`, where the files give the value that is in effect.
    mutating func takeOrigins(from files: NixConfiguration) {
        func take<Value>(_ setting: inout NixSetting<Value>, _ other: NixSetting<Value>) {
            if setting.value == other.value { setting.origins = other.origins }
        }
        // Nix prints lists of keys and users as sets, sorted.
        func takeSet(_ setting: inout NixSetting<[String]>, _ other: NixSetting<[String]>) {
            if Set(setting.value) == Set(other.value) { setting.origins = other.origins }
        }
        take(&substituters, files.substituters)
        takeSet(&trustedSubstituters, files.trustedSubstituters)
        takeSet(&trustedPublicKeys, files.trustedPublicKeys)
        takeSet(&trustedUsers, files.trustedUsers)
        take(&requireSigs, files.requireSigs)
        take(&fallback, files.fallback)
        take(&substitute, files.substitute)
        take(&acceptFlakeConfig, files.acceptFlakeConfig)
        take(&narinfoCacheNegativeTTL, files.narinfoCacheNegativeTTL)
        take(&narinfoCachePositiveTTL, files.narinfoCachePositiveTTL)
        take(&builders, files.builders)
        take(&buildersUseSubstitutes, files.buildersUseSubstitutes)
        take(&postBuildHook, files.postBuildHook)
        take(&sandbox, files.sandbox)
    }
}
