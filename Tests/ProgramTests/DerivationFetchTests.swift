import Compression
import Foundation
import GuixFormats
import StoreFormats
import TestSupport
import Testing

/// Derivations that come from servers which publish them as store items.
@Suite(
    "Derivations fetched from servers",
    .enabled(if: BuildGround.obstacle == nil, "no builds here: \(BuildGround.obstacle ?? "")"))
struct DerivationFetchTests {
    private static func product(_ derivation: Derivation, nar: [UInt8]? = nil) throws -> Product {
        var product = Product(try derivation.storePath(), nar: nar ?? Nar.file(derivation.serialized()))
        product.references = derivation.inputDerivations.map(\.path)
        return product
    }

    private static let shell = ["--sandbox-path", "/bin/sh=/bin/busybox"]

    @Test("One server is enough, because their paths prove them; what is no such derivation is named and not used")
    func closure() async throws {
        let low = try HandMade.derivation("low", script: "echo low > $out", in: .gnu)
        let middle = try HandMade.derivation(
            "middle", script: "cat \(low.outputs[0].path.path) > $out", inputs: [low], in: .gnu)
        let top = try HandMade.derivation(
            "top", script: "cat \(middle.outputs[0].path.path) > $out", inputs: [middle], beneath: [low], in: .gnu)
        let other = try HandMade.derivation("low", script: "echo evil > $out", in: .gnu)
        let scene = try GuixScene()
        for derivation in [low, middle, top] { try scene.builders[0].publish(Self.product(derivation), [.zstd]) }
        try scene.builders[1].publish(Product(low.storePath(), nar: Nar.file(other.serialized())))
        try scene.builders[1].publish(Self.product(middle, nar: Nar.folder([("a", "b")])))
        try scene.builders[1].publish(Self.product(top, nar: Nar.file(top.serialized(), executable: true)))
        try await scene.run { home in
            let path = try top.storePath().path
            let dry = try await Program.run(["build", "--dry-run", path] + Self.shell, home: home)
            #expect(dry.status == 0, "\(dry.err)")
            let made = try await Program.run(["build", path] + Self.shell, home: home)
            #expect(made.status == 0, "\(made.err)")
            #expect(made.out == top.outputs[0].path.path + "\n")
            let file = home.folder.file("store" + top.outputs[0].path.path)
            #expect(try String(contentsOfFile: file, encoding: .utf8) == "low\n")
        }
        // The servers are gone; what they gave is kept.
    }

    @Test("A derivation that only a liar has is not built")
    func liar() async throws {
        let low = try HandMade.derivation("low", in: .gnu)
        let other = try HandMade.derivation("low", script: "echo evil > $out", in: .gnu)
        let scene = try GuixScene()
        for builder in scene.builders {
            try builder.publish(Product(low.storePath(), nar: Nar.file(other.serialized())))
        }
        try await scene.run { home in
            let output = try await Program.run(["build", low.storePath().path] + Self.shell, home: home)
            #expect(output.status == 66, "\(output.err)")
            #expect(output.err.contains("its text belongs to another path"))
            #expect(output.err.contains("is in no store here"))
        }
    }

    @Test("A rebuild finds the derivation by what the narinfo names, and compares")
    func rebuild() async throws {
        let derivation = try HandMade.derivation("made", script: "echo made > $out", in: .gnu)
        let scene = try GuixScene()
        let output = Product(derivation.outputs[0].path, nar: Nar.file(Array("made\n".utf8)))
        for builder in scene.builders {
            try builder.publish(Self.product(derivation))
            try builder.publish(output, deriver: derivation.storePath())
        }
        try await scene.run { home in
            let result = try await Program.run(["rebuild", output.storePath.path] + Self.shell, home: home)
            #expect(result.status == 0, "\(result.out)\(result.err)")
            #expect(result.out.contains("same"))
        }
    }
}

extension GuixBuilder {
    /// Offers a product with the derivation that made it.
    fileprivate func publish(_ product: Product, deriver: StorePath) throws {
        let download = try Self.download(product, .gzip)
        try publish(
            product,
            GuixNarInfo(
                storePath: product.storePath, narHash: product.narHash, narSize: UInt64(product.nar.count),
                references: product.references, deriver: deriver, downloads: [download], signedBy: key, host: name
            ).serialized)
        cache.set("/\(download.url)", try compressed(product.nar, .gzip))
    }
}
