import ClientSetup
import Quorum
import StoreFormats
import Testing

@Suite("What is installed")
struct InstalledPathsTests {
    static let refB = "/nix/store/2af8rcifbjajsb9mz2mz2ipj8rp4m01p-ref-b-1.0"
    static let refA = "/nix/store/q04vps5hg4mhhz2arn4pdw7xhzx7iggm-ref-a-1.0"
    static let hash = "sha256-n4xSebhfPvepZHHeulfgaDYH3fXY+L8VeCWsp5aS1C8="

    @Test("output of a real nix 2.8")
    func real() throws {
        let installed = try InstalledPaths.parse(try Fixture.bytes("path-info-2.8.json"))
        #expect(installed.problems.isEmpty)
        #expect(installed.paths.count == 24)
        let path = try #require(installed.paths.first { $0.path == Self.refB })
        #expect(path.outcome.narHash.hex == "9f8c5279b85f3ef7a96471deba57e0683607ddf5d8f8bf157825aca79692d42f")
        #expect(path.outcome.narSize == 400)
        #expect(path.outcome.references == [Self.refB, Self.refA])
        #expect(path.contentAddress == nil)
        #expect(path.subject == .storePath(Self.refB))
        #expect(path.signatures.count == 1)
        let added = try #require(installed.paths.first { $0.path.hasSuffix("-hello.txt") })
        #expect(added.isBuiltHere == false)
        #expect(added.contentAddress?.commitsToContent == true)
    }

    @Test("the newer forms say the same", arguments: ["path-info-v1.json", "path-info-v2.json", "path-info-v3.json"])
    func newer(name: String) throws {
        let old = try InstalledPaths.parse(try Fixture.bytes("path-info-2.8.json"))
        let new = try InstalledPaths.parse(try Fixture.bytes(name))
        #expect(new.problems.isEmpty)
        #expect(Set(new.paths) == Set(old.paths))
    }

    @Test("every signature of the real output verifies over what was read")
    func signatures() throws {
        let key = try NixPublicKey(parsing: "cache-a.quorate.test-1:MH3PE2Cb5XadkwsGbnSivGKoIqbxDDSzu/uE+ddtfbM=")
        let installed = try InstalledPaths.parse(try Fixture.bytes("path-info-v2.json"))
        var verified = 0
        for path in installed.paths where !path.signatures.isEmpty {
            let fingerprint = NarInfo.fingerprint(
                storePath: try StorePath(path.path),
                narHash: try #require(NarHash(path.outcome.narHash.bytes)), narSize: path.outcome.narSize,
                references: try path.outcome.references.map { text in try StorePath(text) })
            #expect(key.verify(try NixSignature(parsing: path.signatures[0]), over: fingerprint))
            verified += 1
        }
        #expect(verified == 22)
    }

    @Test(
        "spellings of the hash",
        arguments: [
            #""sha256-n4xSebhfPvepZHHeulfgaDYH3fXY+L8VeCWsp5aS1C8=""#,
            #""sha256:0byljabagb15g0avzy6qypfhfdk8w1bvmpkicjlzfgjzp1wm534z""#,
            #""sha256:9f8c5279b85f3ef7a96471deba57e0683607ddf5d8f8bf157825aca79692d42f""#,
            #"{"algorithm":"sha256","format":"base64","hash":"n4xSebhfPvepZHHeulfgaDYH3fXY+L8VeCWsp5aS1C8="}"#,
            #"{"algorithm":"sha256","format":"nix32","hash":"0byljabagb15g0avzy6qypfhfdk8w1bvmpkicjlzfgjzp1wm534z"}"#,
        ])
    func hashes(spelling: String) throws {
        let installed = try InstalledPaths.parse(
            Array(#"[{"path":"\#(Self.refB)","narHash":\#(spelling),"narSize":400,"references":[]}]"#.utf8))
        #expect(installed.problems.isEmpty)
        #expect(
            installed.paths.first?.outcome.narHash.hex
                == "9f8c5279b85f3ef7a96471deba57e0683607ddf5d8f8bf157825aca79692d42f")
    }

    @Test(
        "a bad entry is named and the others are kept",
        arguments: [
            (#"{"narHash":"\#(hash)","narSize":400,"references":[]}"#, "no path"),
            (#"{"path":"\#(refA)","narSize":400,"references":[]}"#, "no narHash"),
            (#"{"path":"\#(refA)","narHash":"\#(hash)","references":[]}"#, "no narSize"),
            (#"{"path":"\#(refA)","narHash":"\#(hash)","narSize":0,"references":[]}"#, "no narSize"),
            (#"{"path":"\#(refA)","narHash":"\#(hash)","narSize":-4,"references":[]}"#, "no narSize"),
            (#"{"path":"\#(refA)","narHash":"\#(hash)","narSize":400}"#, "no references"),
            (#"{"path":"\#(refA)","narHash":"\#(hash)","narSize":400,"references":[3]}"#, "references"),
            (#"{"path":"\#(refA)","narHash":"\#(hash)","narSize":400,"references":["/gnu/store/x"]}"#, "/gnu/store/x"),
            (#"{"path":"\#(refA)","narHash":"md5:00","narSize":400,"references":[]}"#, "narHash"),
            (
                #"{"path":"\#(refA)","narHash":"md5:00000000000000000000000000000000","narSize":400,"references":[]}"#,
                "SHA-256"
            ),
            (#"{"path":"\#(refA)","narHash":7,"narSize":400,"references":[]}"#, "type"),
            (#"{"path":"\#(refA)","narHash":"\#(hash)","narHash":"\#(hash)","narSize":4,"references":[]}"#, "twice"),
            (#"{"path":"/nix/store/../etc","narHash":"\#(hash)","narSize":400,"references":[]}"#, "/nix/store/../etc"),
            (#"{"path":"\#(refA)","valid":false}"#, "not in its store"),
            (#"{"path":"\#(refA)","narHash":"\#(hash)","narSize":4,"references":[],"ca":"fixed:what"}"#, "ca"),
            (#"{"path":"\#(refA)","narHash":"\#(hash)","narSize":4,"references":[],"ca":{"method":"nar"}}"#, "ca"),
            (#"{"path":"\#(refB)","narHash":"\#(hash)","narSize":400,"references":[]}"#, "twice"),
            ("7", "object"),
        ])
    func badEntry(entry: String, expected: String) throws {
        let good =
            #"{"path":"\#(Self.refB)","narHash":"\#(Self.hash)","narSize":400,"references":[],"later":{"x":[1]}}"#
        let installed = try InstalledPaths.parse(Array("[\(good),\(entry)]".utf8))
        #expect(installed.paths.map(\.path) == [Self.refB])
        let problem = try #require(installed.problems.first)
        #expect(installed.problems.count == 1)
        #expect(problem.description.hasPrefix("entry 1"))
        #expect(problem.message.contains(expected))
        #expect(!problem.description.contains("\n"))
    }

    @Test("a path that nix does not have is null in the newer forms")
    func missing() throws {
        let installed = try InstalledPaths.parse(Array(#"{"\#(Self.refA)":null,"version":1}"#.utf8))
        #expect(installed.paths.isEmpty)
        #expect(installed.problems.count == 1)
    }

    @Test("an entry that names another path than its key")
    func otherKey() throws {
        let text = #"{"\#(Self.refA)":{"path":"\#(Self.refB)","narHash":"\#(Self.hash)","narSize":4,"references":[]}}"#
        #expect(try InstalledPaths.parse(Array(text.utf8)).problems.count == 1)
    }

    @Test("the store directory stands behind the paths that need it")
    func otherStore() throws {
        let text = #"""
            {"info":{"2af8rcifbjajsb9mz2mz2ipj8rp4m01p-x":{"narHash":"\#(Self.hash)","narSize":4,"references":
            ["q04vps5hg4mhhz2arn4pdw7xhzx7iggm-y"]}},"storeDir":"/opt/store","version":2}
            """#
        let installed = try InstalledPaths.parse(Array(text.utf8))
        #expect(installed.paths.first?.path == "/opt/store/2af8rcifbjajsb9mz2mz2ipj8rp4m01p-x")
        #expect(installed.paths.first?.outcome.references == ["/opt/store/q04vps5hg4mhhz2arn4pdw7xhzx7iggm-y"])
    }

    @Test("texts that are no answer", arguments: ["", "3", "[", #"{"version":"1"}"#, "[{}]]"])
    func malformed(text: String) {
        #expect(throws: ClientSetupError(.malformed, at: .byte(0), "")) { try InstalledPaths.parse(Array(text.utf8)) }
    }

    @Test("a version to come")
    func unsupported() {
        #expect(throws: ClientSetupError(.unsupported, at: .byte(0), "")) {
            try InstalledPaths.parse(Array(#"{"info":{},"version":4}"#.utf8))
        }
    }
}
