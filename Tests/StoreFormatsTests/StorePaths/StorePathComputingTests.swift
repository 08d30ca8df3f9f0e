import StoreFormats
import Testing

/// Expected paths are what `nix-instantiate` of Nix 2.8 says, and those of the fixtures.
@Suite("Computing store paths")
struct StorePathComputingTests {
    @Test(
        "fixed outputs without content, by each algorithm",
        arguments: [
            (HashAlgorithm.md5, ContentAddress.Method.flat, "frj814z6w64pnn5nzkqm4sigh67haqp3"),
            (.sha1, .flat, "cnf9hxs843xmbr34agnx2zfh94kvwd9c"),
            (.sha256, .flat, "34m9772nmka6dgv603xhbm7p47w66brs"),
            (.sha512, .flat, "1nqicnnw6r7mqhncdfili74nc5a9jjvz"),
            (.md5, .recursive, "vf65lr7w8k522b2l6769x5vr7g1j9i6k"),
            (.sha1, .recursive, "8k5cjiyx5fbmlbhxsha3bv3y52cq7vl7"),
            (.sha256, .recursive, "1lv41kr82n9llh95z38gwpm3dlhgipc7"),
            (.sha512, .recursive, "viwyjj8r19248m9jjzhdqrbmpa7sr4cd"),
        ])
    func fixedOutput(algorithm: HashAlgorithm, method: ContentAddress.Method, hashPart: String) throws {
        let hash = ContentHash(of: [UInt8](), algorithm: algorithm)
        let path = try StorePath.fixedOutput(name: "empty.tar.gz", hash: hash, method: method)
        #expect(path.path == "/nix/store/\(hashPart)-empty.tar.gz")
    }

    @Test("texts, without and with references in any order")
    func text() throws {
        let text = try StorePath.text(name: "t.txt", contents: [UInt8]("hello\n".utf8))
        #expect(text.path == "/nix/store/nj4j70xcnmcdh9y4yfs0ddw3hhli4880-t.txt")
        let zero = try StorePath.text(name: "0", contents: [UInt8]("zero".utf8))
        #expect(zero.path == "/nix/store/9ksihb0hlygh6bfgg9slxznmgfqg8540-0")
        let one = try StorePath.text(name: "u", contents: [UInt8]("see \(text)\n".utf8), references: [text])
        #expect(one.path == "/nix/store/h2qsszqixk4dl6v34zg3qgmxhci1xzlb-u")
        for references in [[text, zero], [zero, text], [zero, text, zero]] {
            let both = try StorePath.text(
                name: "v", contents: [UInt8]("see \(text) and \(zero)\n".utf8), references: references)
            #expect(both.path == "/nix/store/7c0kxnxl2ykhnwbargp03a4zy8fh7hxj-v")
        }
    }

    @Test("a source follows from its NAR hash")
    func source() throws {
        let hash = try NarHash(parsing: "sha256:10w23xy02jrxli0xi42h0aics19lb4dr4pk3qkkn5s43yl65lxmi")
        let path = try StorePath.source(name: "src.d", narHash: hash)
        #expect(path.path == "/nix/store/21zjjj6inb0m76byjbbd4hsr8wkssyi6-src.d")
        let referring = try StorePath.source(name: "src.d", narHash: hash, references: [path])
        let selfReferring = try StorePath.source(name: "src.d", narHash: hash, hasSelfReference: true)
        #expect(Set([path, referring, selfReferring]).count == 3)
        #expect(try StorePath.source(name: "src.d", narHash: hash, in: .gnu).hashPart != path.hashPart)
    }

    @Test("derivations are texts that refer to their inputs")
    func derivations() throws {
        let userland = try StorePath("/nix/store/fkh7snk6kszspq5gam21vflnlbmcahkr-static-userland")
        let refA = try StorePath("/nix/store/6pis4xw6f2987bjc0x6h4yg5ljksd1z8-ref-a-1.0.drv")
        for (baseName, references) in [
            (refA.baseName, [userland]),
            ("kzfawi0m7kdn5pg0js8xxb9yscdzwazg-fixed-flat-1.0.drv", [userland]),
            ("4hpdlaxiqg2npysn0q1ri3g7ysvx6ln5-ref-b-1.0.drv", [userland, refA]),
        ] {
            let expected = try StorePath(baseName: baseName)
            let contents = try Fixture.bytes("drvs/\(baseName)")
            #expect(try StorePath.text(name: expected.name, contents: contents, references: references) == expected)
        }
    }

    @Test("every content address of the fixtures gives its path")
    func fixtures() throws {
        var methods: Set<String> = []
        for name in Fixture.narInfos {
            let info = try NarInfo(parsing: try Fixture.bytes(name))
            guard let address = info.contentAddress else { continue }
            methods.insert("\(address.method) \(address.hash.algorithm)")
            #expect(address.commitsToContent)
            let computed = try address.storePath(name: info.storePath.name, references: info.references)
            #expect(computed == info.storePath)
            if address.isNarHash { #expect(address.hash == info.narHash.contentHash) }
        }
        #expect(methods == ["recursive sha256", "flat sha256", "flat sha512"])
    }

    @Test("addresses that take no references refuse them")
    func references() throws {
        let path = try StorePath.text(name: "t", contents: [UInt8]())
        let sha256 = ContentHash(of: [UInt8](), algorithm: .sha256)
        let sha1 = ContentHash(of: [UInt8](), algorithm: .sha1)
        for (method, hash) in [(ContentAddress.Method.flat, sha256), (.recursive, sha1), (.git, sha1)] {
            let address = try ContentAddress(method: method, hash: hash)
            #expect(throws: StoreFormatError(.invalidContentAddress, "")) {
                try address.storePath(name: "n", references: [path])
            }
            #expect(throws: StoreFormatError(.invalidContentAddress, "")) {
                try address.storePath(name: "n", hasSelfReference: true)
            }
        }
        let text = try ContentAddress(method: .text, hash: sha256)
        #expect(throws: StoreFormatError(.invalidContentAddress, "")) {
            try text.storePath(name: "n", hasSelfReference: true)
        }
        #expect(throws: StoreFormatError(.wrongStoreDirectory, "")) {
            try text.storePath(name: "n", references: [path], in: .gnu)
        }
    }

    @Test("content addresses print as they are read", arguments: ContentAddress.Method.allCases)
    func addresses(method: ContentAddress.Method) throws {
        for algorithm in HashAlgorithm.allCases {
            let hash = ContentHash(of: [UInt8]("x".utf8), algorithm: algorithm)
            guard let address = try? ContentAddress(method: method, hash: hash) else { continue }
            #expect(try ContentAddress(parsing: address.description) == address)
            #expect(address.commitsToContent == (method != .git && algorithm != .md5 && algorithm != .sha1))
        }
    }

    @Test(
        "what is no content address is refused",
        arguments: [
            "", "fixed", "fixed:", "fixed:r:", "text:", "fixed:sha256:", "fixed:x:sha256:00", "r:sha256:00",
            "text:sha1:143xibwh31h9bvxzalr0sjvbbvpa6ffs",
            "text:r:sha256:0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73",
            "fixed:r:sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "fixed:sha256:0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73 ",
        ])
    func addressesRefused(text: String) {
        #expect(throws: StoreFormatError(.invalidContentAddress, "")) { try ContentAddress(parsing: text) }
    }
}
