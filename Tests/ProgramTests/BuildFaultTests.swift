import Foundation
import Glibc
import StoreFormats
import TestSupport
import Testing

/// Builds which are killed, crowd each other or find no space: the store stays as it should be.
@Suite(
    "quorate build under faults", .serialized,
    .enabled(if: BuildGround.obstacle == nil, "no builds here: \(BuildGround.obstacle ?? "")"))
struct BuildFaultTests {
    private let ground: BuildGround
    /// Stands in the command line of every builder of this test.
    private let mark = "mark-\(UUID().uuidString)"

    init() throws { ground = try BuildGround() }

    private func derivation(
        _ name: String, _ script: String, inputs: [Derivation] = [], beneath: [Derivation] = []
    ) throws -> Derivation {
        try HandMade.derivation(name, script: ": \(mark); \(script)", inputs: inputs, beneath: beneath)
    }

    /// Processes of this test's builders, as the machine shows them.
    private var builders: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).filter { name in
            guard name.allSatisfy(\.isNumber) else { return false }
            let words = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") ?? Data()
            return String(decoding: words, as: UTF8.self).contains(mark)
        }
    }

    private func expectSoundStore(through wrapper: [String] = []) async throws {
        let verify = try await Program.run(["store", "verify"], home: ground.home, through: wrapper)
        #expect(verify.status == 0, "\(verify.out) \(verify.err)")
    }

    /// What lies unfinished in the store's folder. A process may leave an empty folder in `staging`.
    private var leftovers: [String] {
        let store = ground.home.folder.file("store")
        func names(_ path: String) -> [String] {
            ((try? FileManager.default.contentsOfDirectory(atPath: "\(store)/\(path)")) ?? []).map { "\(path)/\($0)" }
        }
        return names("trash") + names("staging").flatMap(names)
    }

    /// Nothing of what was killed is left in the store's folder once somebody has opened it again.
    private func expectNoLeftovers() async throws {
        #expect(await eventually { leftovers.isEmpty }, "\(leftovers)")
        let store = ground.home.folder.file("store/nix/store")
        let there = try FileManager.default.contentsOfDirectory(atPath: store).map { "/nix/store/\($0)" }.sorted()
        let list = try await ground.run(["store", "list", "--paths"])
        #expect(there == list.out.split(separator: "\n").map(String.init).sorted())
    }

    private func start(_ arguments: [String]) async throws -> RunningProcess {
        try await Program.start(arguments, home: ground.home)
    }

    // MARK: - Killed

    @Test("Killed at any moment: nothing is half valid, nothing goes on, and the next call finishes")
    func killed() async throws {
        var chain: [Derivation] = []
        for number in 0..<8 {
            let work = "mkdir $out; for i in $(seq 300); do echo $i > $out/$i; done; sleep 0.1; echo \(number)"
            let next = try derivation("link-\(number)", work, inputs: chain.suffix(1), beneath: chain)
            try ground.write(next)
            chain.append(next)
        }
        let file = try ground.write(try #require(chain.last))
        for milliseconds in [30, 90, 150, 210, 270, 330, 390, 450, 520] {
            let process = try await start(["build", file])
            try await Task.sleep(for: .milliseconds(milliseconds))
            process.signal(SIGKILL)
            _ = await process.wait(.seconds(10))
            #expect(await eventually { builders.isEmpty }, "after \(milliseconds) ms")
            try await expectSoundStore()
        }
        let finished = try await ground.run(["build", file])
        #expect(finished.status == 0, "\(finished.err)")
        try await expectSoundStore()
        try await expectNoLeftovers()
    }

    @Test("Killed while an output is hashed and registered", arguments: [0, 10, 30, 60, 100, 150, 250, 400])
    func killedWhileRegistering(milliseconds: Int) async throws {
        let work = "mkdir $out; for i in $(seq 4000); do echo $i > $out/$i; done; echo is-made"
        let file = try ground.write(try derivation("large", work))
        let process = try await start(["build", "-L", file])
        #expect(await eventually(within: .seconds(30)) { process.err.contains("> is-made") }, "\(process.err)")
        try await Task.sleep(for: .milliseconds(milliseconds))
        process.signal(SIGKILL)
        _ = await process.wait(.seconds(10))
        #expect(await eventually { builders.isEmpty })
        try await expectSoundStore()
        let again = try await ground.run(["build", file])
        #expect(again.status == 0, "\(again.err)")
        try await expectSoundStore()
        try await expectNoLeftovers()
    }

    @Test("SIGTERM and Ctrl-C end the builders, leave nothing behind and say so", arguments: [SIGTERM, SIGINT])
    func interrupted(_ signal: Int32) async throws {
        let first = try derivation("first", "echo one > $out")
        let long = try derivation(
            "long", "mkdir $out; trap '' TERM INT; (sleep 600) & echo waits; sleep 600", inputs: [first])
        try ground.write(first)
        let process = try await start(["build", "-L", try ground.write(long)])
        #expect(await eventually(within: .seconds(30)) { process.err.contains("> waits") }, "\(process.err)")
        process.signal(signal)
        #expect(await process.wait(.seconds(10)) == 128 + signal)
        #expect(builders.isEmpty)
        #expect(process.out == "")
        #expect(leftovers.isEmpty, "\(leftovers)")
        try await expectSoundStore()
        // What was finished before stays.
        let list = try await ground.run(["store", "list", "--paths"])
        #expect(list.out.contains(first.outputs[0].path.path))
    }

    // MARK: - Several at a time

    @Test("Two programs that want the same: each derivation is built once, and both succeed")
    func together() async throws {
        let uuid = "cat /proc/sys/kernel/random/uuid > $out"
        let base = try derivation("base", "sleep 0.2; \(uuid)")
        let parts = try (0..<5).map { try derivation("part-\($0)", "sleep 0.1; \(uuid)", inputs: [base]) }
        let top = try derivation("top", uuid, inputs: parts, beneath: [base])
        for one in [base] + parts { try ground.write(one) }
        let file = try ground.write(top)
        let ground = ground
        let outputs = try await withThrowingTaskGroup(of: Program.Output.self) { group in
            for _ in 0..<2 { group.addTask { try await ground.run(["build", "-j", "2", "--json", file]) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        var built: [String: Int] = [:]
        var hashes: Set<String> = []
        for output in outputs {
            #expect(output.status == 0, "\(output.err)")
            let document = try BuildTests.Document(output.out)
            for build in document.builds {
                #expect(["built", "already-valid"].contains(build.result), "\(build)")
                if build.result == "built" { built[build.derivation, default: 0] += 1 }
            }
            hashes.formUnion(document.targets.compactMap { $0.outcome?.narHash })
        }
        #expect(built.count == 7)
        #expect(Set(built.values) == [1])
        #expect(hashes.count == 1)
        try await expectSoundStore()
        try await expectNoLeftovers()
    }

    @Test("A garbage collection beside a build takes nothing that it needs")
    func collected() async throws {
        let input = try derivation("input", "echo one > $out")
        let place = input.outputs[0].path.path
        let user = try derivation(
            "user", "echo waits; sleep 2; cat \(place) > $out; echo \(place) >> $out", inputs: [input])
        let garbage = try derivation("garbage", "echo garbage > $out")
        try ground.write(input)
        #expect(try await ground.run(["build", try ground.write(garbage)]).status == 0)
        let process = try await start(["build", "-L", try ground.write(user), "--out-link", ground.file("result")])
        #expect(await eventually(within: .seconds(30)) { process.err.contains("> waits") }, "\(process.err)")
        var removed = ""
        while await process.wait(.milliseconds(1)) == nil {
            let collection = try await ground.run(["store", "gc"])
            #expect(collection.status == 0, "\(collection.err)")
            removed += collection.out
        }
        #expect(await process.wait(.seconds(30)) == 0, "\(process.err)")
        #expect(removed.contains("-garbage\n"))
        #expect(!removed.contains(place))
        try await expectSoundStore()
        // The link keeps the result and what it refers to.
        #expect(try await ground.run(["store", "gc"]).status == 0)
        let text = try String(contentsOfFile: ground.file("result"), encoding: .utf8)
        #expect(text == "one\n\(place)\n")
        let list = try await ground.run(["store", "list", "--paths"])
        #expect(list.out.contains(place))
    }

    // MARK: - Without end

    @Test(
        "What never ends is ended",
        arguments: [
            ("while :; do echo 0123456789; done", ["--max-log-size", "100K"], "wrote more than"),
            ("sleep 600 & sleep 600", ["--max-silent-time", "1"], "printed nothing for 1 seconds"),
            ("while :; do echo x; sleep 0.1; done", ["--timeout", "1"], "took longer than 1 seconds"),
            ("trap '' TERM; mkdir $out; while :; do echo x >> $out/x; done", ["--timeout", "1"], "took longer than 1"),
        ] as [(String, [String], String)])
    func endless(script: String, limit: [String], words: String) async throws {
        let file = try ground.write(try derivation("endless", script))
        let output = try await ground.run(["build"] + limit + [file])
        #expect(output.status == 1)
        #expect(output.err.contains(words), "\(output.err)")
        #expect(builders.isEmpty)
        #expect(leftovers.isEmpty)
        try await expectSoundStore()
    }

    // MARK: - No space

    private static var isRoot: Bool { geteuid() == 0 }

    /// Runs words of the shell with the program as `$0`, where the store is on a disk of a few megabytes of its own;
    /// then checks the store there. What the check says ends in `verified`.
    private func cramped(_ size: String, _ words: String, _ arguments: [String] = []) async throws -> Program.Output {
        let store = ground.home.folder.file("store")
        try FileManager.default.createDirectory(atPath: store, withIntermediateDirectories: true)
        let script = """
            mount -t tmpfs -o size=\(size),mode=700 tmpfs "$S" || exit 90
            \(words)
            status=$?
            "$0" store verify > "$S.verify" 2>&1 || { cat "$S.verify" >&2; exit 91; }
            find "$S/staging" "$S/trash" -mindepth 1 -maxdepth 2 | grep -v '^[^ ]*/staging/[^/]*$' >&2
            exit $status
            """
        return try await Program.run(
            arguments, home: ground.home, environment: ["S": store],
            through: ["unshare", "-m", "--propagation", "private", "sh", "-c", script])
    }

    @Test(
        "A full disk while building: the build fails, and the store stays sound", .enabled(if: isRoot),
        arguments: [
            // The builder sees it and gives up, or takes no notice and leaves the disk full for what comes after it.
            ("exec dd if=/dev/zero of=$out bs=64k 2>&1", "failed with exit code 1"),
            (
                "dd if=/dev/zero of=$out bs=4k; while echo 0123456789 >> $out; do :; done 2> /dev/null; exit 0",
                "o space"
            ),
            (
                "dd if=/dev/zero of=$out bs=4k; while echo 0123456789 >> $out; do :; done 2> /dev/null; seq 100000; exit 0",
                "o space"
            ),
        ])
    func fullWhileBuilding(script: String, words: String) async throws {
        let small = try derivation("small", "echo small > $out")
        let full = try derivation("full", script, inputs: [small])
        try ground.write(small)
        let file = try ground.write(full)
        let output = try await cramped("8m", #""$0" build "$1"; s=$?; "$0" store list --paths; (exit $s)"#, [file])
        #expect(output.status == 1, "\(output.err)")
        #expect(output.err.contains(words), "\(output.err)")
        #expect(output.out.contains(small.outputs[0].path.path + "\n"))
        #expect(!output.out.contains(full.outputs[0].path.path))
    }

    @Test("A disk that is full before anything: one line", .enabled(if: isRoot), arguments: ["64k", "300k"])
    func fullFromTheStart(size: String) async throws {
        let file = try ground.write(try derivation("small", "echo small > $out"))
        let output = try await Program.run(
            [file], home: ground.home, environment: ["S": ground.home.folder.file("store")],
            through: [
                "unshare", "-m", "--propagation", "private", "sh", "-c",
                """
                mkdir "$S"; mount -t tmpfs -o size=\(size),mode=700 tmpfs "$S" || exit 90
                dd if=/dev/zero of="$S/ballast" bs=4k 2> /dev/null
                "$0" build "$1"
                """,
            ])
        #expect(output.status == 73, "\(output.err)")
        #expect(output.errorLines.count == 1, "\(output.err)")
    }

    @Test("A full disk while importing and adding: one line, its status, and nothing is left", .enabled(if: isRoot))
    func fullWhileImporting() async throws {
        let other = ground.home.folder.file("other")
        try FileManager.default.createDirectory(
            atPath: ground.home.folder.file("tree"), withIntermediateDirectories: true)
        for number in 0..<4 { try ground.home.folder.write("tree/\(number)", Product.noise(4 << 20)) }
        let tree = ground.home.folder.file("tree")
        let added = try await ground.run(["store", "add", "--store", other, tree])
        let path = added.out.trimmingCharacters(in: .newlines)
        let export = ground.home.folder.file("export")
        #expect(try await ground.run(["store", "export", "--store", other, "-o", export, path]).status == 0)
        for arguments in [["import", export], ["add", tree]] {
            let output = try await cramped(
                "9m", #""$0" store "$@"; s=$?; "$0" store list --paths; (exit $s)"#, arguments)
            #expect(output.status == 73, "\(arguments): \(output.err)")
            #expect(output.errorLines.count == 1, "\(arguments): \(output.err)")
            #expect(output.out == "")
        }
    }
}
