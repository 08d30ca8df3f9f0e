import Testing

@testable import StoreFormats

@Suite("hostile derivations")
struct DerivationHostileTests {
    private static let out = "/nix/store/2af8rcifbjajsb9mz2mz2ipj8rp4m01p-x"
    private static let drv = "/nix/store/3af8rcifbjajsb9mz2mz2ipj8rp4m01p-y.drv"
    private static let hash = String(repeating: "0", count: 64)

    private static func text(
        outputs: String = "(\"out\",\"\(out)\",\"\",\"\")", inputs: String = "", sources: String = "",
        system: String = "s", arguments: String = "", environment: String = ""
    ) -> String {
        "Derive([\(outputs)],[\(inputs)],[\(sources)],\"\(system)\",\"b\",[\(arguments)],[\(environment)])"
    }

    @Test("the plain one is read")
    func plain() throws {
        #expect(try Derivation(parsing: Array(Self.text().utf8), name: "x").outputs.count == 1)
    }

    @Test(
        "what is not canonical, or not supported, is refused",
        arguments: [
            // Form.
            ("", .truncated), ("Derive", .invalidDerivation), ("derive([", .invalidDerivation),
            (text() + "\n", .trailingData), (text() + text(), .trailingData), (String(text().dropLast()), .truncated),
            (" " + text(), .invalidDerivation), (text(arguments: " \"a\""), .invalidDerivation),
            (text(arguments: "\"a\","), .invalidDerivation), (text(arguments: ",\"a\""), .invalidDerivation),
            (text(arguments: "\"a\" ,\"b\""), .invalidDerivation),
            // Strings.
            (text(arguments: "\"a\nb\""), .invalidDerivation), (text(arguments: "\"a\tb\""), .invalidDerivation),
            (text(arguments: "\"a\\xb\""), .invalidDerivation), (text(arguments: "\"a\\0\""), .invalidDerivation),
            (text(arguments: "\"a\0\""), .invalidDerivation), ("Derive([(\"out", .truncated),
            ("Derive([(\"out\\", .truncated),
            // Outputs.
            (text(outputs: ""), .invalidDerivation),
            (text(outputs: "(\"o ut\",\"\(out)\",\"\",\"\")"), .invalidStorePath),
            (text(outputs: "(\"\",\"\(out)\",\"\",\"\")"), .invalidStorePath),
            (text(outputs: "(\"é\",\"\(out)\",\"\",\"\")"), .invalidDerivation),
            (text(outputs: "(\"out\",\"\(out)\",\"\")"), .invalidDerivation),
            (text(outputs: "(\"b\",\"\(out)\",\"\",\"\"),(\"a\",\"\(out)\",\"\",\"\")"), .invalidDerivation),
            (text(outputs: "(\"a\",\"\(out)\",\"\",\"\"),(\"a\",\"\(out)\",\"\",\"\")"), .invalidDerivation),
            (text(outputs: "(\"out\",\"\(out)/bin\",\"\",\"\")"), .invalidStorePath),
            (
                text(outputs: "(\"out\",\"/gnu/store/2af8rcifbjajsb9mz2mz2ipj8rp4m01p-x\",\"\",\"\")"),
                .wrongStoreDirectory
            ),
            (text(outputs: "(\"out\",\"/nix/store/../etc\",\"\",\"\")"), .invalidStorePath),
            (text(outputs: "(\"out\",\"\",\"\",\"\")"), .unsupportedDerivation),
            (text(outputs: "(\"out\",\"\",\"r:sha256\",\"\")"), .unsupportedDerivation),
            (text(outputs: "(\"out\",\"\",\"r:sha256\",\"impure\")"), .unsupportedDerivation),
            (text(outputs: "(\"out\",\"\(out)\",\"text:sha256\",\"\(hash)\")"), .unsupportedDerivation),
            (text(outputs: "(\"out\",\"\(out)\",\"git:sha1\",\"\(hash)\")"), .unsupportedDerivation),
            (text(outputs: "(\"out\",\"\(out)\",\"blake3\",\"\(hash)\")"), .unsupportedDerivation),
            (text(outputs: "(\"out\",\"\(out)\",\"\",\"\(hash)\")"), .invalidDerivation),
            (text(outputs: "(\"out\",\"\",\"sha256\",\"\(hash)\")"), .wrongStoreDirectory),
            (text(outputs: "(\"out\",\"\(out)\",\"sha256\",\"\(hash.dropLast())\")"), .invalidDerivation),
            (text(outputs: "(\"out\",\"\(out)\",\"sha256\",\"\(hash.dropLast())A\")"), .invalidDerivation),
            (text(outputs: "(\"out\",\"\(out)\",\"sha1\",\"\(hash)\")"), .invalidDerivation),
            (text(outputs: "(\"dev\",\"\(out)\",\"sha256\",\"\(hash)\")"), .invalidDerivation),
            // Inputs.
            (text(inputs: "(\"\(drv)\",[])"), .invalidDerivation),
            (text(inputs: "(\"\(drv)\",[\"out\",\"dev\"])"), .invalidDerivation),
            (text(inputs: "(\"\(drv)\",[\"out\",\"out\"])"), .invalidDerivation),
            (text(inputs: "(\"\(out)\",[\"out\"])"), .invalidDerivation),
            (text(inputs: "(\"\(drv)\",[\"out\"]),(\"\(drv)\",[\"out\"])"), .invalidDerivation),
            (text(inputs: "(\"\(drv)\",([\"out\"],[]))"), .unsupportedDerivation),
            ("DrvWithVersion(\"xp-dyn-drv\",[],[],[],\"s\",\"b\",[],[])", .unsupportedDerivation),
            (text(sources: "\"\(out)\",\"\(out)\""), .invalidDerivation), (text(sources: "\"\""), .wrongStoreDirectory),
            (text(sources: "\"\(drv)\",\"\(out)\""), .invalidDerivation),
            // The rest.
            (text(system: "a\\\"b"), .invalidDerivation), (text(system: "é"), .invalidDerivation),
            (text(system: "a\\nb"), .invalidDerivation),
            (text(environment: "(\"b\",\"\"),(\"a\",\"\")"), .invalidDerivation),
            (text(environment: "(\"a\",\"\"),(\"a\",\"\")"), .invalidDerivation),
            (text(environment: "(\"a\")"), .invalidDerivation), (text(environment: "\"a\""), .invalidDerivation),
        ] as [(String, StoreFormatError.Code)])
    func refused(text: String, code: StoreFormatError.Code) {
        #expect(throws: StoreFormatError(code, "")) { try Derivation(parsing: Array(text.utf8), name: "x") }
    }

    @Test("limits hold")
    func limits() throws {
        let text = Array(Self.text(arguments: "\"a\",\"b\",\"c\"").utf8)
        #expect(throws: Never.self) {
            try Derivation(parsing: text, name: "x", limits: .init(bytes: text.count, entries: 3))
        }
        for limits in [Derivation.Limits(bytes: text.count - 1, entries: 3), .init(bytes: text.count, entries: 2)] {
            #expect(throws: StoreFormatError(.limitExceeded, "")) {
                try Derivation(parsing: text, name: "x", limits: limits)
            }
        }
    }

    @Test("a derivation that is cut off anywhere is refused")
    func cutOff() throws {
        let bytes = try DerivationFixture.named("a").bytes
        for count in 0..<bytes.count {
            #expect(throws: StoreFormatError.self) { try Derivation(parsing: bytes.prefix(count), name: "a") }
        }
    }

    @Test("the path of a derivation ends in .drv")
    func path() throws {
        #expect(throws: StoreFormatError(.invalidDerivation, "")) {
            try Derivation(parsing: Array(Self.text().utf8), at: try StorePath(Self.out))
        }
    }
}
