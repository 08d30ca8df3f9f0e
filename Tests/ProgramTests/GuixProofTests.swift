import Foundation
import GuixFormats
import StoreFormats
import TestSupport
import Testing

/// Proof files about Guix's store, made and checked by the program.
@Suite("Proof files of Guix's store")
struct GuixProofTests {
    /// Narinfos of two real servers, which lie as files.
    private static let servers = URL(fileURLWithPath: CacheFixture.folder).deletingLastPathComponent()
        .appendingPathComponent("guix/servers").path

    private static let path = "/gnu/store/zpqgjbic303ag3ps308ad3mi1rx4g6p2-repro-1.0"

    private static func policy() throws -> String {
        var text = ""
        for name in ["vm", "vm2"] {
            let key = try GuixPublicKey(
                fileContents: Array(Data(contentsOf: URL(fileURLWithPath: "\(servers)/\(name)/signing-key.pub"))))
            text += "cache \(name) guix \(key.hexadecimal) file://\(servers)/\(name) builds\n"
        }
        return text + "group farms 2 vm vm2\nquorum guix farms\n"
    }

    private func bytes(_ home: Home, _ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: home.folder.file(name))))
    }

    @Test("What two real servers signed is exported, and verified where nothing can be asked")
    func realServers() async throws {
        let home = try Home(policy: try Self.policy())
        let proof = home.folder.file("repro.proof")
        // Once from the servers, once from the ledger; the same evidence is the same file.
        var files: Set<[UInt8]> = []
        for _ in 0..<2 {
            try? FileManager.default.removeItem(atPath: proof)
            let export = try await Program.run(["proof", "export", Self.path, "-o", proof], home: home)
            #expect(export.status == 0 && export.err.contains("2 statements"), "\(export.err)")
            #expect(!export.err.contains("warning"), "\(export.err)")
            files.insert(try bytes(home, "repro.proof"))
        }
        #expect(files.count == 1)
        // What is there stays.
        let again = try await Program.run(["proof", "export", Self.path, "-o", proof], home: home)
        #expect(again.status == 73 && again.err.contains("is there already"), "\(again.err)")
        #expect(try bytes(home, "repro.proof") == files.first)
        let good = try #require(files.first)
        // Somebody else, who has the policy's lines with addresses where nobody is.
        let other = try Home(
            policy: try Self.policy().replacingOccurrences(
                of: "file://\(Self.servers)", with: "https://nowhere.invalid"))
        let verified = try await Program.run(["proof", "verify", proof], home: other)
        #expect(verified.status == 0, "\(verified.out)\(verified.err)")
        #expect(verified.out.contains("vm built it: Guix signature of the key 814F8C39"), "\(verified.out)")
        #expect(verified.out.contains("When these caches signed, and whether they built or copied: vm"))
        let json = try await Program.run(["proof", "verify", "--json", proof], home: other)
        #expect(json.status == 0 && json.out.contains(#""key" : "vm2""#), "\(json.out)")
        for field in ["policy", "policyInFile", "digest"] {
            #expect(json.out.contains("\"\(field)\" : \"sha256:"), "\(json.out)")
        }
        // Under the signature of each statement, and in each signature.
        let text = String(decoding: good, as: UTF8.self)
        var places: [Int] = []
        for word in ["NarHash: sha256:", "NarSize: ", "References: ", "Deriver: ", "Signature: 1;vm;"] {
            for range in text.ranges(of: word) {
                places.append(text.utf8.distance(from: text.startIndex, to: range.upperBound))
                // Digits stand there or at once behind.
                places.append(places[places.count - 1] + 8)
            }
        }
        #expect(places.count == 20)
        for place in places {
            var changed = good
            changed[place] ^= 1
            try other.folder.write("changed", changed)
            let refused = try await Program.run(["proof", "verify", other.folder.file("changed")], home: other)
            #expect([1, 65].contains(refused.status), "byte \(place): \(refused.status) \(refused.out)")
        }
    }

    @Test("A NAR at hand is compared with what two servers signed")
    func nar() async throws {
        let scene = try GuixScene()
        let product = try Product(guix: "hello-2.12")
        try scene.publish(product)
        try await scene.run { home in
            let proof = home.folder.file("hello.proof")
            let export = try await Program.run(["proof", "export", product.storePath.path, "-o", proof], home: home)
            #expect(export.status == 0, "\(export.err)")
            try home.folder.write("good.nar", product.nar)
            let good = try await Program.run(
                ["proof", "verify", proof, "--file", home.folder.file("good.nar")], home: home)
            #expect(good.status == 0 && good.out.contains("The file is this outcome."), "\(good.out)\(good.err)")
            var other = product.nar
            other[other.count - 20] ^= 1
            try home.folder.write("other.nar", other)
            let bad = try await Program.run(
                ["proof", "verify", proof, "--file", home.folder.file("other.nar")], home: home)
            #expect(bad.status == 2 && bad.out.contains("The file is another outcome."), "\(bad.out)\(bad.err)")
            // A link into a store is followed, of any other it is said that it was compared itself.
            let base = product.storePath.path.dropFirst("/gnu/store/".count)
            try home.folder.write("tree", product.storePath.baseName)
            try FileManager.default.createDirectory(
                atPath: home.folder.file("store/gnu/store"), withIntermediateDirectories: true)
            try FileManager.default.moveItem(
                atPath: home.folder.file("tree"), toPath: home.folder.file("store/gnu/store/\(base)"))
            for (name, target, status) in [
                ("result", home.folder.file("store/gnu/store/\(base)"), Int32(0)), ("second", "result", 0),
                ("to-nar", "good.nar", 2), ("gone", "nowhere", 2),
            ] {
                let link = home.folder.file(name)
                try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
                let output = try await Program.run(["proof", "verify", proof, "--file", link], home: home)
                #expect(output.status == status, "\(name): \(output.out)\(output.err)")
                #expect(output.err.contains("\(link) is a link, and was compared as one") == (status == 2))
            }
            // What a key signed that was revoked here counts no longer.
            let key = scene.builders[0].key.publicKey.hexadecimal.lowercased()
            let revoked = try await Program.run(["revoke", "key", "guix", key], home: home)
            #expect(revoked.status == 0, "\(revoked.err)")
            let without = try await Program.run(["proof", "verify", proof], home: home)
            #expect(without.status == 1 && without.out.contains("not counted: Guix signature"), "\(without.out)")
            #expect(!without.out.contains("Relied on:\nNot shown"), "\(without.out)")
            #expect(without.out.contains("revoked") && without.out.contains("with too few others"), "\(without.out)")
        }
    }

    @Test("Servers that disagree, or only one that signed, prove nothing")
    func short() async throws {
        let scene = try GuixScene()
        let (one, two) = (try Product(guix: "one"), try Product(guix: "two"))
        try scene.builders[0].publish(one)
        try scene.builders[0].publish(two)
        try scene.builders[1].publish(Product(two.storePath, nar: Nar.file(Array("another".utf8))))
        try await scene.run { home in
            for (product, status) in [(one, Int32(1)), (two, 2)] {
                let proof = home.folder.file("none.proof")
                let export = try await Program.run(
                    ["proof", "export", product.storePath.path, "-o", proof], home: home)
                #expect(export.status == status, "\(export.err)")
                #expect(!FileManager.default.fileExists(atPath: proof))
            }
        }
    }
}
