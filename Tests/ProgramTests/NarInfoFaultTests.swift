import StoreFormats
import TestSupport
import Testing

@Suite("Faulty narinfos, through the running gateway")
struct NarInfoFaultTests {
    /// What one cache's answer becomes.
    struct Fault: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// - Parameters: the product, its builder, a builder whom the policy does not name.
        let answer: @Sendable (Product, Builder, Builder) throws -> [UInt8]

        init(_ name: String, _ answer: @escaping @Sendable (Product, Builder, Builder) throws -> [UInt8]) {
            testDescription = name
            self.answer = answer
        }

        /// A fault made by changing the text of a good narinfo.
        static func text(_ name: String, _ change: @escaping @Sendable (String) -> String) -> Fault {
            Fault(name) { product, builder, _ in
                let text = String(decoding: try product.narInfo([builder]).serialized, as: UTF8.self)
                let changed = change(text)
                guard changed != text else { throw TestFailure("the fault '\(name)' changes nothing") }
                return Array(changed.utf8)
            }
        }

        static func line(_ name: String, _ field: String, _ value: String) -> Fault {
            text(name) { text in
                text.split(separator: "\n", omittingEmptySubsequences: false).map {
                    $0.hasPrefix(field + ":") ? "\(field): \(value)" : String($0)
                }.joined(separator: "\n")
            }
        }
    }

    static let faults: [Fault] = [
        .text("carriage returns") { $0.split(separator: "\n").map { $0 + "\r\n" }.joined() },
        .text("no final newline") { String($0.dropLast()) },
        .text("nothing") { _ in "" },
        .text("a page of HTML") { _ in "<html><body>Welcome to this network, please log in</body></html>\n" },
        .text("NarSize twice") { $0 + "NarSize: 1\n" },
        .text("NarHash twice") { $0 + "NarHash: sha256:" + String(repeating: "0", count: 52) + "\n" },
        .text("StorePath twice") { $0 + "StorePath: /nix/store/00000000000000000000000000000000-x\n" },
        .text("References twice") { $0 + "References: \n" },
        .line("negative NarSize", "NarSize", "-1"), .line("NarSize 0", "NarSize", "0"),
        .line("NarSize with a sign", "NarSize", "+120"), .line("NarSize with zeros", "NarSize", "00120"),
        .line("NarSize over 64 bits", "NarSize", "18446744073709551616"),
        .line("the largest NarSize", "NarSize", "18446744073709551615"),
        .line("NarHash of zeros", "NarHash", "sha256:" + String(repeating: "0", count: 52)),
        .line("NarHash by md5", "NarHash", "md5:" + String(repeating: "0", count: 26)),
        .line("a reference that was not signed", "References", "00000000000000000000000000000000-x"),
        .line("a reference out of the store", "References", "../../etc/passwd"),
        .line("another path's StorePath", "StorePath", "/nix/store/00000000000000000000000000000000-x"),
        .line("another store", "StorePath", "/gnu/store/00000000000000000000000000000000-x"),
        .line("a StorePath with dots", "StorePath", "/nix/store/../../etc/passwd"),
        .text("no signature") { $0.split(separator: "\n").filter { !$0.hasPrefix("Sig") }.map { $0 + "\n" }.joined() },
        .line("a signature of no bytes", "Sig", "bert.example-1:"),
        .line("a signature of zeros", "Sig", "bert.example-1:" + String(repeating: "A", count: 86) + "=="),
        Fault("another path's narinfo") { _, builder, _ in try Product("other").narInfo([builder]).serialized },
        Fault("a key that the policy does not name") { product, _, stranger in
            try product.narInfo([stranger]).serialized
        },
        Fault("a stranger's key under the trusted name") { product, builder, _ in
            let forger = try NixSecretKey.generate(name: builder.key.name)
            return try product.narInfo([]).signed(by: forger).serialized
        },
        Fault("a signature over another outcome") { product, builder, _ in
            let other = Product(product.storePath, nar: Nar.file([1]))
            return try product.narInfo([]).replacingSignatures(with: other.narInfo([builder]).signatures).serialized
        },
        Fault("more signatures than are read") { product, builder, _ in
            let line =
                try product.narInfo([builder]).serialized.split(separator: 10).last.map { Array($0) + [10] } ?? []
            return try product.narInfo([]).serialized + (0..<100).flatMap { _ in line }
        },
    ]

    @Test("None of them counts, none keeps two good builders from agreeing")
    func table() async throws {
        let scene = try Scene()
        let stranger = try Builder("stranger")
        let all = try scene.cases(
            Self.faults, products: { _ in try (Product("alone"), Product("beside")) },
            publish: { product, fault in
                try scene.publish(product, at: 0)
                let body = try fault.answer(product, scene.builders[1], stranger)
                scene.caches[1].set("/\(product.hashPart).narinfo", body)
                scene.caches[1].set("/nar/\(product.hashPart).nar", product.nar)
            })
        try await scene.run { home in
            try await withGateway(home) { gateway async throws in
                for one in all {
                    let refused = try await gateway.narInfo(one.alone)
                    #expect(refused.status == 404, "\(one.fault.testDescription)")
                    let accepted = try await gateway.narInfo(one.beside)
                    #expect(accepted.status == 200, "\(one.fault.testDescription)")
                    #expect(try await gateway.nar(one.beside)?.body == one.beside.nar, "\(one.fault.testDescription)")
                }
            }
        }
    }

    @Test("An answer without end is cut off, and the others are heard")
    func oversized() async throws {
        let scene = try Scene()
        let product = try Product("large")
        try scene.publish(product, at: 0, 2)
        let junk = try product.narInfo([scene.builders[1]]).serialized + [UInt8](repeating: 65, count: 3 << 20)
        scene.caches[1].set("/\(product.hashPart).narinfo", junk)
        try await scene.run { home in
            try await withGateway(home) { gateway async throws in
                #expect(try await gateway.narInfo(product).status == 200)
            }
        }
    }

    @Test("Hashes in another spelling say the same, and are served in the canonical one")
    func spelling() async throws {
        let scene = try Scene(2)
        let product = try Product("spelled")
        try scene.publish(product, at: 0)
        let hash = try product.narHash
        let text = String(decoding: try product.narInfo([scene.builders[1]]).serialized, as: UTF8.self)
        let spelled = text.split(separator: "\n").map {
            ($0.hasPrefix("NarHash:") ? "NarHash: sha256:\(hash.hex)" : String($0)) + "\n"
        }.joined()
        scene.caches[1].set("/\(product.hashPart).narinfo", Array(spelled.utf8))
        try await scene.run { home in
            try await withGateway(home) { gateway async throws in
                let reply = try await gateway.narInfo(product)
                #expect([200, 404].contains(reply.status))
                if reply.status == 200 { #expect(reply.text.contains("NarHash: \(hash)\n")) }
            }
        }
    }

    @Test("In filter mode a client gets only signatures that verify, one for each key name")
    func filter() async throws {
        let scene = try Scene()
        let product = try Product("filtered")
        try scene.publish(product, at: 0)
        let name = scene.builders[1].key.name
        let good = String(decoding: try product.narInfo([scene.builders[1]]).serialized, as: UTF8.self)
        // A malformed signature under a trusted name makes nix give up; a second one may be forged.
        let hostile =
            good + "Sig: \(name):AAAA\nSig: \(name):\(String(repeating: "A", count: 86))==\nSig: \(name)\n"
            + "Sig: \(scene.builders[2].key.name):\(String(repeating: "B", count: 86))==\n"
        scene.caches[1].set("/\(product.hashPart).narinfo", Array(hostile.utf8))
        scene.caches[1].set("/nar/\(product.hashPart).nar", product.nar)
        try await scene.run { home in
            try await withGateway(home, ["--mode", "enforce", "--signing", "filter"]) { gateway async throws in
                let reply = try await gateway.narInfo(product)
                #expect(reply.status == 200)
                let narInfo = try NarInfo(served: reply.body)
                #expect(narInfo.serialized == reply.body)
                #expect(Set(narInfo.signatures.map(\.keyName)) == Set(scene.builders[..<2].map(\.key.name)))
                #expect(narInfo.signatures.count == 2)
                for builder in scene.builders[..<2] {
                    #expect(narInfo.validSignature(by: builder.key.publicKey) != nil)
                }
                #expect(try await gateway.nar(product)?.body == product.nar)
            }
        }
    }

    @Test("In filter mode a revoked key's signature is not passed on")
    func filterRevoked() async throws {
        let scene = try Scene()
        let product = try Product("filtered")
        try scene.publish(product, at: 0, 1, 2)
        let line = "revoke key nix \(scene.builders[0].key.publicKey) \"stolen\"\n"
        try await scene.run(more: line) { home in
            try await withGateway(home, ["--mode", "enforce", "--signing", "filter"]) { gateway async throws in
                let narInfo = try NarInfo(served: try await gateway.narInfo(product).body)
                #expect(Set(narInfo.signatures.map(\.keyName)) == Set(scene.builders[1...].map(\.key.name)))
            }
        }
    }
}
