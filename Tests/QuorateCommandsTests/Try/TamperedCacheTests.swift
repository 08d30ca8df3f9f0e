import FoundationEssentials
import StoreFormats
import Testing

@testable import QuorateCommands

@Suite struct TamperedCacheTests {
    @Test(arguments: [
        ("..abc..abc", "..xyz..xyz"),
        ("aabc", "axyz"),
        ("abcabc", "xyzxyz"),
        ("ab", "ab"),
        ("", ""),
    ])
    func replacesAllOccurrences(in text: String, gives expected: String) {
        let replaced = TamperedCache.replacing([UInt8]("abc".utf8), by: [UInt8]("xyz".utf8), in: [UInt8](text.utf8))
        #expect(String(decoding: replaced, as: UTF8.self) == expected)
    }

    @Test func leavesTheCacheWithAGoodSignature() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tampered-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let cache = folder.path
        try TryLayout.makeFolder("\(cache)/nar")

        let key = try NixSecretKey.generate(name: "cedar.example-1")
        let honest = try StorePath("/nix/store/0vdana710xk84qyfbyhba8wjdiab5p8b-greeter-1.0")
        let other = try StorePath("/nix/store/fnb3i87ivfa3v3jzpb0hv4lrmrqmnbg3-greeter-1.0")
        let libc = try StorePath("/nix/store/d8wyr08jfgkh8vc6723n394lxk0f2dvq-libc-1.0")
        let before = try NarInfo(
            storePath: honest, url: "nar/x.nar.xz", compression: .xz,
            narHash: NarHash(ContentHash(of: [1], algorithm: .sha256)), narSize: 1, references: [libc]
        ).signed(by: key)
        try TryLayout.write(before.serialized, to: "\(cache)/\(honest.hashPart).narinfo")

        let archive = [UInt8]("I stand at \(other) and open doors".utf8)
        try TamperedCache(cache: cache, key: key).replace(honest, with: archive, from: other)

        let after = try #require(try PublishedPaths.read(cache: cache).first)
        let served = try TryLayout.read("\(cache)/\(after.url)")
        #expect(String(decoding: served, as: UTF8.self) == "I stand at \(honest) and open doors")
        #expect(after.narHash.contentHash == ContentHash(of: served, algorithm: .sha256))
        #expect(after.narSize == UInt64(served.count))
        #expect(after.references == [libc])
        #expect(after.narHash != before.narHash)
        #expect(after.validSignature(by: key.publicKey) != nil)
    }
}
