internal import Glibc

/// What a machine can build.
package struct BuildMachine: Sendable, Hashable {
    /// Its own system type, such as `x86_64-linux`.
    package var system: String
    /// Other system types whose programs it runs.
    package var extraSystems: Set<String>
    /// What `requiredSystemFeatures` may ask for.
    package var features: Set<String>

    package init(system: String, extraSystems: Set<String> = [], features: Set<String> = []) {
        self.system = system
        self.extraSystems = extraSystems
        self.features = features
    }

    /// This machine, with the features that Nix has where nobody set others.
    package static let current: BuildMachine = {
        let processor = processorName()
        var machine = BuildMachine(
            system: "\(processor)-linux", features: ["benchmark", "big-parallel", "nixos-test"])
        if processor == "x86_64" { machine.extraSystems = ["i686-linux"] }
        if access("/dev/kvm", R_OK | W_OK) == 0 { machine.features.insert("kvm") }
        return machine
    }()

    /// Whether programs of a system see a 32-bit machine.
    func showsThirtyTwoBits(to system: String) -> Bool {
        switch system {
        case "i686-linux": self.system == "x86_64-linux"
        case "armv7l-linux", "armv6l-linux", "armhf-linux": true
        default: false
        }
    }

    /// Why a derivation for `system` that needs `features` cannot be built here; nil when it can.
    func objection(to system: String, features needed: [String]) -> String? {
        let isRunnable = system == "builtin" || system == self.system || extraSystems.contains(system)
        let missing = Set(needed).subtracting(features)
        if isRunnable && missing.isEmpty { return nil }
        if missing.isEmpty { return "it needs a machine of type \(system), this one is \(self.system)" }
        return "it needs the features \(needed.sorted().joined(separator: ", ")) on \(system); "
            + "this machine is \(self.system) with \(features.sorted().joined(separator: ", "))"
    }

    private static func processorName() -> String {
        var name = utsname()
        guard uname(&name) == 0 else { return "unknown" }
        return withUnsafeBytes(of: &name.machine) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
