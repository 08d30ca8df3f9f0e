import StoreFormats
import Testing

@Suite("Store paths")
struct StorePathTests {
    static let digits = "2af8rcifbjajsb9mz2mz2ipj8rp4m01p"

    @Test("a path has a directory, a hash part and a name")
    func parts() throws {
        let path = try StorePath("/nix/store/\(Self.digits)-ref-b-1.0")
        #expect(path.directory == .nix)
        #expect(path.hashPart == Self.digits)
        #expect(path.name == "ref-b-1.0")
        #expect(path.baseName == "\(Self.digits)-ref-b-1.0")
        #expect(path.path == "/nix/store/\(Self.digits)-ref-b-1.0")
        #expect(!path.isDerivation)
        #expect(try StorePath("/gnu/store/\(Self.digits)-a.drv", in: .gnu).isDerivation)
    }

    @Test(
        "good names",
        arguments: [
            "a", "A+-._?=z", ".gitignore", "...", ".a", "..a", String(repeating: "x", count: 211), "-", "=", "?",
        ])
    func goodNames(name: String) throws {
        #expect(StorePath.isValidName(name))
        #expect(try StorePath(baseName: "\(Self.digits)-\(name)").name == name)
    }

    @Test(
        "bad names",
        arguments: [
            "", ".", "..", ".-", "..-", ".-a", "..-a", "a b", "a/b", "a\0", "a\n", "ä", "a,b", "a:b", "a*", "a~", "%41",
            String(repeating: "x", count: 212),
        ])
    func badNames(name: String) {
        #expect(!StorePath.isValidName(name))
        #expect(throws: StoreFormatError(.invalidStorePath, "")) {
            try StorePath(baseName: "\(Self.digits)-\(name)")
        }
        #expect(throws: StoreFormatError(.invalidStorePath, "")) {
            try StorePath.text(name: name, contents: [UInt8]())
        }
    }

    @Test(
        "what is no path of the store is refused",
        arguments: [
            ("", StoreFormatError.Code.wrongStoreDirectory),
            ("2af8rcifbjajsb9mz2mz2ipj8rp4m01p-a", .wrongStoreDirectory),
            ("/gnu/store/2af8rcifbjajsb9mz2mz2ipj8rp4m01p-a", .wrongStoreDirectory),
            ("/nix/store2/2af8rcifbjajsb9mz2mz2ipj8rp4m01p-a", .wrongStoreDirectory),
            ("/nix/store", .wrongStoreDirectory),
            ("/nix/store/", .invalidStorePath),
            ("/nix/store//2af8rcifbjajsb9mz2mz2ipj8rp4m01p-a", .invalidStorePath),
            ("/nix/store/2af8rcifbjajsb9mz2mz2ipj8rp4m01p", .invalidStorePath),
            ("/nix/store/2af8rcifbjajsb9mz2mz2ipj8rp4m01p-", .invalidStorePath),
            ("/nix/store/2af8rcifbjajsb9mz2mz2ipj8rp4m01-a", .invalidStorePath),
            ("/nix/store/2af8rcifbjajsb9mz2mz2ipj8rp4m01pp-a", .invalidStorePath),
            ("/nix/store/2AF8rcifbjajsb9mz2mz2ipj8rp4m01p-a", .invalidStorePath),
            ("/nix/store/eaf8rcifbjajsb9mz2mz2ipj8rp4m01p-a", .invalidStorePath),
            ("/nix/store/2af8rcifbjajsb9mz2mz2ipj8rp4m01p-a/bin", .invalidStorePath),
            ("/nix/store/2af8rcifbjajsb9mz2mz2ipj8rp4m01p-a/", .invalidStorePath),
            ("/nix/store/../store/2af8rcifbjajsb9mz2mz2ipj8rp4m01p-a", .invalidStorePath),
        ])
    func refused(text: String, code: StoreFormatError.Code) {
        #expect(throws: StoreFormatError(code, "")) { try StorePath(text) }
    }

    @Test(
        "store directories",
        arguments: [
            ("/nix/store", true), ("/gnu/store", true), ("/home/me/store", true), ("/s", true), ("", false),
            ("/", false),
            ("nix/store", false), ("/nix/store/", false), ("/nix//store", false), ("/nix/./store", false),
            ("/nix/../store", false), ("/nix store", false), ("/a:b", false), ("/a,b", false), ("/ä", false),
        ])
    func directories(path: String, isGood: Bool) {
        #expect(((try? StoreDirectory(path)) != nil) == isGood)
    }

    @Test("paths are ordered by their bytes")
    func order() throws {
        let names = ["A", "Z", "a", "a+", "a-", "a.", "a=", "a?", "a_", "b"].shuffled()
        let paths = try names.map { try StorePath(baseName: "\(Self.digits)-\($0)") }
        let sorted = paths.sorted().map(\.path)
        #expect(sorted == sorted.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    }
}
