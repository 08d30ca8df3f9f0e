import Foundation
import TestSupport
import Testing

@testable import StoreFormats

@Suite("output paths")
struct OutputPathCheckerTests {
    /// A set of derivations that can be looked up; each lookup is counted.
    final class Shelf {
        var derivations: [StorePath: Derivation] = [:]
        var loads = 0

        func load(_ path: StorePath) throws -> Derivation {
            loads += 1
            guard let derivation = derivations[path] else { throw StoreFormatError(.fileSystem, "no \(path)") }
            return derivation
        }
    }

    @Test("every output path that Nix and Guix computed comes out", arguments: [0, 1, 2])
    func fixtures(index: Int) throws {
        let fixtures = [DerivationFixture.nix, DerivationFixture.guix, DerivationFixture.special][index]
        let shelf = Shelf()
        shelf.derivations = try DerivationFixture.derivations(fixtures)
        var checker = OutputPathChecker()
        for fixture in fixtures { #expect(try checker.check(fixture.path, load: shelf.load) == []) }
        #expect(checker.checkedCount == fixtures.count)
        #expect(shelf.loads == fixtures.count)
    }

    @Test(
        "what Nix instantiates here comes out", .enabled(if: InstalledNix.isThere, "nix-instantiate is not installed"))
    func instantiated() throws {
        let folder = try TemporaryFolder()
        let expression = """
            let make = n: inputs: derivation {
              name = "n-${toString n}"; system = "x86_64-linux"; builder = "/bin/sh"; inherit inputs;
              outputs = if n / 3 * 3 == n then [ "out" "lib" ] else [ "out" ];
            };
            chain = builtins.foldl' (all: n: all ++ [ (make n (
              builtins.map (x: x.lib or x) (builtins.filter (x: x.name != "n-1") all))) ]) [] (builtins.genList (n: n) 40);
            in builtins.elemAt chain 39
            """
        try folder.write("expression.nix", Array(expression.utf8))
        try InstalledNix.instantiate(folder.file("expression.nix"), store: folder.file("store"))
        let fixtures = DerivationFixture.load(URL(fileURLWithPath: folder.file("store/nix/store")), .nix)
        #expect(fixtures.count == 39)
        let shelf = Shelf()
        shelf.derivations = try DerivationFixture.derivations(fixtures)
        var checker = OutputPathChecker()
        for fixture in fixtures {
            let isSame = shelf.derivations[fixture.path]?.serialized() == fixture.bytes
            #expect(isSame)
            #expect(try checker.check(fixture.path, load: shelf.load) == [])
        }
    }

    @Test("a chain of 5,000 derivations is walked without recursion")
    func deep() throws {
        let shelf = Shelf()
        var last = try Derivation.sample("n0")
        shelf.derivations[last.path] = last.derivation
        for number in 1..<5_000 {
            last = try Derivation.sample("n\(number)", inputs: [last])
            shelf.derivations[last.path] = last.derivation
        }
        var checker = OutputPathChecker()
        #expect(try checker.check(last.path, load: shelf.load) == [])
        #expect(checker.checkedCount == 5_000)
        #expect(try checker.hashModulo(of: last.path, load: shelf.load) == last.hash)
        #expect(shelf.loads == 5_000)
    }

    @Test("wrong paths and variables are named")
    func mismatches() throws {
        let (path, good, _) = try Derivation.sample("x", outputs: ["out", "dev"])
        let other = try StorePath.sample("other")
        let dev = try #require(good.output(named: "dev")?.path)
        func check(_ derivation: Derivation, at path: StorePath? = nil) throws -> [OutputPathChecker.Mismatch.Kind] {
            var checker = OutputPathChecker()
            let path = try path ?? derivation.storePath()
            return try checker.check(path) { _ in derivation }.map(\.kind)
        }
        #expect(try check(good) == [])
        #expect(try check(good, at: other) == [.derivationPath(computed: path)])

        func changed(outputs: [Derivation.Output]? = nil, environment: [Derivation.Variable]? = nil) throws
            -> Derivation
        {
            try Derivation(
                name: good.name, outputs: outputs ?? good.outputs, system: good.system, builder: good.builder,
                environment: environment ?? good.environment)
        }
        // The stated path is not part of what is hashed for the outputs, so it alone is wrong.
        let moved = try changed(outputs: [.init(name: "dev", path: other), good.outputs[1]])
        #expect(try check(moved) == [.outputPath("dev", stated: other, computed: dev)])
        let lying = try changed(
            environment: [.init(name: "dev", value: ByteString(other.path)), good.environment[1]])
        #expect(try check(lying) == [.environment("dev", stated: ByteString(other.path), expected: dev)])
        let silent = try changed(environment: [good.environment[1]])
        let kinds = try check(silent)
        #expect(
            kinds.contains {
                if case .environment("dev", stated: nil, expected: _) = $0 { true } else { false }
            })
    }

    @Test("a fixed output's path must follow from its hash")
    func fixed() throws {
        for algorithm in HashAlgorithm.allCases {
            for method in [ContentAddress.Method.flat, .recursive] {
                let hash = ContentHash(of: [1, 2, 3], algorithm: algorithm)
                let right = try StorePath.fixedOutput(name: "x", hash: hash, method: method)
                for (path, count) in [(right, 0), (try StorePath.sample("x"), 2)] {
                    let derivation = try Derivation(
                        name: "x",
                        outputs: [
                            .init(name: "out", path: path, contentAddress: try .init(method: method, hash: hash))
                        ], system: "s", builder: "builtin:fetchurl",
                        environment: [.init(name: "out", value: ByteString(path.path))])
                    var checker = OutputPathChecker()
                    #expect(try checker.check(try derivation.storePath()) { _ in derivation }.count == count)
                    #expect(try Derivation(parsing: derivation.serialized(), name: "x") == derivation)
                }
            }
        }
    }

    @Test("fixed outputs of one hash are one input, however they are fetched")
    func sameFixed() throws {
        let hash = ContentHash(of: [1], algorithm: .sha256)
        let path = try StorePath.fixedOutput(name: "f", hash: hash, method: .flat)
        let fetchers = try ["a", "b"].map { url in
            let derivation = try Derivation(
                name: "f",
                outputs: [.init(name: "out", path: path, contentAddress: try .init(method: .flat, hash: hash))],
                system: "s", builder: "builtin:fetchurl",
                environment: [
                    .init(name: "out", value: ByteString(path.path)), .init(name: "url", value: ByteString(url)),
                ])
            let modulo = try derivation.hashModulo(
                inputs: { path throws(StoreFormatError) in throw StoreFormatError(.invalidDerivation, "\(path)") },
                masksOutputs: false)
            return (path: try derivation.storePath(), derivation: derivation, hash: modulo)
        }
        #expect(fetchers[0].path != fetchers[1].path)
        #expect(fetchers[0].hash == fetchers[1].hash)
        let one = try Derivation.sample("x", inputs: [fetchers[0]])
        let both = try Derivation.sample("x", inputs: fetchers)
        #expect(one.derivation.outputs == both.derivation.outputs)
        #expect(one.path != both.path)
    }

    @Test("what is wrong below is found, and remembered")
    func below() throws {
        let (_, good, hash) = try Derivation.sample("a")
        let bad = try Derivation(
            name: "a", outputs: good.outputs, system: "x86_64-linux", builder: "/bin/evil",
            environment: good.environment)
        let badPath = try bad.storePath()
        let user = try Derivation.sample("b", inputs: [(badPath, bad, hash)])
        let shelf = Shelf()
        shelf.derivations = [badPath: bad, user.path: user.derivation]
        var checker = OutputPathChecker()
        let found = try checker.check(user.path, load: shelf.load)
        #expect(found.contains { $0.derivation == badPath })
        #expect(found.map(\.description).allSatisfy { !$0.isEmpty })

        // Sound by itself, wrong through what was found before.
        let second = try Derivation.sample(
            "c", inputs: [(badPath, bad, try checker.hashModulo(of: badPath, load: shelf.load))])
        shelf.derivations[second.path] = second.derivation
        let unsound = [OutputPathChecker.Mismatch(derivation: second.path, kind: .unsoundInput(badPath))]
        #expect(try checker.check(second.path, load: shelf.load) == unsound)
        #expect(try checker.check(second.path, load: shelf.load) == unsound)
        #expect(try !checker.check(badPath, load: shelf.load).isEmpty)
    }

    @Test("outputs that an input does not have, cycles and what cannot be loaded are refused")
    func graph() throws {
        let a = try Derivation.sample("a")
        let asking = try Derivation(
            name: "b", outputs: a.derivation.outputs, inputDerivations: [.init(path: a.path, outputs: ["lib"])],
            system: "s", builder: "b")
        let shelf = Shelf()
        shelf.derivations = [a.path: a.derivation]
        var checker = OutputPathChecker()
        let found = try checker.check(try asking.storePath()) { path in
            try path.name == "b.drv" ? asking : shelf.load(path)
        }
        #expect(found.contains { $0.kind == .missingInputOutput(input: a.path, "lib") })

        let one = try StorePath.sample("one.drv")
        let two = try StorePath.sample("two.drv")
        #expect(throws: StoreFormatError(.invalidDerivation, "")) {
            try checker.check(one) { path in
                try Derivation(
                    name: String(path.name.dropLast(4)), outputs: a.derivation.outputs,
                    inputDerivations: [.init(path: path == one ? two : one, outputs: ["out"])], system: "s",
                    builder: "b")
            }
        }
        #expect(throws: StoreFormatError(.fileSystem, "")) { try checker.check(two, load: shelf.load) }
    }
}

/// The Nix of this machine, if it has one.
enum InstalledNix {
    private static let program = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .map { "\($0)/nix-instantiate" }.first { FileManager.default.isExecutableFile(atPath: $0) }

    static let isThere = program != nil

    /// Writes the derivations of an expression into a store of their own.
    static func instantiate(_ expression: String, store: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program ?? "")
        process.arguments = ["--store", store, expression]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw StoreFormatError(.fileSystem, "nix-instantiate ended with \(process.terminationStatus)")
        }
    }
}
