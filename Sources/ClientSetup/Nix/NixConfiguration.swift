/// The settings of Nix that decide what gets into the store without being built here.
///
/// Read by `parse(showConfig:)` from what nix says, by `parse(files:)` from its files, or by `read` from both.
/// <https://nix.dev/manual/nix/latest/command-ref/conf-file>
package struct NixConfiguration: Sendable, Hashable {
    /// Where prebuilt paths are asked for.
    package var substituters = NixSetting(["https://cache.nixos.org/"])
    /// Further ones that any user may switch on.
    package var trustedSubstituters = NixSetting([String]())
    /// `name:base64` of every key whose signature is enough.
    package var trustedPublicKeys = NixSetting(["cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY="])
    /// Users and `@groups` who may set anything, substituters among it.
    package var trustedUsers = NixSetting(["root"])
    package var requireSigs = NixSetting(true)
    package var fallback = NixSetting(false)
    /// Whether anything is substituted at all.
    package var substitute = NixSetting(true)
    /// Whether flakes may bring settings along without being asked about.
    package var acceptFlakeConfig = NixSetting(false)
    /// Seconds for which a "not here" of a substituter is remembered.
    package var narinfoCacheNegativeTTL = NixSetting<UInt64>(3600)
    /// Seconds for which a found path's narinfo is remembered.
    package var narinfoCachePositiveTTL = NixSetting<UInt64>(30 * 24 * 3600)
    /// The setting as written: machines, or `@file`.
    package var builders = NixSetting("@/etc/nix/machines")
    package var buildersUseSubstitutes = NixSetting(false)
    package var postBuildHook = NixSetting("")
    /// `true`, `false` or `relaxed`.
    package var sandbox = NixSetting("true")
    /// The lines of `builders` with its files read: one for each machine that builds for this one.
    package var remoteBuilders: [String] = []

    /// Nix's defaults.
    package init() {}
}

extension NixConfiguration {
    /// One line or JSON value, before it has a meaning.
    enum RawValue {
        case text(String)
        case list([String])

        var words: [String] {
            switch self {
            case .text(let text): text.split { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" }.map(String.init)
            case .list(let words): words
            }
        }

        var text: String {
            switch self {
            case .text(let text): text
            case .list(let words): words.joined(separator: " ")
            }
        }
    }

    /// Sets the setting of that name, if it is one of those held here.
    ///
    /// - Parameter origin: where it is set; nil for nix's own default.
    /// - Returns: why nix would refuse the value, or nil.
    mutating func apply(_ name: String, _ value: RawValue, from origin: NixSettingOrigin?) -> String? {
        switch name {
        case "substituters", "binary-caches": Self.set(&substituters, value, from: origin)
        case "trusted-substituters", "trusted-binary-caches": Self.set(&trustedSubstituters, value, from: origin)
        case "trusted-public-keys", "binary-cache-public-keys": Self.set(&trustedPublicKeys, value, from: origin)
        case "trusted-users": Self.set(&trustedUsers, value, from: origin)
        case "require-sigs": return Self.set(&requireSigs, value, from: origin)
        case "fallback", "build-fallback": return Self.set(&fallback, value, from: origin)
        case "substitute", "build-use-substitutes": return Self.set(&substitute, value, from: origin)
        case "accept-flake-config": return Self.set(&acceptFlakeConfig, value, from: origin)
        case "narinfo-cache-negative-ttl": return Self.set(&narinfoCacheNegativeTTL, value, from: origin)
        case "narinfo-cache-positive-ttl": return Self.set(&narinfoCachePositiveTTL, value, from: origin)
        case "builders": Self.set(&builders, value, from: origin)
        case "builders-use-substitutes": return Self.set(&buildersUseSubstitutes, value, from: origin)
        case "post-build-hook": Self.set(&postBuildHook, value, from: origin)
        case "sandbox", "build-use-chroot", "build-use-sandbox":
            guard ["true", "false", "relaxed"].contains(value.text) else {
                return "the sandbox is true, false or relaxed, not '\(value.text)'"
            }
            Self.set(&sandbox, value, from: origin)
        default: break
        }
        return nil
    }

    private static func set(
        _ setting: inout NixSetting<[String]>, _ value: RawValue, from origin: NixSettingOrigin?
    ) {
        guard let origin, origin.appends else {
            setting = NixSetting(value.words, origins: origin.map { [$0] } ?? [])
            return
        }
        setting.value += value.words
        setting.origins.append(origin)
    }

    private static func set(_ setting: inout NixSetting<String>, _ value: RawValue, from origin: NixSettingOrigin?) {
        setting = NixSetting(value.text, origins: origin.map { [$0] } ?? [])
    }

    private static func set(
        _ setting: inout NixSetting<Bool>, _ value: RawValue, from origin: NixSettingOrigin?
    ) -> String? {
        switch value.text {
        case "true", "yes", "1": setting = NixSetting(true, origins: origin.map { [$0] } ?? [])
        case "false", "no", "0": setting = NixSetting(false, origins: origin.map { [$0] } ?? [])
        default: return "expected true or false, not '\(value.text)'"
        }
        return nil
    }

    private static func set(
        _ setting: inout NixSetting<UInt64>, _ value: RawValue, from origin: NixSettingOrigin?
    ) -> String? {
        // Newer versions of nix read a unit behind the number.
        let units: [Character: UInt64] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40]
        var digits = Substring(value.text)
        var unit: UInt64 = 1
        if let last = digits.last, let known = units[Character(last.uppercased())] {
            unit = known
            digits.removeLast()
        }
        guard let number = UInt64(digits), case let product = number.multipliedReportingOverflow(by: unit),
            !product.overflow
        else { return "expected a whole number, not '\(value.text)'" }
        setting = NixSetting(product.partialValue, origins: origin.map { [$0] } ?? [])
        return nil
    }
}
