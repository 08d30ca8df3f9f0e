package import ArgumentParser
internal import ClaimSources
internal import GuixFormats
internal import Quorum
internal import StoreFormats
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
            "A key whose signatures are known, besides the policy's; with --url only. NAME:BASE64 for Nix; 64 "
                + "hexadecimal digits or the s-expression for Guix; or a file of either whose name ends with .pub.",
            valueName: "key"), completion: .file())
    package var keys: [String] = []

    @Option(help: ArgumentHelp("Longest wait for one answer, in seconds.", valueName: "seconds"))
    package var deadline = 5.0

    package init() {}

    package func validate() throws {
        guard deadline > 0, deadline <= 3600 else { throw ValidationError("--deadline: from above 0 to 3600 seconds") }
        guard !addresses.isEmpty || (urls.isEmpty && substituteUrls.isEmpty) else {
            throw ValidationError("--substitute-urls: names no server; leave it out to ask the policy's caches")
        }
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
    /// give, which is said.
    func policy(_ workplace: Workplace, _ terminal: Terminal) async throws(CommandError) -> Policy {
        guard !addresses.isEmpty else {
            let found = try await AuditPolicy.find(policyOptions.policy, workplace: workplace)
            if found.file == nil {
                guard !found.policy.caches.isEmpty else {
                    throw CommandError(
                        .badPolicy,
                        "there is no policy, and this machine's settings name no cache; name a server with --url")
                }
                terminal.errors.line(
                    "quorate: there is no policy, so the caches that this machine's settings name are asked: "
                        + "\(found.policy.caches.map(\.name).joined(separator: ", ")) ('quorate policy init' writes one)"
                )
            }
            return found.policy
        }
        var policy = Policy.empty
        if policyOptions.policy != nil || Files.exists(workplace.places.policy) {
            policy = try workplace.policy(policyOptions.policy)
        }
        for key in keys { policy = try Self.adding(key, to: policy) }
        return policy
    }

    /// The policy with a key that it does not name yet, as a cache of the key's own name if that can be one, else of its
    /// first digits. Its address does not matter: the servers given are asked, for every key.
    private static func adding(_ key: String, to policy: Policy) throws(CommandError) -> Policy {
        let key = try text(of: key)
        let isNix = !key.hasPrefix("\"") && key.contains(":")
        func parse(_ text: String, _ name: String) throws(PolicyError) -> Policy {
            try Policy.parse(
                "\(text)\ncache \(name) \(isNix ? "nix" : "guix") \(key) https://key.example\n")
        }
        do throws(PolicyError) {
            let alone = try parse("", "key")
            guard alone.caches.count == 1, policy.voter(of: alone.caches[0].key.identity) == nil else { return policy }
            let key = alone.caches[0].key
            if isNix, let named = try? parse(policy.text, key.name) { return named }
            let digits = digits(of: key.identity)
            // Another key may begin with the same digits.
            if let named = try? parse(policy.text, "key-\(digits.prefix(8))") { return named }
            return try parse(policy.text, "key-\(digits.prefix(40))")
        } catch {
            throw CommandError(.usage, "--key: \(error.message)")
        }
    }

    /// A key in hexadecimal; of an RSA key the number n, as everything before it is the same in all of them.
    private static func digits(of key: KeyIdentity) -> String {
        guard key.algorithm == .rsa else { return Base16.encode(key.bytes) }
        let prefix = "(10:public-key(3:rsa(1:n"
        return Base16.encode(
            Array(key.bytes.dropFirst(prefix.utf8.count).drop { $0 != 0x3A }.dropFirst().drop { $0 == 0 }))
    }

    /// A key as policies have it; the one in a file whose name ends with `.pub`.
    private static func text(of key: String) throws(CommandError) -> String {
        let isFile = key.hasSuffix(".pub")
        let bytes = isFile ? try Files.read(key, limit: 1 << 16) : Array(key.utf8)
        if let guix = try? GuixPublicKey(fileContents: bytes) {
            switch guix.algorithm {
            case .ecdsaEd25519: return guix.hexadecimal
            case .rsa: return "\"\(guix.oneLine)\""
            }
        }
        return isFile ? String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace } : key
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
