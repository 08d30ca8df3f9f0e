internal import ClaimSources
internal import ClientSetup
internal import FoundationEssentials
internal import GuixFormats
internal import NIOCore
internal import Quorum
internal import StoreFormats

/// What a gateway says of itself, and what this machine's own state says of it.
struct GatewayDiscovery {
    let setup: GatewaySetup
    /// What could not be found out, or does not fit together, in one line each.
    let remarks: [String]

    /// The part of `/api/v1/status` that clients are set up by; `docs/json.md` describes it.
    private struct Status: Decodable {
        let version: Int
        let signing: String
        let publicKey: String
        let guixKey: String?
        let rootStore: String?
    }

    /// Asks the gateway; where it does not answer the key in the local state has to do.
    ///
    /// - Parameter policyFile: Whose keys clients trust in filter mode; nil for the default policy.
    /// - Throws: ``CommandError`` when neither knows the key.
    static func find(
        url: String, policyFile: String?, workplace: Workplace
    ) async throws(CommandError) -> GatewayDiscovery {
        let url = GatewaySetup.root(of: url)
        let local = try? KeyFiles.publicKey(in: workplace.places.keys + "/gateway")
        let status: Status
        do throws(CommandError) {
            status = try await ask(url)
        } catch {
            guard let local else {
                throw CommandError(
                    .unavailable,
                    "\(error); its key is not in this machine's state either: start it, or name it with --gateway URL")
            }
            let guix = try? KeyFiles.guixSecretKey(in: workplace.places.keys + "/guix-gateway").publicKey.hexadecimal
            return GatewayDiscovery(
                setup: GatewaySetup(url: url, signing: .reSign(local), guixKeys: [guix].compactMap(Self.guixKey)),
                remarks: ["\(error); going by the key in \(workplace.places.keys)/gateway"])
        }
        guard status.version == 1 else {
            throw CommandError(
                .badData, "\(url): status of version \(status.version); use a quorate of the gateway's age")
        }
        let key: NixPublicKey
        do {
            key = try NixPublicKey(parsing: status.publicKey)
        } catch {
            throw CommandError(.badData, "\(url): its public key cannot be read: \(error)")
        }
        var remarks: [String] = []
        if let local, local.bytes != key.bytes {
            remarks.append(
                "the gateway at \(url) signs with \(key.name), this machine's state holds \(local.name): another "
                    + "gateway answers there, or one with other state")
        }
        switch status.signing {
        case "re-sign":
            return GatewayDiscovery(
                setup: GatewaySetup(
                    url: url, signing: .reSign(key), guixKeys: [status.guixKey].compactMap(guixKey),
                    rootStore: status.rootStore.flatMap(CacheKind.init)), remarks: remarks)
        case "filter":
            let policy = try workplace.policy(policyFile)
            return GatewayDiscovery(
                setup: GatewaySetup(
                    url: url, signing: .filter(builderKeys(policy)),
                    guixKeys: policy.caches.filter { $0.kind == .guix }.map(\.key.identity),
                    rootStore: status.rootStore.flatMap(CacheKind.init)), remarks: remarks)
        default:
            throw CommandError(.badData, "\(url): signs in a way that is not known here (\(status.signing))")
        }
    }

    /// A gateway's key for Guix, by the hexadecimal digits of its point.
    private static func guixKey(_ digits: String?) -> KeyIdentity? {
        guard let digits, let bytes = try? Base16.decode(digits.lowercased()) else { return nil }
        return KeyIdentity(algorithm: .ecdsaEd25519, bytes: bytes)
    }

    private static func builderKeys(_ policy: Policy) -> [NixPublicKey] {
        policy.caches.filter { $0.kind == .nix }.compactMap {
            try? NixPublicKey(name: $0.key.name, bytes: $0.key.identity.bytes)
        }
    }

    private static func ask(_ url: String) async throws(CommandError) -> Status {
        let resources = HTTPResources()
        let answer: Result<[UInt8], CommandError>
        do throws(SourceTrouble) {
            let gateway = try BinaryCache(url: url, resources: resources)
            switch await gateway.get("api/v1/status") {
            case .body(let body): answer = .success(Array(body.readableBytesView))
            case .absent: answer = .failure(CommandError(.unavailable, "\(url) answers, but is no quorate gateway"))
            case .trouble(let trouble):
                answer = .failure(CommandError(.unavailable, "the gateway does not answer: \(trouble.message)"))
            }
            gateway.shutdown()
        } catch {
            answer = .failure(CommandError(.usage, "--gateway: \(error.message)"))
        }
        await resources.shutdown()
        let bytes = try answer.get()
        guard let status = try? JSONDecoder().decode(Status.self, from: Data(bytes)) else {
            throw CommandError(.unavailable, "\(url) answers, but not as a quorate gateway does")
        }
        return status
    }
}
