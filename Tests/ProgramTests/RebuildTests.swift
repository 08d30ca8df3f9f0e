import Foundation
import StoreFormats
import TestSupport
import Testing

@Suite("quorate rebuild", .enabled(if: BuildGround.obstacle == nil, "no builds here: \(BuildGround.obstacle ?? "")"))
struct RebuildTests {
    /// What `rebuild --json` prints, as far as it is looked at here.
    struct Document: Decodable {
        struct Entry: Decodable {
            struct Outcome: Decodable {
                let narHash: String
            }
            struct Stated: Decodable {
                let who: String
                let outcome: Outcome
            }
            struct Verdict: Decodable {
                let verdict: String
                let failed: [String]
                let notes: [String]
            }
            let path: String
            let result: String
            let built: [Outcome]
            let stated: [Stated]
            let reason: String?
            let dependsOn: [[String]]?
            let kept: [String]?
            let verdict: Verdict?
        }
        let paths: [Entry]

        init(_ text: String) throws { self = try JSONDecoder().decode(Document.self, from: Data(text.utf8)) }
    }

    /// A ground whose policy is content with what was built on this machine.
    private func ground(_ line: (String) -> String = { "\($0)quorum nix here\n" }) async throws -> BuildGround {
        let ground = try BuildGround(policy: "")
        let key = try await ground.run(["key", "builder", "--name", "here"])
        #expect(key.status == 0, "\(key.err)")
        #expect(key.out.hasPrefix("builder here quorate-builder-"))
        let file = ground.home.folder.file("state/keys/builder")
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        try ground.home.folder.write("config/policy", line(key.out))
        return ground
    }

    private func entry(_ output: Program.Output) throws -> Document.Entry {
        try #require(try Document(output.out).paths.first, "\(output.err)")
    }

    @Test("What this machine built again counts, with its own line in the policy")
    func counts() async throws {
        let ground = try await ground()
        let file = try ground.write(try HandMade.derivation("thing"))
        let path = try HandMade.derivation("thing").outputs[0].path.path
        let before = try await ground.run(["verify", path])
        #expect(before.status == 1)
        let alone = try await ground.run(["rebuild", "--json", file])
        #expect(alone.status == 1, "nobody else states anything: \(alone.err)")
        #expect(try entry(alone).result == "alone")
        #expect(try entry(alone).verdict?.verdict == "quorate")
        let after = try await ground.run(["verify", "--json", path])
        #expect(after.status == 0, "\(after.out)")
        #expect(after.out.contains("\"own-build\""))
        // Without the policy's line for it, it is this machine's all the same.
        let unnamed = try await Program.run(
            ["challenge", "--verbose", "--policy", "-", path], home: ground.home,
            input: "cache x nix \(CacheFixture.key("a")) http://127.0.0.1:1\n")
        #expect(unnamed.out.contains("this machine's rebuild, does not count"), "\(unnamed.out)\(unnamed.err)")
        // The store has it now too, and says the same.
        #expect(try await ground.run(["build", file]).status == 0)
        let same = try await ground.run(["rebuild", "--json", path])
        #expect(same.status == 0, "\(same.err)")
        #expect(try entry(same).result == "same")
        #expect(try entry(same).stated.map(\.who) == ["Quorate's store"])
    }

    @Test("A failed build is a claim that counts for nothing")
    func failure() async throws {
        let ground = try await ground()
        let bad = try HandMade.derivation("bad", script: "exit 7")
        let output = try await ground.run(["rebuild", "--json", try ground.write(bad)])
        #expect(output.status == 1)
        let entry = try entry(output)
        #expect(entry.result == "failed")
        #expect(entry.reason?.contains("exit code 7") == true)
        #expect(entry.verdict?.verdict == "short")
        #expect(entry.verdict?.failed == ["here"])
    }

    @Test("What differs from itself is found, and shown as two outcomes of one party")
    func unstable() async throws {
        let ground = try await ground()
        let random = try HandMade.derivation(
            "random", script: "read word < /proc/sys/kernel/random/uuid; echo $word > $out")
        let output = try await ground.run(["rebuild", "--json", "--times", "2", try ground.write(random)])
        #expect(output.status == 2, "\(output.err)")
        let entry = try entry(output)
        #expect(entry.result == "unstable")
        #expect(entry.built.count == 2)
        #expect(entry.verdict?.notes.contains { $0.contains("2 outcomes") } == true)
    }

    @Test(
        "The condition that matters is found",
        arguments: [
            ("echo $NIX_BUILD_CORES > $out", ["NIX_BUILD_CORES"]),
            ("echo $TZ > $out", ["time zone"]),
            ("echo $HOME > $out", ["home"]),
            ("umask > $out", ["umask"]),
            ("pwd > $out", ["build path"]),
            ("read name < /proc/sys/kernel/hostname; echo $name > $out", ["host name"]),
            ("[ -t 1 ] && echo yes > $out || echo no > $out", ["terminal"]),
            ("echo $LANG > $out", ["locale"]),
            ("echo $PATH > $out", ["order of PATH"]),
            ("id -u > $out", ["user and group id"]),
            ("grep -o '^[a-z]*:x:' /etc/passwd > $out", ["user name"]),
            ("uname -r > $out", ["kernel version"]),
            ("cut -d' ' -f3 /proc/version > $out", ["kernel version"]),
            ("grep stack /proc/self/maps | cut -d- -f2 > $out", ["address randomisation"]),
            ("mkdir d; for n in a b c d e; do echo > d/$n; done; find d > $out", ["directory order"]),
            ("date +%Y > $out", ["time of day"]),
            // Seconds since the start of the machine, which nobody has on for so long by the other clock.
            ("read up rest < /proc/uptime; echo $(( ${up%.*} / 3400000 )) > $out", ["monotonic clock"]),
            (
                "a=$(date +%s); sleep 1; b=$(date +%s); [ $((b - a)) -ge 3 ] && echo fast > $out || echo slow > $out",
                ["speed of clocks"]
            ),
            ("echo $HOME $(umask) > $out", ["home", "umask"]),
            ("echo the same > $out", []),
        ] as [(String, [String])])
    func varied(script: String, culprits: [String]) async throws {
        let ground = try await ground()
        let thing = try HandMade.derivation("thing", script: script)
        let output = try await ground.run(["rebuild", "--json", "--vary", try ground.write(thing)])
        let entry = try entry(output)
        #expect(entry.dependsOn == culprits.map { [$0] }, "\(output.err)")
        #expect(entry.result == (culprits.isEmpty ? "alone" : "fragile"))
        #expect(output.status == (culprits.isEmpty ? 1 : 2))
        // Builds under other conditions are no claims: one outcome, whatever they gave.
        #expect(entry.built.count == 1)
        #expect(entry.verdict?.notes == [])
    }

    @Test(
        "What the processors have matters", .enabled(if: Processors.count > 1, "this machine has one processor"))
    func processors() async throws {
        try await varied(script: "nproc > $out", culprits: ["processors"])
    }

    @Test(
        "What the processors can do matters",
        .enabled(if: Processors.haveSomethingToHide, "no feature of these processors can be hidden"))
    func processorFeatures() async throws {
        try await varied(
            script: "grep -q -w -E 'avx|ssse3|asimd' /proc/cpuinfo && echo yes > $out || echo no > $out",
            culprits: ["CPU features"])
    }

    @Test("What changes with the seconds is blamed on no condition")
    func bySeconds() async throws {
        let ground = try await ground()
        // Often the same in two builds, and never in ten.
        let thing = try HandMade.derivation("thing", script: "cut -d. -f1 /proc/uptime > $out; sleep 0.3")
        let output = try await ground.run(["rebuild", "--json", "--vary", try ground.write(thing)])
        #expect(output.status == 2, "\(output.err)")
        #expect(try entry(output).result == "unstable")
        #expect(try entry(output).dependsOn == nil)
    }

    @Test("What differs is kept where it was asked for")
    func keeps() async throws {
        let ground = try await ground()
        let folder = ground.file("kept")
        func run(_ name: String, _ script: String, _ options: [String]) async throws -> Document.Entry {
            let file = try ground.write(try HandMade.derivation(name, script: script))
            return try entry(try await ground.run(["rebuild", "--json", "--keep", folder] + options + [file]))
        }
        let same = try await run("same", "echo same > $out", ["--times", "2"])
        #expect(same.kept == nil)
        let zone = try await run("zone", "mkdir $out; echo \"<$TZ>\" > $out/zone", ["--vary"])
        let places = try #require(zone.kept)
        let base = "\(folder)/\(zone.path.dropFirst("/nix/store/".count))"
        #expect(places == [base, base + ".time-zone"])
        #expect(
            try places.map { try String(contentsOfFile: $0 + "/zone", encoding: .utf8) } == ["<>\n", "<QRT-13:45>\n"])
        let script = "read word < /proc/sys/kernel/random/uuid; echo $word > $out"
        let random = try await run("random", script, ["--times", "2"])
        #expect(random.kept?.count == 2)
        #expect(Set(try FileManager.default.contentsOfDirectory(atPath: folder)).count == 4)
        // Nothing that is there is written over.
        #expect(try await run("zone", "mkdir $out; echo \"<$TZ>\" > $out/zone", ["--vary"]).kept?.first == base + ".2")
    }

    @Test("Paths from a list")
    func list() async throws {
        let ground = try await ground()
        let one = try ground.write(try HandMade.derivation("one"))
        let two = try ground.write(try HandMade.derivation("two"))
        let list = try ground.write("list", "# both\n\(one)\n\n\(two)\n")
        let output = try await ground.run(["rebuild", "--json", "--from", list])
        #expect(output.status == 1, "\(output.err)")
        #expect(try Document(output.out).paths.map(\.result) == ["alone", "alone"])
        let empty = try await ground.run(["rebuild", "--from", try ground.write("empty", "# none\n")])
        #expect(empty.status == 64)
    }

    @Test("Different from what the caches agree on")
    func different() async throws {
        let scene = try Scene(2)
        let thing = try HandMade.derivation("thing")
        let published = Product(thing.outputs[0].path, nar: Nar.file(Array("bye\n".utf8)))
        try scene.publish(published, at: 0, 1)
        let honest = try HandMade.derivation("honest", script: "echo honest > $out")
        try scene.publish(Product(honest.outputs[0].path, nar: Nar.file(Array("honest\n".utf8))), at: 0, 1)
        try await scene.run { home in
            let ground = try BuildGround()
            let files = try [ground.write(thing), ground.write(honest)]
            let output = try await Program.run(["rebuild", "--json"] + files, home: home)
            #expect(output.status == 2, "\(output.err)")
            let entries = try Document(output.out).paths
            #expect(entries.map(\.result) == ["different", "same"])
            #expect(entries.first?.stated.map(\.who).sorted() == ["anna", "bert"])
            // By the path, with a derivation that is at hand.
            let byPath = try await Program.run(
                ["rebuild", honest.outputs[0].path.path, "--derivations", ground.file("")], home: home)
            #expect(byPath.status == 0, "\(byPath.out) \(byPath.err)")
        }
    }

    @Test("What was built here is no evidence for others, and who exports it is told")
    func export() async throws {
        let scene = try Scene(1)
        let honest = try HandMade.derivation("honest", script: "echo honest > $out")
        let path = honest.outputs[0].path
        try scene.publish(Product(path, nar: Nar.file(Array("honest\n".utf8))), at: 0)
        try await serving(scene.caches) { addresses in
            let anna = scene.builders[0]
            let ground = try await ground {
                "\(anna.line(addresses[0]))\($0)group both all \(anna.name) here\nquorum nix both\n"
            }
            let rebuilt = try await ground.run(["rebuild", ground.write(honest)])
            #expect(rebuilt.status == 0, "\(rebuilt.out)\(rebuilt.err)")
            #expect(try await ground.run(["verify", path.path]).status == 0)
            let proof = ground.home.folder.file("honest.proof")
            let exported = try await ground.run(["proof", "export", path.path, "-o", proof])
            #expect(exported.status == 0 && exported.err.contains("1 statement,"), "\(exported.err)")
            #expect(exported.err.contains("stands in no log") && exported.err.contains("is short for others"))
            #expect(try await ground.run(["proof", "verify", proof]).status == 1)
        }
    }

    @Test("Without its derivation nothing is tried")
    func unknown() async throws {
        let ground = try await ground()
        let path = try HandMade.derivation("thing").outputs[0].path.path
        let output = try await ground.run(["rebuild", "--json", path])
        #expect(output.status == 1)
        #expect(try entry(output).result == "not-tried")
        // A derivation of the same name that makes another path is no help.
        try ground.write(try HandMade.derivation("thing", script: "echo other > $out"))
        let again = try await ground.run(["rebuild", path, "--derivations", ground.file("")])
        #expect(again.status == 1)
        #expect(again.out.contains("makes other paths"))
    }
}
