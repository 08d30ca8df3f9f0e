import StoreFormats
import Testing

@testable import Building

@Suite struct StructuredAttributesTests {
    /// Every kind of value, as nix 2.8 wrote it down.
    @Test func areByteEqual() throws {
        let (path, derivation) = try Fixture.derivation("-attrs-1.0.drv")
        let attributes = try DerivationAttributes(derivation, flavor: .nix)
        let environment = try BuildEnvironment(
            attributes, flavor: .nix, buildFolder: BuildFlavor.nix.buildFolder(of: path), cores: 1, impure: [:],
            graph: .empty)
        #expect(environment.files.map(\.name) == [".attrs.sh", ".attrs.json"])
        let shell = String(decoding: environment.files[0].contents, as: UTF8.self)
        let json = String(decoding: environment.files[1].contents, as: UTF8.self)
        let isShellEqual = shell == (try Fixture.text("attrs.sh"))
        let isJSONEqual = json == (try Fixture.text("attrs.json"))
        #expect(isShellEqual)
        #expect(isJSONEqual)
        let names = environment.variables.map(\.name.description)
        #expect(names.contains("NIX_ATTRS_SH_FILE") && names.contains("NIX_ATTRS_JSON_FILE"))
        #expect(!names.contains("__json") && !names.contains("out") && !names.contains("name"))
    }

    @Test(arguments: ["[]", "1", "\"\"", "{", ""])
    func refusesWhatIsNoObject(_ json: String) throws {
        let derivation = try Self.derivation(json)
        #expect(throws: BuildingError(.invalidAttribute, "")) { try DerivationAttributes(derivation, flavor: .nix) }
    }

    @Test func listsAndFlags() throws {
        let attributes = try DerivationAttributes(
            try Self.derivation(#"{"a":["x","y z"],"b":"x","c":["x",1],"d":true,"e":1}"#), flavor: .nix)
        #expect(try attributes.strings("a") == ["x", "y z"])
        #expect(try attributes.strings("none") == nil)
        #expect(throws: BuildingError(.invalidAttribute, "")) { try attributes.strings("b") }
        #expect(throws: BuildingError(.invalidAttribute, "")) { try attributes.strings("c") }
        #expect(try attributes.string("b") == "x")
        #expect(throws: BuildingError(.invalidAttribute, "")) { try attributes.string("a") }
        #expect(try attributes.flag("d"))
        #expect(try !attributes.flag("none"))
        #expect(throws: BuildingError(.invalidAttribute, "")) { try attributes.flag("e") }
    }

    /// Guix writes no such thing; a variable of that name is one like any other.
    @Test func guixHasNone() throws {
        #expect(try DerivationAttributes(try Self.derivation("{}"), flavor: .guix).structured == nil)
    }

    static func derivation(_ json: String, outputs: [String] = ["out"]) throws -> Derivation {
        var maker = DerivationMaker()
        let path = try maker.make("x", builder: "/x", outputs: outputs, environment: ["__json": json])
        return try #require(maker.derivations[path])
    }
}
