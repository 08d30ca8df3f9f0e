import LocalStore
import StoreFormats
import Testing

@testable import Building

@Suite struct BuildEnvironmentTests {
    private func environment(
        _ derivation: Derivation, at path: StorePath, cores: Int = 1, impure: [String: String] = [:],
        graph: InputGraph = .empty
    ) throws -> BuildEnvironment {
        let flavor = BuildFlavor(derivation.directory)
        return try BuildEnvironment(
            try DerivationAttributes(derivation, flavor: flavor), flavor: flavor,
            buildFolder: flavor.buildFolder(of: path), cores: cores, impure: impure, graph: graph)
    }

    private func lines(_ environment: BuildEnvironment) -> [String] {
        environment.variables.map { "\($0.name)=\($0.value)" }
    }

    /// All that nix 2.8's builder saw, but for what its shell added.
    @Test func isWhatNixShows() throws {
        let (path, derivation) = try Fixture.derivation("-envdump-1.0.drv")
        let seen = try Fixture.text("envdump.txt").split(separator: "\n").map(String.init)
            .filter { !$0.hasPrefix("_=") && !$0.hasPrefix("SHLVL=") }
        #expect(lines(try environment(derivation, at: path)) == seen)
    }

    @Test func isWhatGuixShows() throws {
        let (path, derivation) = try Fixture.derivation("-envdump-1.0.drv", in: .gnu)
        let folder = "/tmp/guix-build-envdump-1.0.drv-0"
        let lines = lines(try environment(derivation, at: path))
        for name in ["NIX_BUILD_TOP", "PWD", "TEMP", "TEMPDIR", "TMP", "TMPDIR"] {
            #expect(lines.contains("\(name)=\(folder)"))
        }
        #expect(lines.contains("HOME=/homeless-shelter"))
        #expect(lines.contains("NIX_STORE=/gnu/store"))
        #expect(!lines.contains { $0.hasPrefix("NIX_LOG_FD=") || $0.hasPrefix("TERM=") || $0.hasPrefix("name=") })
    }

    private func derivation(
        _ environment: [String: String], fixed: ContentAddress? = nil, directory: StoreDirectory = .nix,
        outputs: [String] = ["out"]
    ) throws -> (StorePath, Derivation) {
        var maker = DerivationMaker(directory)
        let path = try maker.make("x", builder: "/x", outputs: outputs, fixed: fixed, environment: environment)
        return (path, try #require(maker.derivations[path]))
    }

    @Test func whoseVariableWins() throws {
        let (path, derivation) = try derivation([
            "PATH": "/p", "HOME": "/h", "NIX_STORE": "/s", "NIX_BUILD_CORES": "9", "TMPDIR": "/t", "PWD": "/w",
            "TERM": "dumb", "NIX_LOG_FD": "7", "NIX_BUILD_TOP": "/b",
        ])
        let seen = lines(try environment(derivation, at: path, cores: 3))
        for line in ["PATH=/p", "HOME=/h", "NIX_STORE=/s", "NIX_BUILD_CORES=9", "TMPDIR=/build", "PWD=/build"] {
            #expect(seen.contains(line))
        }
        for line in ["TERM=xterm-256color", "NIX_LOG_FD=2", "NIX_BUILD_TOP=/build"] { #expect(seen.contains(line)) }
    }

    @Test func defaults() throws {
        let (path, derivation) = try derivation([:])
        let seen = lines(try environment(derivation, at: path, cores: 3))
        #expect(seen.contains("PATH=/path-not-set"))
        #expect(seen.contains("NIX_BUILD_CORES=3"))
        #expect(!seen.contains { $0.hasPrefix("NIX_OUTPUT_CHECKED") })
    }

    @Test func impureVariablesAreForFixedOutputsOnly() throws {
        let variables = ["impureEnvVars": "http_proxy  https_proxy\nNONE", "http_proxy": "mine"]
        let impure = ["http_proxy": "http://proxy", "https_proxy": "s", "secret": "x"]
        let (path, plain) = try derivation(variables)
        let seen = lines(try environment(plain, at: path, impure: impure))
        #expect(seen.contains("http_proxy=mine"))
        #expect(!seen.contains { $0.hasPrefix("https_proxy") || $0.hasPrefix("NONE") || $0.hasPrefix("secret") })
        let address = try ContentAddress(method: .flat, hash: ContentHash(of: [], algorithm: .sha256))
        let (fixedPath, fixed) = try derivation(variables, fixed: address)
        let fixedSeen = lines(try environment(fixed, at: fixedPath, impure: impure))
        for line in ["http_proxy=http://proxy", "https_proxy=s", "NONE=", "NIX_OUTPUT_CHECKED=1"] {
            #expect(fixedSeen.contains(line))
        }
        #expect(!fixedSeen.contains { $0.hasPrefix("secret") })
        let (guixPath, guix) = try derivation(variables, fixed: address, directory: .gnu)
        let guixSeen = lines(try environment(guix, at: guixPath, impure: impure))
        #expect(guixSeen.contains("https_proxy=s"))
        #expect(!guixSeen.contains("NIX_OUTPUT_CHECKED=1"))
    }

    @Test func passesAsFile() throws {
        let variables = ["passAsFile": "big other", "big": "a\nb"]
        let (path, derivation) = try derivation(variables)
        let environment = try environment(derivation, at: path)
        // sha256 of "big" in nix32.
        let name = ".attr-\(Nix32.encode(ContentHash(of: Array("big".utf8), algorithm: .sha256).digest))"
        #expect(environment.files == [.init(name: name, contents: Array("a\nb".utf8))])
        #expect(lines(environment).contains("bigPath=/build/\(name)"))
        #expect(!lines(environment).contains { $0.hasPrefix("big=") })
        let (guixPath, guix) = try self.derivation(variables, directory: .gnu)
        #expect(lines(try self.environment(guix, at: guixPath)).contains("big=a\nb"))
    }

    @Test func replacesPlaceholders() throws {
        let out = String(decoding: OutputPlaceholders.placeholder(of: "out"), as: UTF8.self)
        // What `builtins.placeholder "out"` gives.
        #expect(out == "/1rz4g4znpzjwh1xymhjpm42vipw92pr73vdgl6xs1hycac8kf2n9")
        let dev = String(decoding: OutputPlaceholders.placeholder(of: "dev"), as: UTF8.self)
        let variables = ["a": "\(out)/x:\(dev)\(dev)", "b": String(out.dropLast()), "c": "/\(out)"]
        let (path, derivation) = try derivation(variables, outputs: ["out", "dev"])
        let seen = lines(try environment(derivation, at: path))
        let outPath = try #require(derivation.output(named: "out")).path
        let devPath = try #require(derivation.output(named: "dev")).path
        #expect(seen.contains("a=\(outPath)/x:\(devPath)\(devPath)"))
        #expect(seen.contains("b=\(out.dropLast())"))
        #expect(seen.contains("c=/\(outPath)"))
    }

    @Test func exportsGraphs() throws {
        let (path, derivation) = try Fixture.derivation("-passfile-1.0.drv")
        let graph = try SampleGraph.refC()
        let environment = try environment(derivation, at: path, graph: graph)
        let file = try #require(environment.files.first { $0.name == "graph" })
        let isEqual = String(decoding: file.contents, as: UTF8.self) == (try Fixture.text("graph.txt"))
        #expect(isEqual)
        #expect(environment.files.contains { $0.name.hasPrefix(".attr-") })
    }

    @Test func describesGraphsInStructuredAttributes() throws {
        let (path, derivation) = try Fixture.derivation("-structured-1.0.drv")
        let environment = try environment(derivation, at: path, graph: try SampleGraph.refC())
        let json = try AttributeValue(parsing: environment.files[1].contents)
        guard case .array(let graph) = json.object?["graph"] else {
            Issue.record("no graph")
            return
        }
        #expect(graph.count == 6)
        let first = try #require(graph.first?.object)
        #expect(Set(first.keys.map(\.description)) == ["closureSize", "narHash", "narSize", "path", "references"])
        #expect(first["closureSize"] == .integer(688))
        #expect(graph.contains { $0.object?["ca"] != nil })
    }

    @Test(arguments: [
        "graph", "graph /tmp/x", "../x STORE", "1x STORE", "x/y STORE", "x /nix/store", "x /nix/store/", "x STORE y",
        "x /nix/store/../etc", "graph /nix/store/00000000000000000000000000000000-unknown",
    ])
    func refusesGraphs(_ words: String) throws {
        let graph = try SampleGraph.refC()
        let store = try #require(graph.inputs.first).path
        let (path, derivation) = try derivation([
            "exportReferencesGraph": words.split(separator: " ").map { $0 == "STORE" ? store : String($0) }
                .joined(separator: " ")
        ])
        #expect(throws: BuildingError(.invalidAttribute, "")) { try environment(derivation, at: path, graph: graph) }
    }
}
