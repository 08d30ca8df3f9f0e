import Foundation
import Glibc
import StoreFormats
import TestSupport
import Testing

@Suite("The gateway's state: revocations, conflicts, restarts, disks")
struct StateTests {
    @Test("A revocation stops narinfo and NAR within a second, and what the builders still agree on goes on")
    func revocation() async throws {
        let scene = try Scene()
        let product = try Product("revoked")
        let other = try Product("other")
        let byKey = try Product("by-key")
        try scene.publish(product, at: 0, 1, 2)
        try scene.publish(other, at: 0, 1, 2)
        try scene.publish(byKey, at: 0, 1)
        try await scene.run { home in
            try await withGateway(home) { gateway async throws in
                let url = try NarInfo(served: try await gateway.narInfo(product).body).url
                #expect(try await gateway.get("/" + url).status == 200)
                #expect(try await gateway.nar(byKey)?.status == 200)
                let output = try await Program.run(
                    ["revoke", "outcome", "sha256:\(product.narHash.hex)", "--reason", "back door"], home: home)
                let start = ContinuousClock.now
                #expect(output.status == 0, "\(output.err)")
                #expect(output.out.contains("Installed paths that it touches: 0") || output.out.contains("No nix"))
                let isGone = try await eventually {
                    let narInfo = try await gateway.narInfo(product).status
                    let nar = try await gateway.get("/" + url).status
                    return narInfo == 404 && nar == 404
                }
                #expect(isGone)
                #expect(ContinuousClock.now - start < .seconds(1.5))
                #expect(try await gateway.nar(other)?.status == 200)
                let key = try await Program.run(
                    ["revoke", "key", "nix", "\(scene.builders[1].key.publicKey)"], home: home)
                #expect(key.status == 0, "\(key.err)")
                #expect(try await eventually { try await gateway.narInfo(byKey).status == 404 })
                #expect(try await gateway.nar(other)?.status == 200)
            }
            // Also after a restart.
            try await withGateway(home) { gateway async throws in
                #expect(try await gateway.narInfo(product).status == 404)
                #expect(try await gateway.narInfo(byKey).status == 404)
                #expect(try await gateway.nar(other)?.status == 200)
            }
        }
    }

    @Test("A revocation that makes no sense is refused and changes nothing")
    func badRevocations() async throws {
        let home = try Home(policy: "")
        for arguments in [
            ["outcome"], ["outcome", "sha256:00"], ["key"], ["key", "nix", "x"], ["nothing", "x"],
            ["outcome", "sha256:" + String(repeating: "0", count: 64), "--reason", "a\"b"],
        ] {
            let output = try await Program.run(["revoke"] + arguments, home: home)
            #expect(output.status == 64, "\(arguments)")
            #expect(output.out == "" && !output.err.isEmpty)
        }
        #expect(!FileManager.default.fileExists(atPath: home.folder.file("state/revocations")))
    }

    /// Once this made every command refuse the state.
    @Test(
        "What is revoked already stays so, in whatever spelling it comes",
        arguments: [
            [["key", "nix", "a-1:KEY"], ["key", "nix", "a-1:KEY"], ["key", "nix", "b-1:KEY"]],
            [["outcome", "sha256:HEX"], ["outcome", "sha256:NIX32"], ["outcome", "SRI", "--reason", "again"]],
            [["outcome", "sha256:HEX", "PATH"], ["outcome", "sha256:NIX32", "PATH"]],
        ])
    func revokedTwice(commands: [[String]]) async throws {
        let home = try Home(policy: "")
        let product = try Product("twice")
        let key = try NixSecretKey.generate(name: "a-1").publicKey.description.dropFirst("a-1:".count)
        let narHash = try product.narHash
        let hash = narHash.contentHash
        for (index, command) in commands.enumerated() {
            let words = command.map {
                $0.replacing("KEY", with: key).replacing("HEX", with: narHash.hex)
                    .replacing("sha256:NIX32", with: hash.spelled(.nix32)).replacing("SRI", with: hash.spelled(.sri))
                    .replacing("PATH", with: product.storePath.path)
            }
            let output = try await Program.run(["revoke"] + words, home: home)
            #expect(output.status == 0, "\(output.err)")
            #expect(output.out.hasPrefix(index == 0 ? "Revoked. " : "It is revoked already.\n"), "\(output.out)")
            let json = try await Program.run(["revoke", "--json"] + words, home: home)
            #expect(json.status == 0 && json.out.contains("\"isNew\" : false"), "\(json.out)\(json.err)")
        }
        #expect(try home.folder.text("state/revocations").split(separator: "\n").count == 1)
        #expect(try await Program.run(["conflict", "list"], home: home).status == 0)
        #expect(try await Program.run(["verify", product.storePath.path], home: home).status == 1)
    }

    /// What a crash in the middle of a line leaves, or somebody's editor.
    @Test("A changed policy is told, on SIGHUP too, and the gateway serves on as it began")
    func changedPolicy() async throws {
        let scene = try Scene(2)
        let product = try Product("steady")
        try scene.publish(product, at: 0, 1)
        try await scene.run { home in
            let gateway = try await GatewayProcess(home, ["--mode", "enforce", "--log-level", "debug"])
            let policy = try home.folder.text("config/policy")
            gateway.process.signal(SIGHUP)
            #expect(await eventually { gateway.process.err.contains("the one that this service started with") })
            try home.folder.write("config/policy", policy + "# more\n")
            #expect(await eventually { gateway.process.err.contains("until it is restarted") })
            try home.folder.write("config/policy", "nonsense\n")
            #expect(await eventually { gateway.process.err.contains("would be refused") })
            gateway.process.signal(SIGHUP)
            #expect(try await gateway.get("/nix-cache-info").status == 200)
            #expect(try await gateway.stop() == 0)
            // What the log says of the parts are their names.
            let longest = gateway.process.err.split(separator: "\n").map(\.utf8.count).max() ?? 0
            #expect(longest < 500, "\(gateway.process.err.prefix(2000))")
            #expect(!gateway.process.err.contains("Inquirer("))
        }
    }

    @Test("A log's server outlives SIGHUP")
    func hangUpOfALog() async throws {
        let home = try Home()
        #expect(
            try await Program.run(["builder", "init", "desk", "--url", "https://desk.example"], home: home).status == 0)
        let server = try await Program.start(["log", "serve", "--listen", "127.0.0.1:0"], home: home)
        #expect(await eventually(within: .seconds(30)) { server.out.contains("Listening") })
        server.signal(SIGHUP)
        #expect(await eventually { server.err.contains("needs a restart") })
        server.signal(SIGTERM)
        #expect(await server.wait(.seconds(20)) == 0)
    }

    @Test("A torn line is passed over and told to whoever looks", arguments: ["conflicts", "revocations"])
    func tornLine(file: String) async throws {
        let home = try Home(policy: "")
        let path = "/nix/store/00000000000000000000000000000000-x"
        try home.folder.write("state/\(file)", file == "conflicts" ? "2026-01-01T00:00:00Z /nix/sto" : "revoke outco")
        for (command, status) in [(["conflict", "list"], 0), (["verify", path], 1)] as [([String], Int32)] {
            let output = try await Program.run(command, home: home)
            #expect(output.status == status, "\(output.err)")
            #expect(output.errorLines.count == 1, "\(output.err)")
            #expect(output.err.contains("/state/\(file): the unfinished last line"), "\(output.err)")
        }
        try await withGateway(home) { gateway async throws in
            #expect(gateway.process.err.contains("/state/\(file): the unfinished last line"), "\(gateway.process.err)")
        }
    }

    @Test("A line torn while the gateway runs is told too", arguments: ["conflicts", "revocations"])
    func tornMeanwhile(file: String) async throws {
        let home = try Home(policy: "")
        try await withGateway(home) { gateway async throws in
            #expect(!gateway.process.err.contains("unfinished"))
            try home.folder.write("state/\(file)", file == "conflicts" ? "2026-01-01T00:00:00Z /nix/sto" : "revoke ou")
            #expect(
                await eventually { gateway.process.err.contains("/state/\(file): the unfinished last line") },
                "\(gateway.process.err)")
        }
    }

    @Test("A conflict stops serving and stands over restarts, also once the caches have changed, until it is cleared")
    func conflict() async throws {
        let conflict = try Conflict()
        let hashPart = conflict.product.hashPart
        try await conflict.run { home in
            try await withGateway(home) { gateway async throws in
                #expect(try await gateway.get("/\(hashPart).narinfo").status == 404)
                #expect(gateway.process.err.contains("conflict"))
                let listed = try await Program.run(["conflict", "list", "--json"], home: home)
                #expect(listed.status == 2)
                #expect(listed.out.contains("\"path\" : \"\(conflict.product.storePath.path)\""), "\(listed.out)")
                #expect(try listed.out.contains("sha256:\(conflict.other.narHash.hex)"), "\(listed.out)")
                #expect(try await gateway.get("/api/v1/verdicts/\(hashPart)").text.contains("\"conflict\""))
                #expect(try await gateway.get("/api/v1/status").text.contains(conflict.product.storePath.path))
            }
            // The alarm alone keeps it, even without a ledger and with one outcome revoked.
            try FileManager.default.removeItem(atPath: home.folder.file("state/ledger.sqlite"))
            let revoked = try await Program.run(
                ["revoke", "outcome", "sha256:\(conflict.other.narHash.hex)"], home: home)
            #expect(revoked.status == 0)
            try await withGateway(home) { gateway async throws in
                #expect(try await gateway.get("/\(hashPart).narinfo").status == 404)
                let cleared = try await Program.run(
                    ["conflict", "clear", conflict.product.storePath.path], home: home)
                #expect(cleared.status == 0, "\(cleared.err)")
                // The running gateway takes it over.
                #expect(try await eventually { try await gateway.get("/\(hashPart).narinfo").status == 200 })
                let again = try await Program.run(
                    ["conflict", "clear", conflict.product.storePath.path], home: home)
                #expect(again.status == 66)
            }
        }
    }

    @Test(
        "SIGTERM lets a transfer under way end, takes nothing new, and the status is 0", arguments: [SIGTERM, SIGINT])
    func gracefulStop(signal: Int32) async throws {
        let scene = try Scene(2)
        let product = try Product("transfer", size: 24 << 20)
        try scene.publish(product, at: 0, 1)
        try await scene.run { home in
            let gateway = try await GatewayProcess(home)
            let url = try NarInfo(served: try await gateway.narInfo(product).body).url
            #expect(try await gateway.get("/" + url, method: "HEAD").status == 200)
            let port = gateway.port
            let process = gateway.process
            let idle = try await offPool { try TestConnection(port) }
            let (count, isRefused) = try await offPool {
                let connection = try TestConnection(port)
                try connection.send("GET /\(url) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                var bytes = try connection.read(5) ?? []
                process.signal(signal)
                Thread.sleep(forTimeInterval: 0.4)
                let isRefused = (try? TestConnection(port)) == nil
                while let part = try connection.read(5, atMost: 1 << 20), !part.isEmpty { bytes += part }
                let head = bytes.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound ?? 0
                return (bytes.count - head, isRefused)
            }
            #expect(count == product.nar.count)
            #expect(isRefused)
            #expect(await process.wait(.seconds(10)) == 0, "\(process.err)")
            withExtendedLifetime(idle) {}
        }
    }

    @Test("Killed in the middle of writing, it starts again and serves what is right", arguments: 0..<3)
    func killed(round: Int) async throws {
        let scene = try Scene(2)
        let products = try (0..<12).map { try Product("killed", contents: "\($0)", size: 2 << 20) }
        for product in products { try scene.publish(product, at: 0, 1) }
        try await scene.run { home in
            let gateway = try await GatewayProcess(home)
            let clients = Task {
                await withTaskGroup(of: Void.self) { group in
                    for product in products { group.addTask { _ = try? await gateway.nar(product) } }
                }
            }
            try await Task.sleep(for: .milliseconds(60 + 90 * round))
            gateway.process.signal(SIGKILL)
            #expect(await gateway.process.wait(.seconds(10)) == 137)
            await clients.value
            try await withGateway(home) { gateway async throws in
                #expect(home.spooled.allSatisfy { !$0.hasPrefix(".part-") })
                for product in products { #expect(try await gateway.nar(product)?.body == product.nar) }
            }
        }
    }

    @Test("A second gateway on the same state ends with 75 and one clear line")
    func twoInstances() async throws {
        let scene = try Scene(2)
        try await scene.run { home in
            try await withGateway(home) { gateway async throws in
                let second = try await Program.run(["serve", "--listen", "127.0.0.1:0"], home: home)
                #expect(second.status == 75)
                #expect(second.out == "")
                #expect(second.errorLines.count == 1, "\(second.err)")
                let taken = try await Program.run(
                    ["serve", "--listen", "127.0.0.1:\(gateway.port)"], home: try Home(policy: ""))
                #expect(taken.status == 69)
                #expect(taken.errorLines.count == 1, "\(taken.err)")
                #expect(try await gateway.get("/healthz").status == 200)
            }
        }
    }

    private static var isRoot: Bool { geteuid() == 0 }

    /// Runs the gateway in a mount namespace of its own, after `words`.
    private static func mounted(_ words: String, _ arguments: String...) -> [String] {
        [
            "unshare", "-m", "--propagation", "private", "sh", "-c", "\(words); n=$1; shift $((n + 1)); exec \"$@\"",
            "sh",
        ]
            + ["\(arguments.count)"] + arguments
    }

    @Test("A full disk below the spool: older NARs make room, what does not fit is not here", .enabled(if: isRoot))
    func fullSpool() async throws {
        let scene = try Scene(2)
        let products = try (0..<3).map { try Product("full", contents: "\($0)", size: 3 << 20) }
        let large = try Product("large", size: 9 << 20)
        for product in products + [large] { try scene.publish(product, at: 0, 1) }
        try await scene.run { home in
            try FileManager.default.createDirectory(atPath: home.spool, withIntermediateDirectories: true)
            let wrapper = Self.mounted("mount -t tmpfs -o size=8m tmpfs \"$2\"", home.spool)
            try await withGateway(home, through: wrapper) { gateway async throws in
                for product in products { #expect(try await gateway.nar(product)?.body == product.nar) }
                #expect(try await gateway.nar(large)?.status == 404)
                #expect(try await gateway.nar(products[0])?.body == products[0].nar)
                #expect(gateway.process.err.contains("No space left"))
            }
        }
    }

    @Test("A full disk below the ledger: verdicts go on, without memory", .enabled(if: isRoot))
    func fullState() async throws {
        let scene = try Scene(2)
        let products = try (0..<3).map { try Product("full", contents: "\($0)") }
        for product in products { try scene.publish(product, at: 0, 1) }
        try await scene.run { home in
            let state = home.folder.file("state")
            try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
            try await withGateway(home, through: Self.mounted("mount -t tmpfs -o size=600k tmpfs \"$2\"", state)) {
                gateway async throws in
                for product in products { #expect(try await gateway.nar(product)?.body == product.nar) }
                #expect(try await gateway.get("/api/v1/status").status == 200)
            }
        }
    }

    @Test("State that cannot be written: it serves without memory, and says so", .enabled(if: isRoot))
    func readOnlyState() async throws {
        let scene = try Scene(2)
        let product = try Product("unwritten")
        let revoked = try Product("revoked")
        for product in [product, revoked] { try scene.publish(product, at: 0, 1) }
        try await scene.run { home in
            try await withGateway(home) { _ in }
            let revocation = try await Program.run(
                ["revoke", "outcome", "sha256:\(revoked.narHash.hex)"], home: home)
            #expect(revocation.status == 0)
            let wrapper = Self.mounted(
                "mount --bind \"$2\" \"$2\" && mount -o remount,bind,ro \"$2\"", home.folder.file("state"))
            try await withGateway(home, through: wrapper) { gateway async throws in
                #expect(try await gateway.nar(product)?.body == product.nar)
                #expect(try await gateway.narInfo(revoked).status == 404)
                #expect(gateway.process.err.contains("nothing is remembered"))
            }
            let verify = try await Program.run(
                ["verify", product.storePath.path], home: home, through: wrapper)
            #expect(verify.status == 0)
            #expect(verify.errorLines.count == 1, "\(verify.err)")
            let denied = try await Program.run(
                ["revoke", "outcome", "sha256:\(product.narHash.hex)"], home: home, through: wrapper)
            #expect(denied.status == 73)
            #expect(denied.errorLines.count == 1, "\(denied.err)")
        }
    }

    @Test(
        "A spool that cannot be written: NARs are not here, and nothing fails",
        .enabled(if: isRoot))
    func readOnlySpool() async throws {
        let scene = try Scene(2)
        let product = try Product("unwritten")
        try scene.publish(product, at: 0, 1)
        try await scene.run { home in
            try FileManager.default.createDirectory(atPath: home.spool, withIntermediateDirectories: true)
            let readOnly = "mount --bind \"$2\" \"$2\" && mount -o remount,bind,ro \"$2\""
            try await withGateway(home, through: Self.mounted(readOnly, home.spool)) { gateway async throws in
                #expect(try await gateway.nar(product)?.status == 404)
                #expect(try await gateway.get("/healthz").status == 200)
            }
        }
    }
}
