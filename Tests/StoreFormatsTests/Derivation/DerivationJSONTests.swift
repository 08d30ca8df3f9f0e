import Testing

@testable import StoreFormats

@Suite("derivations in JSON")
struct DerivationJSONTests {
    @Test(
        "what Nix shows is read and written byte by byte",
        arguments: [("2.8", DerivationJSON.Format.nix28, true), ("2.34", .version4, false)])
    func shown(version: String, format: DerivationJSON.Format, indented: Bool) throws {
        let shown = try DerivationFixture.bytes("derivations/show-\(version).json")
        let entries = try DerivationJSON.parse(shown)
        let stored = try DerivationFixture.derivations(DerivationFixture.special)
        #expect(entries.map(\.path) == stored.keys.sorted())
        for entry in entries { #expect(stored[entry.path] == entry.derivation) }
        let written = try DerivationJSON.serialize(entries.reversed(), as: format, indented: indented)
        let isSame = written + [UInt8(ascii: "\n")] == shown
        #expect(isSame)
    }

    @Test("each format gives back what went in", arguments: DerivationJSON.Format.allCases, [true, false])
    func roundTrip(format: DerivationJSON.Format, indented: Bool) throws {
        for (fixtures, directory) in [
            (DerivationFixture.nix + DerivationFixture.special, StoreDirectory.nix), (DerivationFixture.guix, .gnu),
        ] {
            let entries = try DerivationFixture.derivations(fixtures).map {
                DerivationJSON.Entry(path: $0.key, derivation: $0.value)
            }.sorted { $0.path < $1.path }
            let text = try DerivationJSON.serialize(entries, as: format, indented: indented)
            let again = try DerivationJSON.parse(text, in: directory)
            let isSame = again == entries
            #expect(isSame)
        }
    }

    /// A fixed output, for which versions differ most, and its path.
    private static func sample() throws -> DerivationJSON.Entry {
        let hash = ContentHash(of: [UInt8](), algorithm: .sha256)
        let out = try StorePath.fixedOutput(name: "x", hash: hash, method: .recursive)
        let derivation = try Derivation(
            name: "x",
            outputs: [.init(name: "out", path: out, contentAddress: try .init(method: .recursive, hash: hash))],
            inputSources: [try .sample("source")], system: "x86_64-linux", builder: "/bin/sh", arguments: ["-c", ":"],
            environment: [
                .init(name: "__json", value: "{\"a\":[1.50,null,{}],\"é\":\"\\n\"}"),
                .init(name: "out", value: ByteString(out.path)),
            ])
        return .init(path: try derivation.storePath(), derivation: derivation)
    }

    @Test("every version that Nix has had is read")
    func versions() throws {
        let entry = try Self.sample()
        let out = entry.derivation.outputs[0].path
        let source = entry.derivation.inputSources[0]
        let hex = Base16.encode(ContentHash(of: [UInt8](), algorithm: .sha256).digest)
        let sri = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
        let base64 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
        let json = #""__json": "{\"a\":[1.50,null,{}],\"é\":\"\\n\"}","#
        let rest = """
            "system": "x86_64-linux", "builder": "/bin/sh", "args": ["-c", ":"]
            """
        let env = "\"env\": {\(json) \"out\": \"\(out)\"}"
        let texts = [
            """
            {"\(entry.path)": {"outputs": {"out": {"path": "\(out)", "hashAlgo": "r:sha256", "hash": "\(hex)"}},
            "inputSrcs": ["\(source)"], "inputDrvs": {}, \(env), \(rest)}}
            """,
            """
            {"\(entry.path)": {"name": "x", "outputs": {"out": {"path": "\(out)", "method": "nar", "hashAlgo": "sha256",
            "hash": "\(hex)"}}, "inputSrcs": ["\(source)"], "inputDrvs": {}, \(env), \(rest)}}
            """,
            """
            {"\(entry.path.baseName)": {"name": "x", "version": 3, "outputs": {"out": {"method": "nar",
            "hashAlgo": "sha256", "hash": "\(hex)"}}, "inputSrcs": ["\(source.baseName)"], "inputDrvs": {}, \(env), \(rest)}}
            """,
            """
            {"derivations": {"\(entry.path.baseName)": {"name": "x", "version": 4, "outputs": {"out": {"method": "nar",
            "hash": "\(sri)"}}, "inputs": {"srcs": ["\(source.baseName)"], "drvs": {}}, "env": {"out": "\(out)"},
            "structuredAttrs": {"é": "\\u000a", "a": [1.50, null, {}]}, \(rest)}}, "version": 4}
            """,
            """
            {"derivations": {"\(entry.path.baseName)": {"name": "x", "version": 4, "outputs": {"out": {"method": "nar",
            "hash": {"algorithm": "sha256", "format": "base64", "hash": "\(base64)"}}}, "inputs":
            {"srcs": ["\(source.baseName)"], "drvs": {}}, \(env), \(rest)}}, "version": 4}
            """,
        ]
        for text in texts { #expect(try DerivationJSON.parse(Array(text.utf8)) == [entry]) }
        let written = String(
            decoding: try DerivationJSON.serialize([entry], as: .version4, indented: false), as: UTF8.self)
        #expect(written.contains("\"structuredAttrs\":{\"a\":[1.50,null,{}],\"é\":\"\\n\"}"))
        #expect(written.contains("\"outputs\":{\"out\":{\"hash\":\"\(sri)\",\"method\":\"nar\"}}"))
        #expect(written.hasSuffix("\"version\":4}},\"version\":4}"))
    }

    @Test("inputs of newer versions stand beside dynamic outputs, which are not supported")
    func dynamic() throws {
        let fixture = try DerivationFixture.named("s")
        let entry = DerivationJSON.Entry(
            path: fixture.path, derivation: try Derivation(parsing: fixture.bytes, at: fixture.path))
        let text = String(decoding: try DerivationJSON.serialize([entry], as: .version4), as: UTF8.self)
        #expect(text.contains("\"dynamicOutputs\": {}"))
        let changed = text.replacing("\"dynamicOutputs\": {}", with: "\"dynamicOutputs\": {\"out\": {}}")
        #expect(throws: StoreFormatError(.unsupportedDerivation, "")) { try DerivationJSON.parse(Array(changed.utf8)) }
    }

    @Test("what changed on the way does not belong at its path")
    func changed() throws {
        let shown = String(decoding: try DerivationFixture.bytes("derivations/show-2.8.json"), as: UTF8.self)
        let changed = shown.replacing("/bin/sh", with: "/bin/ssh")
        #expect(throws: StoreFormatError(.invalidJSON, "")) { try DerivationJSON.parse(Array(changed.utf8)) }
    }

    @Test("a string that is not UTF-8 has no JSON")
    func notText() throws {
        let odd = ByteString([0xff])
        let (path, derivation, _) = try Derivation.sample("odd", environment: [.init(name: "a", value: odd)])
        for format in DerivationJSON.Format.allCases {
            #expect(throws: StoreFormatError(.invalidEncoding, "")) {
                try DerivationJSON.serialize([.init(path: path, derivation: derivation)], as: format)
            }
        }
    }

    @Test("attributes that would be written otherwise stay a variable")
    func unusualAttributes() throws {
        for text in ["{\"b\":1,\"a\":2}", "{ }", "[]", "nonsense"] {
            let (path, derivation, _) = try Derivation.sample(
                "odd", environment: [.init(name: "__json", value: ByteString(text))])
            let entry = DerivationJSON.Entry(path: path, derivation: derivation)
            let written = try DerivationJSON.serialize([entry], as: .version4)
            #expect(!String(decoding: written, as: UTF8.self).contains("structuredAttrs"))
            #expect(try DerivationJSON.parse(written) == [entry])
        }
    }

    @Test(
        "malformed JSON is refused",
        arguments: [
            "", "{", "}", "[", "{}{}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{\"a\":1,\"a\":2}", "{a:1}", "\"a",
            "\"\\x\"",
            "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\\u12\"", "\"\u{1}\"", "01", "-", "1.", "1e", "+1",
            ".5", "tru",
            "nul", "[1,]", "[,1]", "NaN", "'a'",
        ])
    func malformed(text: String) {
        #expect(throws: StoreFormatError(.invalidJSON, "")) { try JSONValue(parsing: Array(text.utf8)) }
    }

    @Test(
        "well-formed JSON is read and written again",
        arguments: [
            "{}", "[]", "null", "true", "false", "0", "-0", "1.50", "1e+30", "\"\"",
            "\"a\\\"\\\\\\n\\t\\r\\b\\f\\u0001\"",
            "{\"b\":[1,{\"a\":[]}],\"a\":\"é€😀\"}",
        ])
    func values(text: String) throws {
        #expect(try JSONValue(parsing: Array(text.utf8)).serialized(indented: false) == Array(text.utf8))
    }

    @Test("escapes mean what they say")
    func escapes() throws {
        let value = try JSONValue(parsing: Array(" \"\\u0041\\u00e9\\ud83d\\uDE00\\/\" ".utf8))
        #expect(value == .string("Aé😀/"))
    }

    @Test("nesting has a limit, and text that is not UTF-8 is refused")
    func limits() {
        func nested(_ depth: Int) -> [UInt8] {
            Array(
                (String(repeating: "[", count: depth)
                    + String(repeating: "]", count: depth)).utf8)
        }
        #expect(throws: Never.self) { try JSONValue(parsing: nested(JSONValue.depthLimit)) }
        #expect(throws: StoreFormatError(.limitExceeded, "")) {
            try JSONValue(parsing: nested(JSONValue.depthLimit + 1))
        }
        #expect(throws: StoreFormatError(.invalidJSON, "")) { try JSONValue(parsing: [0x22, 0xff, 0x22]) }
    }
}
