import StoreFormats
import TestSupport

/// Builders with a cache each, and a policy that asks for agreement between some of them.
struct Scene: Sendable {
    let builders: [Builder]
    let caches: [FakeCache]

    init(_ count: Int = 3) throws {
        builders = try ["anna", "bert", "cleo", "dora"].prefix(count).map { try Builder($0) }
        caches = builders.map { _ in FakeCache() }
    }

    /// A policy by which `threshold` of the builders have to agree.
    func policy(_ addresses: [String], _ threshold: Int, more: String = "") -> String {
        zip(builders, addresses).map { $0.line($1) }.joined()
            + "group some \(threshold) \(builders.map(\.name).joined(separator: " "))\nquorum nix some\n" + more
    }

    /// Offers a product at the caches of these builders, each under its own key.
    func publish(_ product: Product, at indices: Int...) throws {
        for index in indices { try caches[index].publish(product, by: builders[index]) }
    }

    /// One way in which caches are wrong, and two paths that meet it: `alone`, which then too few builders offer, and
    /// `beside`, which one more offers as it should be.
    struct FaultCase<Fault: Sendable>: Sendable {
        let fault: Fault
        let alone: Product
        let beside: Product
    }

    /// A case of each fault, published at the first two builders by `publish`; the third offers what stands beside.
    func cases<Fault: Sendable>(
        _ faults: [Fault], products: (Fault) throws -> (Product, Product),
        publish: (Product, Fault) throws -> Void
    ) throws -> [FaultCase<Fault>] {
        try faults.map { fault in
            let (alone, beside) = try products(fault)
            for product in [alone, beside] { try publish(product, fault) }
            try self.publish(beside, at: 2)
            return FaultCase(fault: fault, alone: alone, beside: beside)
        }
    }

    /// Serves the caches, with a home whose policy names them.
    func run<Value: Sendable>(
        _ threshold: Int = 2, more: String = "", while body: @Sendable (Home) async throws -> Value
    ) async throws -> Value {
        try await serving(caches) { addresses in
            try await body(Home(policy: policy(addresses, threshold, more: more)))
        }
    }
}

extension NarInfo {
    /// A narinfo as the gateway serves it: canonical, but for two fields that no client checks and it leaves out.
    init(served bytes: [UInt8]) throws {
        try self.init(parsing: bytes, in: .nix, accepting: [.missingFileHash, .missingFileSize])
    }
}

extension GatewayProcess {
    func narInfo(_ product: Product) async throws -> HTTPReply { try await get("/\(product.hashPart).narinfo") }

    /// The NAR as a client gets it: by the narinfo's URL. Nil where there is no narinfo.
    func nar(_ product: Product) async throws -> HTTPReply? {
        let reply = try await narInfo(product)
        guard reply.status == 200 else { return nil }
        return try await get("/" + NarInfo(served: reply.body).url)
    }
}
