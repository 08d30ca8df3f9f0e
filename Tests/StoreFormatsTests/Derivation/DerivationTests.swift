import Testing

@testable import StoreFormats

@Suite("derivations")
struct DerivationTests {
    @Test("there are fixtures of Nix and Guix")
    func fixtures() {
        #expect(DerivationFixture.nix.count == 20)
        #expect(DerivationFixture.guix.count == 10)
        #expect(DerivationFixture.special.count == 6)
    }

    @Test(
        "what Nix and Guix wrote is written again byte by byte, and lies where it belongs",
        arguments: DerivationFixture.all)
    func roundTrip(fixture: DerivationFixture) throws {
        let derivation = try Derivation(parsing: fixture.bytes, at: fixture.path)
        let isSame = derivation.serialized() == fixture.bytes
        #expect(isSame)
        #expect(try derivation.storePath() == fixture.path)
        #expect(derivation.name + ".drv" == fixture.path.name)
    }

    @Test("the parts are what they are")
    func parts() throws {
        let fixture = try DerivationFixture.named("a")
        let derivation = try Derivation(parsing: fixture.bytes, at: fixture.path)
        #expect(derivation.outputs.map(\.name) == ["dev", "out", "zz"])
        #expect(derivation.output(named: "dev")?.path.name == "a-dev")
        #expect(derivation.output(named: "lib") == nil)
        #expect(derivation.inputDerivations.map(\.path.name) == ["f2.tar.drv", "f3.tar.drv", "f1.drv"])
        #expect(derivation.inputDerivations.allSatisfy { $0.outputs == ["out"] })
        #expect(derivation.system == "x86_64-linux")
        #expect(derivation.builder == "/bin/sh")
        #expect(derivation.arguments == ["-c", "q\"b\\n\nr\rt\tend", "é €"])
        #expect(derivation.value(of: "ctl")?.bytes == [0x61, 1, 0x1f, 0x7f, 0x62, 0x2f, 8, 0x0c])
        #expect(derivation.value(of: "empty") == "")
        #expect(derivation.value(of: "outputs") == "out dev zz")
        #expect(derivation.value(of: "zzz") == nil)
        #expect(derivation.value(of: "") == nil)
        #expect(!derivation.isFixed && !derivation.isBuiltin)

        let top = try DerivationFixture.named("top")
        let whole = try Derivation(parsing: top.bytes, at: top.path)
        #expect(whole.inputSources.map(\.name).contains("src"))
        // One that is built and read as a file as well is one reference.
        #expect(Set(whole.references).count == whole.references.count)
    }

    @Test(
        "fixed outputs say algorithm and mode",
        arguments: [
            ("f1", ContentAddress.Method.recursive, HashAlgorithm.sha256), ("f2.tar", .flat, .md5),
            ("f3.tar", .recursive, .sha1), ("fixed-flat-1.0", .flat, .sha256), ("fixed-rec-1.0", .recursive, .sha256),
            ("fixed-sha512-1.0", .flat, .sha512), ("fixed-1.0", .flat, .sha256),
        ])
    func fixed(name: String, method: ContentAddress.Method, algorithm: HashAlgorithm) throws {
        let fixture = try DerivationFixture.named(name)
        let derivation = try Derivation(parsing: fixture.bytes, at: fixture.path)
        let address = try #require(derivation.outputs.first?.contentAddress)
        #expect(derivation.isFixed)
        #expect(address.method == method)
        #expect(address.hash.algorithm == algorithm)
        #expect(derivation.isBuiltin == name.hasSuffix(".tar"))
    }

    @Test("strings need not be UTF-8")
    func bytes() throws {
        let odd = ByteString([0xff, 0x22, 0x5c, 0x0a, 0x80])
        let (path, derivation, _) = try Derivation.sample("odd", environment: [.init(name: odd, value: odd)])
        #expect(odd.text == nil)
        let again = try Derivation(parsing: derivation.serialized(), at: path)
        #expect(again == derivation)
        #expect(again.environment.last == .init(name: odd, value: odd))
    }

    @Test("parts are put in order, and refused when they contradict each other")
    func construction() throws {
        let one = try StorePath.sample("one")
        let two = try StorePath.sample("two")
        let input = Derivation.Input(path: try .sample("i.drv"), outputs: ["out", "dev"])
        func make(
            name: String = "n", outputs: [Derivation.Output]? = nil, inputs: [Derivation.Input] = [],
            sources: [StorePath] = [], system: String = "s", environment: [Derivation.Variable] = []
        ) throws -> Derivation {
            try Derivation(
                name: name, outputs: outputs ?? [.init(name: "out", path: one)], inputDerivations: inputs,
                inputSources: sources, system: system, builder: "b", environment: environment)
        }
        let whole = try make(
            outputs: [.init(name: "out", path: one), .init(name: "dev", path: two)], inputs: [input],
            sources: [two, one].sorted().reversed(),
            environment: [.init(name: "b", value: ""), .init(name: "a", value: "")])
        #expect(whole.outputs.map(\.name) == ["dev", "out"])
        #expect(whole.inputDerivations[0].outputs == ["dev", "out"])
        #expect(whole.inputSources == [one, two].sorted())
        #expect(whole.environment.map(\.name) == ["a", "b"])

        let flat = try ContentAddress(method: .flat, hash: ContentHash(of: [UInt8](), algorithm: .sha256))
        let text = try ContentAddress(method: .text, hash: ContentHash(of: [UInt8](), algorithm: .sha256))
        let invalid = StoreFormatError(.invalidDerivation, "")
        #expect(throws: invalid) { try make(outputs: []) }
        #expect(throws: invalid) { try make(outputs: [.init(name: "a", path: one), .init(name: "a", path: one)]) }
        #expect(throws: invalid) { try make(outputs: [.init(name: "dev", path: one, contentAddress: flat)]) }
        #expect(throws: invalid) {
            try make(outputs: [.init(name: "out", path: one, contentAddress: flat), .init(name: "a", path: two)])
        }
        #expect(throws: StoreFormatError(.unsupportedDerivation, "")) {
            try make(outputs: [.init(name: "out", path: one, contentAddress: text)])
        }
        #expect(throws: invalid) { try make(inputs: [input, input]) }
        #expect(throws: invalid) { try make(inputs: [.init(path: one, outputs: ["out"])]) }
        #expect(throws: invalid) { try make(inputs: [.init(path: input.path, outputs: [])]) }
        #expect(throws: invalid) { try make(sources: [one, one]) }
        #expect(throws: invalid) { try make(system: "a\"b") }
        #expect(throws: invalid) {
            try make(environment: [.init(name: "a", value: ""), .init(name: "a", value: "b")])
        }
        #expect(throws: invalid) { try make(environment: [.init(name: "a", value: ByteString([0]))]) }
        #expect(throws: StoreFormatError(.wrongStoreDirectory, "")) {
            try make(sources: [try .sample("g", in: .gnu)])
        }
        #expect(throws: StoreFormatError(.invalidStorePath, "")) { try make(name: "a b") }
        #expect(throws: StoreFormatError(.invalidStorePath, "")) {
            try make(name: String(repeating: "n", count: 208))
        }
    }
}
