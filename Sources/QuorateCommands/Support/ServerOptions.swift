package import ArgumentParser
internal import ClaimSources
internal import Quorum
internal import Verification

/// Which servers are asked, and whose signatures are known.
package struct ServerOptions: ParsableArguments {
    @OptionGroup package var policyOptions: PolicyOptions

    @Option(
        name: .customLong("url"),
        help: ArgumentHelp(
            "Ask this server instead of the policy's caches; may be given more than once.", valueName: "url"))
    package var urls: [String] = []

    @Option(
        help: ArgumentHelp(
            "The same, several addresses in one argument as guix takes them.", valueName: "urls"))
    package var substituteUrls: [String] = []

    @Option(
        name: .customLong("key"),
        help: ArgumentHelp(
            "A key whose signatures are known, besides the policy's; with --url only. NAME:BASE64 for Nix, 64 "
                + "hexadecimal digits for Guix.", valueName: "key"))
    package var keys: [String] = []

    @Option(help: ArgumentHelp("Longest wait for one answer, in seconds.", valueName: "seconds"))
    package var deadline = 5.0

    package init() {}

    package func validate() throws {
        guard deadline > 0, deadline <= 3600 else { throw ValidationError("--deadline: from above 0 to 3600 seconds") }
        guard keys.isEmpty || !addresses.isEmpty else {
            throw ValidationError("--key: name the server that it belongs to with --url")
        }
    }

    /// The addresses given; none to ask the policy's caches.
    var addresses: [String] {
        urls + substituteUrls.flatMap { $0.split(separator: " ").map(String.init) }
    }

    /// How each server is asked.
    var limits: HTTPLimits { HTTPLimits(deadline: .seconds(deadline)) }

    /// The policy whose keys are known.
    ///
    /// Where servers are given by address, none is needed; where there is neither, it is what this machine's own settings
    /// give.
    func policy(_ workplace: Workplace) async throws(CommandError) -> Policy {
        guard !addresses.isEmpty else {
            return try await AuditPolicy.find(policyOptions.policy, workplace: workplace).policy
        }
        var policy = Policy.empty
        if policyOptions.policy != nil || Files.exists(workplace.places.policy) {
            policy = try workplace.policy(policyOptions.policy)
        }
        guard !keys.isEmpty else { return policy }
        do throws(PolicyError) {
            return try Policy.parse(policy.text + lines(beside: policy))
        } catch {
            throw CommandError(.usage, "--key: \(error.message)")
        }
    }

    /// The keys as lines of a policy. Their addresses do not matter: those given are asked, for every key.
    private func lines(beside policy: Policy) -> String {
        let place = addresses.first ?? ""
        var text = policy.text.isEmpty || policy.text.hasSuffix("\n") ? "" : "\n"
        var number = 0
        for key in keys {
            let name = key.split(separator: ":", maxSplits: 1).count == 2 ? String(key.prefix { $0 != ":" }) : ""
            let isPlain = name.utf8.allSatisfy { byte in
                [UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_")].contains(byte)
                    || (byte < 0x80
                        && (Character(UnicodeScalar(byte)).isLetter || Character(UnicodeScalar(byte)).isNumber))
            }
            var leaf = name
            if name.isEmpty || !isPlain || policy.caches.contains(where: { $0.name == name }) {
                number += 1
                leaf = "key-\(number)"
            }
            text += "cache \(leaf) \(key.contains(":") ? "nix" : "guix") \(key) \(place)\n"
        }
        return text
    }

    /// The servers, ready to be asked.
    func servers(_ policy: Policy, resources: HTTPResources) throws(CommandError) -> CacheSet {
        guard !addresses.isEmpty else {
            return CacheSet(policy: policy, limits: limits, pausesAfterTrouble: false, resources: resources)
        }
        // A server that the policy knows has the name it is known by.
        let servers = addresses.map { address in
            let plain = address.hasSuffix("/") ? String(address.dropLast()) : address
            return (policy.caches.first { $0.urls.contains(plain) && keys.isEmpty }?.name ?? plain, address)
        }
        do {
            return try CacheSet(servers: servers, limits: limits, resources: resources)
        } catch {
            throw CommandError(.usage, error.message)
        }
    }
}
