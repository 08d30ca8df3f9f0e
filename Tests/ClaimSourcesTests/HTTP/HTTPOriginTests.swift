import ClaimSources
import Testing

struct HTTPOriginTests {
    @Test(arguments: [
        ("https://cache.example", "https://cache.example/"), ("http://Cache.Example:80/", "http://cache.example/"),
        ("https://cache.example:443/nix", "https://cache.example/nix/"),
        ("http://[::1]:8080/a/b/", "http://[::1]:8080/a/b/"),
        ("https://cache.example:80", "https://cache.example:80/"), ("http://127.0.0.1:5000", "http://127.0.0.1:5000/"),
        ("https://cache.example/%7Euser/", "https://cache.example/%7Euser/"),
    ])
    func readsAnAddress(_ text: String, _ canonical: String) throws {
        #expect(try HTTPOrigin(text).description == canonical)
        #expect(try HTTPOrigin(canonical).description == canonical)
    }

    @Test(arguments: [
        "", "cache.example", "ftp://cache.example", "http://", "http:///x", "https://user@cache.example",
        "https://user:pass@cache.example/", "https://cache.example/?a", "https://cache.example/#a",
        "https://cache.example:",
        "https://cache.example:0", "https://cache.example:65536", "https://cache.example:x", "https://cache.example:-1",
        "https://cache.example:+1", "http://[::1", "http://[::1]x", "http://[]", "https://cache.example/../x",
        "https://cache.example/./x", "https://cache example/", "https://cache.example/ä", "https://cache.example\\x",
        "https://cache.example/\r\nHost: b", "HTTPS://cache.example", "http://a/" + String(repeating: "x", count: 2048),
    ])
    func refusesAnAddress(_ text: String) {
        let error = #expect(throws: SourceTrouble.self) { try HTTPOrigin(text) }
        #expect(error?.kind == .unusable)
    }

    @Test(arguments: [
        ("nar/x.nar.xz", "https://a/b/nar/x.nar.xz"), ("nar/x.nar?sig=1", "https://a/b/nar/x.nar?sig=1"),
        ("https://other/x", "https://other/x"), ("nar/..x", "https://a/b/nar/..x"),
        ("x?u=../http://b", "https://a/b/x?u=../http://b"),
    ])
    func resolves(_ reference: String, _ url: String) throws {
        #expect(try HTTPOrigin("https://a/b").resolve(reference) == url)
    }

    @Test(arguments: [
        "", "../x", "nar/../../x", "./x", "/x", "//b/x", "http://b/x", "file:///etc/passwd", "x y", "x\r\ny", "ä",
        "nar/..",
        "x\0y", "ftp://b/x", "data:x",
    ])
    func refusesAReference(_ reference: String) {
        #expect(throws: SourceTrouble.self) { try HTTPOrigin("https://a/b").resolve(reference) }
    }

    @Test func followsAnAbsoluteReferenceFromHTTP() throws {
        #expect(try HTTPOrigin("http://a").resolve("http://b/x") == "http://b/x")
    }
}
