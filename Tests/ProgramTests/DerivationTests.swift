import Foundation
import StoreFormats
import TestSupport
import Testing

@Suite("quorate derivation")
struct DerivationTests {
    private static let folder = CacheFixture.folder + "/drvs"

    private static func file(_ name: String) throws -> String {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        return try folder + "/" + #require(names.first { $0.hasSuffix("-\(name).drv") })
    }

    @Test(arguments: ["repro-1.0", "multi-1.0", "fixed-flat-1.0", "structured-1.0", "hello-2.10"])
    func showsFiles(_ name: String) async throws {
        let home = try Home()
        let file = try Self.file(name)
        let path = try "/nix/store/" + #require(file.split(separator: "/").last)
        let page = try await Program.run(["derivation", "show", file], home: home)
        #expect(page.status == 0, "\(page.err)")
        #expect(page.out.hasPrefix(path + "\n"))
        for format in ["2.8", "4"] {
            let output = try await Program.run(["derivation", "show", "--format", format, file], home: home)
            let entries = try DerivationJSON.parse(Array(output.out.utf8))
            #expect(entries.map(\.path.path) == [path])
        }
        let bytes = try await Program.run(["derivation", "show", "--format", "aterm", file], home: home)
        #expect(try Array(bytes.out.utf8) == Array(Data(contentsOf: URL(fileURLWithPath: file))))
        // Looking changes nothing.
        #expect(!home.folder.names.contains("store"))
    }

    @Test("The paths that a refusal names are those that are taken", arguments: [true, false])
    func namesTheRightPaths(hasVariable: Bool) async throws {
        let home = try Home()
        func json(_ path: String?) -> String {
            let outputs = path.map { #"{"out":{"path":"\#($0)"}}"# } ?? #"{"out":{}}"#
            let variable = path.map { #","out":"\#($0)""# } ?? (hasVariable ? #","out":"""# : "")
            return #"{"name":"hello","system":"x86_64-linux","builder":"/bin/sh","args":["-c","echo > $out"],"#
                + #""env":{"LANG":"C"\#(variable)},"inputDrvs":{},"inputSrcs":[],"outputs":\#(outputs)}"#
        }
        let refused = try await Program.run(["derivation", "add", "-"], home: home, input: json(nil))
        #expect(refused.status == 65 && refused.errorLines.count == 1, "\(refused.err)")
        let start = try #require(refused.err.firstRange(of: "out = /nix/store/")).lowerBound
        let path = String(refused.err[start...].dropFirst(6).prefix { !";,".contains($0) })
        let added = try await Program.run(["derivation", "add", "-"], home: home, input: json(path))
        #expect(added.status == 0, "\(added.err)")
        let filled = try await Program.run(["derivation", "add", "--fill", "-"], home: home, input: json(nil))
        #expect(filled.out == added.out)
    }

    @Test(
        "Bad JSON is refused in one line, and nothing is left of it",
        arguments: [
            ("", 65), ("garbage", 65), ("{}", 65), ("[]", 65), ("{\"a\":", 65), (#"{"a":{}}"#, 65),
            (#"{"outputs":{"out":{}}}"#, 65),
            (#"{"/nix/store/00000000000000000000000000000000-x.drv":{"outputs":{}}}"#, 65),
            (DerivationTests.hand(outputs: #"{"out":{}}"#), 65),
            (DerivationTests.hand(outputs: #"{"out":{"hashAlgo":"r:sha256"}}"#), 65),
            (DerivationTests.hand(source: "/nix/store/00000000000000000000000000000000-x"), 66),
            (DerivationTests.hand(input: "/nix/store/00000000000000000000000000000000-x.drv"), 66),
            (DerivationTests.hand(source: "/etc/passwd"), 65),
        ] as [(String, Int32)])
    func refuses(_ json: String, _ status: Int32) async throws {
        let home = try Home()
        let fills = json.contains("-x") ? ["--fill"] : []
        let output = try await Program.run(["derivation", "add", "-"] + fills, home: home, input: json)
        #expect(output.status == status, "\(output.err)")
        #expect(output.errorLines.count == 1, "\(output.err)")
        let list = try await Program.run(["store", "list", "--paths"], home: home)
        #expect(list.out == "")
    }

    /// A derivation as a person writes it.
    static func hand(
        outputs: String = #"{"out":{}}"#, source: String? = nil, input: String? = nil
    ) -> String {
        let sources = source.map { "\"\($0)\"" } ?? ""
        let inputs = input.map { "\"\($0)\":[\"out\"]" } ?? ""
        return """
            {"name":"hand","system":"x86_64-linux","builder":"/bin/sh","args":[],"env":{},
            "inputDrvs":{\(inputs)},"inputSrcs":[\(sources)],"outputs":\(outputs)}
            """
    }

    @Test func wrongPathsAreNamedAndCanBeFilledIn() async throws {
        let home = try Home()
        let json = Self.hand()
        let refused = try await Program.run(["derivation", "add"], home: home, input: json)
        #expect(refused.status == 65)
        #expect(refused.err.contains("no variable that tells its output path: out"))
        let filled = try await Program.run(["derivation", "add", "--fill"], home: home, input: json)
        #expect(filled.status == 0, "\(filled.err)")
        let path = String(filled.out.dropLast())
        #expect(path.hasSuffix("-hand.drv"))
        let shown = try await Program.run(["derivation", "show", "--json", path], home: home)
        let again = try await Program.run(["derivation", "add"], home: home, input: shown.out)
        #expect(again.out == filled.out, "\(again.err)")
    }

    @Test(arguments: [
        ["/nix/store/00000000000000000000000000000000-x.drv"], ["no-such.drv"], ["--json", "/etc/passwd"],
    ])
    func showsWhatIsNotThere(_ arguments: [String]) async throws {
        let output = try await Program.run(["derivation", "show"] + arguments, home: Home())
        #expect([65, 66].contains(output.status))
        #expect(output.errorLines.count == 1)
    }
}
