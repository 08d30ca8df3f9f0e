import Foundation
import Glibc
import TestSupport
import Testing

@Suite("The command line: what is said, how much of it, and where it goes")
struct CommandLineTests {
    @Test("What was given is not repeated at length in a complaint")
    func longInput() async throws {
        let home = try Home(policy: "")
        let long = String(repeating: "x", count: 100_000)
        let cases: [([String], Int)] = [
            (["verify", long], 65), (["verify", "--\(long)", "x"], 64), (["build", long], 65),
        ]
        for (arguments, status) in cases {
            let output = try await Program.run(arguments, home: home)
            #expect(Int(output.status) == status)
            #expect(output.err.utf8.count < 1500 && output.err.contains("bytes left out"), "\(output.err.prefix(3000))")
        }
        let output = try await Program.run(
            ["verify", "-"], home: home, input: String(repeating: "\u{0}", count: 5_000_000))
        #expect(output.status == 65 && output.err.utf8.count < 3000, "\(output.err.prefix(3000))")
    }

    @Test(
        "The argument parser's complaints hold no escapes",
        arguments: ["--no\u{1b}[31m", "--help\u{9b}31m", "\u{1b}]0;x\u{7}"])
    func escapes(argument: String) async throws {
        let home = try Home(policy: "")
        for arguments in [[argument], ["verify", argument], ["store", "serve", "--compression", argument]] {
            let output = try await Program.run(arguments, home: home)
            #expect(output.status != 0 && !output.err.isEmpty)
            #expect(
                output.err.unicodeScalars.allSatisfy {
                    $0 == "\n" || ($0.value >= 0x20 && $0.properties.generalCategory != .control)
                })
        }
    }

    @Test(
        "Help and version that could not be written are no success", arguments: ["--help", "--version", "help verify"])
    func unwrittenHelp(words: String) async throws {
        let home = try Home(policy: "")
        let output = try await Program.run(shell: "exec \"$0\" \(words) >/dev/full", home: home)
        #expect(output.status == 73)
        #expect(output.err.contains("standard output"))
    }

    @Test("No file that is opened gets the number of a standard descriptor that was closed")
    func closedDescriptors() async throws {
        let home = try Home(policy: "")
        let output = try await Program.run(
            shell: """
                "$0" store serve --listen 127.0.0.1:0 <&- >&- 2>&- &
                server=$!
                for step in $(seq 100); do
                    descriptors=$(for number in 0 1 2; do readlink /proc/$server/fd/$number; done)
                    [ "$(echo $descriptors)" = "/dev/null /dev/null /dev/null" ] && break
                    sleep 0.1
                done
                echo $descriptors
                kill $server
                """, home: home)
        #expect(output.out == "/dev/null /dev/null /dev/null\n", "\(output.err)")
        // Who writes a result to nobody is told.
        let closed = try await Program.run(shell: "exec \"$0\" --version >&-", home: home)
        #expect(closed.status == 73)
    }

    @Test("Trouble with the network is told in words, not in those of a library")
    func networkTrouble() async throws {
        let home = try Home(policy: "")
        // Held by this test, listened on by nobody.
        let held = try HeldPort()
        for arguments in [
            ["doctor", "--gateway", "http://127.0.0.1:\(held.port)"],
            [
                "challenge", "--verbose", "--url", "http://127.0.0.1:\(held.port)",
                "/nix/store/\(String(repeating: "0", count: 32))-x",
            ],
            ["serve", "--listen", "127.0.0.1:\(held.port)"], ["store", "serve", "--listen", "127.0.0.1:\(held.port)"],
        ] {
            let output = try await Program.run(arguments, home: home)
            #expect(output.status != 0)
            let text = output.out + output.err
            #expect(!text.contains("errno") && !text.contains("descriptor:"), "\(text)")
            let serves = arguments.contains("serve")
            #expect(
                text.contains(serves ? "the address is in use; choose another with --listen" : "connection refused"))
        }
    }

    @Test("A hyphen that can be neither standard input nor output makes and reads no file")
    func hyphens() async throws {
        let home = try Home(policy: "")
        for words in ["key generate n-1 -o -", "key generate --guix -o -", "hash -", "store add -"] {
            let output = try await Program.run(
                shell: "cd \"$1\" && exec \"$0\" \(words)", [home.folder.path], home: home)
            #expect(output.status == 64 && output.err.contains("'./-'"), "\(words): \(output)")
        }
        #expect(!FileManager.default.fileExists(atPath: home.folder.file("-")))
        let key = try await Program.run(["key", "generate", "n-1", "-o", home.folder.file("n.key")], home: home)
        let contents = try String(contentsOfFile: home.folder.file("n.key"), encoding: .utf8)
        #expect(try await Program.run(["key", "show", "-"], home: home, input: contents).out == key.out)
    }

    @Test("Complaints name files as they were given, before what is wrong with them")
    func fileNames() async throws {
        let home = try Home(policy: "")
        let folder = home.folder.path
        for (arguments, words) in [
            (["key", "generate", "n-1", "-o", "\(folder)/no/n.key"], "quorate: \(folder)/no/n.key: cannot be written"),
            (["hash", "\(folder)/no"], "quorate: \(folder)/no: cannot"), (["store", "add", ""], "quorate: '': cannot"),
            (["hash", ""], "quorate: '': cannot"),
        ] {
            let output = try await Program.run(arguments, home: home)
            #expect(output.status != 0 && output.err.hasPrefix(words), "\(arguments): \(output.err)")
            #expect(!output.err.contains(".new") && output.errorLines.count == 1)
        }
        let relative = try await Program.run(
            ["policy", "check"], home: home, environment: ["QUORATE_HOME": "", "HOME": "home"])
        #expect(relative.status == 64 && relative.err.contains("HOME is 'home': give an absolute path"))
        let json = try await Program.run(["build", "hello.json"], home: home)
        #expect(json.status == 65 && json.err.contains("derivation add --fill"))
        let address = try await Program.run(
            ["challenge", "--url", "cache.example", "/nix/store/\(String(repeating: "0", count: 32))-x"], home: home)
        #expect(address.status == 64 && address.err.contains("http://, https:// or file:///"), "\(address.err)")
        let key = try await Program.run(["builder", "join", "http://127.0.0.1:1", "--key", "foo"], home: home)
        #expect(key.status == 64 && key.err.contains("--key"))
    }

    @Test("Where result links cannot be is said before anything is built")
    func resultLinks() async throws {
        let home = try Home(policy: "")
        let folder = home.folder
        try folder.write("file", "mine")
        let path = "/nix/store/\(String(repeating: "0", count: 32))-x"
        for (link, status) in [
            ("", 64), ("./", 64), ("..", 64), (folder.file("file"), 73), (folder.file("no/result"), 73),
        ] {
            let output = try await Program.run(["build", "--no-host-stores", "--out-link", link, path], home: home)
            #expect(Int(output.status) == status && output.errorLines.count == 1, "\(link): \(output)")
        }
        #expect(try String(contentsOfFile: folder.file("file"), encoding: .utf8) == "mine")
        // Not a word about links where there may be some.
        let unknown = try await Program.run(
            ["build", "--no-host-stores", "--out-link", folder.file("result"), path], home: home)
        #expect(unknown.status == 1, "\(unknown)")
    }

    @Test("A policy's warnings are told once")
    func policyWarnings() async throws {
        let home = try Home(
            policy: """
                cache a nix cache-a.quorate.test-1:MH3PE2Cb5XadkwsGbnSivGKoIqbxDDSzu/uE+ddtfbM= https://a.example
                quorum nix a

                """)
        let output = try await Program.run(["policy", "check"], home: home)
        #expect(output.status == 0 && !output.out.contains("warning"))
        #expect(output.errorLines.count { $0.hasPrefix("warning: line 2: one party alone") } == 1, "\(output.err)")
    }
}

/// A port that is taken, and at which nobody answers.
private final class HeldPort: Sendable {
    private let socket: Int32
    let port: Int

    init() throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let socket = socket
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(socket, pointer, size) == 0 && getsockname(socket, pointer, &size) == 0
            }
        }
        guard isBound else { throw TestFailure("no port can be had") }
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    deinit { close(socket) }
}
