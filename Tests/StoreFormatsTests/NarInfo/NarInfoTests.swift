import StoreFormats
import Testing

@Suite("Narinfos of real caches")
struct NarInfoTests {
    @Test("there are 66 of them")
    func count() {
        #expect(Fixture.narInfos.count == 66)
    }

    @Test(
        "each is canonical, comes back byte for byte and is signed by its own cache only", arguments: Fixture.narInfos)
    func real(name: String) throws {
        let bytes = try Fixture.bytes(name)
        let info = try NarInfo(parsing: bytes)
        #expect(info.quirks == [])
        #expect(info.serialized == bytes)
        for cache in Fixture.caches {
            let isSigned = try info.validSignature(by: Fixture.key(cache)) != nil
            #expect(isSigned == name.hasPrefix(cache))
        }
        #expect("\(name.dropFirst(2).prefix(32))" == info.storePath.hashPart)
    }

    @Test("all fields are read")
    func fields() throws {
        let info = try NarInfo(parsing: try Fixture.bytes("a/2af8rcifbjajsb9mz2mz2ipj8rp4m01p.narinfo"))
        #expect(info.storePath.name == "ref-b-1.0")
        #expect(info.url == "nar/1fpzlb1604bpxzsk1zzapdl2dsb9shb26ymkc4ybqyalzpv8kvrc.nar.xz")
        #expect(info.compression == .xz)
        #expect(info.fileHash?.description == "sha256:1fpzlb1604bpxzsk1zzapdl2dsb9shb26ymkc4ybqyalzpv8kvrc")
        #expect(info.fileSize == 256)
        #expect(info.narHash.nix32 == "0byljabagb15g0avzy6qypfhfdk8w1bvmpkicjlzfgjzp1wm534z")
        #expect(info.narSize == 400)
        #expect(info.references.map(\.name) == ["ref-b-1.0", "ref-a-1.0"])
        #expect(info.deriver?.name == "ref-b-1.0.drv")
        #expect(info.signatures.map(\.keyName) == ["cache-a.quorate.test-1"])
        #expect(info.contentAddress == nil)
        #expect(
            String(decoding: info.fingerprint, as: UTF8.self)
                == "1;/nix/store/2af8rcifbjajsb9mz2mz2ipj8rp4m01p-ref-b-1.0;"
                + "sha256:0byljabagb15g0avzy6qypfhfdk8w1bvmpkicjlzfgjzp1wm534z;400;"
                + "/nix/store/2af8rcifbjajsb9mz2mz2ipj8rp4m01p-ref-b-1.0,"
                + "/nix/store/q04vps5hg4mhhz2arn4pdw7xhzx7iggm-ref-a-1.0")
    }

    @Test("a changed field that is signed makes the signature invalid")
    func tampered() throws {
        let text = String(
            decoding: try Fixture.bytes("a/2af8rcifbjajsb9mz2mz2ipj8rp4m01p.narinfo"), as: UTF8.self)
        let key = try Fixture.key("a")
        let changes = [
            ("NarSize: 400", "NarSize: 408"), ("StorePath: /nix/store/2", "StorePath: /nix/store/3"),
            ("NarHash: sha256:0b", "NarHash: sha256:0c"), (" q04vps5hg4mhhz2arn4pdw7xhzx7iggm-ref-a-1.0", ""),
        ]
        for (old, new) in changes {
            #expect(text.contains(old))
            let info = try NarInfo(parsing: text.replacing(old, with: new).utf8)
            #expect(info.validSignature(by: key) == nil)
        }
        let unsigned = try NarInfo(parsing: text.replacing("FileSize: 256", with: "FileSize: 1").utf8)
        #expect(unsigned.validSignature(by: key) != nil)
    }

    @Test("signatures of several caches stand beside each other when all agree")
    func merged() throws {
        let infos = try Fixture.caches.map {
            try NarInfo(parsing: try Fixture.bytes("\($0)/2af8rcifbjajsb9mz2mz2ipj8rp4m01p.narinfo"))
        }
        let merged = infos[0].replacingSignatures(with: infos.flatMap(\.signatures))
        let read = try NarInfo(parsing: merged.serialized)
        for cache in Fixture.caches { #expect(try read.validSignature(by: Fixture.key(cache)) != nil) }
        let gateway = try NixSecretKey.generate(name: "gateway-1")
        #expect(try read.signed(by: gateway).validSignature(by: gateway.publicKey) != nil)
    }

    @Test("a narinfo that was put together is written canonically")
    func written() throws {
        let model = try NarInfo(parsing: try Fixture.bytes("c/302yad28wbkif3hf13r936mwszzc94p6.narinfo"))
        let written = try NarInfo(
            storePath: model.storePath, url: model.url, compression: model.compression, fileHash: model.fileHash,
            fileSize: model.fileSize, narHash: model.narHash, narSize: model.narSize,
            references: model.references.reversed(), deriver: model.deriver, signatures: model.signatures,
            contentAddress: model.contentAddress)
        #expect(written == model)
        #expect(written.serialized == model.serialized)
    }

    @Test("nothing is put together that could not be read", arguments: ["", "a b", "a\nURL: b", "a\u{7f}"])
    func notWritten(url: String) throws {
        let path = try StorePath.text(name: "t", contents: [UInt8]())
        let hash = try #require(NarHash([UInt8](repeating: 0, count: 32)))
        #expect(throws: StoreFormatError(.invalidNarInfo, "")) {
            try NarInfo(storePath: path, url: url, compression: .xz, narHash: hash, narSize: 96, references: [])
        }
        #expect(throws: StoreFormatError(.invalidNarInfo, "")) {
            try NarInfo(storePath: path, url: "u", compression: .xz, narHash: hash, narSize: 0, references: [])
        }
        #expect(throws: StoreFormatError(.invalidNarInfo, "")) {
            try NarInfo(
                storePath: path, url: "u", compression: .xz, narHash: hash, narSize: 1, references: [],
                unknownFields: [.init(name: "X", value: "1\nSig: x")])
        }
        let other = try StorePath.text(name: "t", contents: [UInt8](), in: .gnu)
        #expect(throws: StoreFormatError(.wrongStoreDirectory, "")) {
            try NarInfo(storePath: path, url: "u", compression: .xz, narHash: hash, narSize: 1, references: [other])
        }
    }
}
