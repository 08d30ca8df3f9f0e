import Foundation
import StoreFormats
import TestSupport
import Testing

@Suite("quorate weather")
struct WeatherTests {
    /// What `weather --json` prints, as far as it is looked at here.
    struct Document: Decodable {
        struct Server: Decodable {
            struct Files: Decodable, Equatable {
                let files: Int
                let fileBytes: UInt64
                let unstatedSizes: Int
            }
            struct Wanted: Decodable, Equatable {
                let path: String
                let dependents: Int
            }
            let name: String
            let asked: Int
            let available: Int
            let unsigned: Int
            let troubles: Int
            let narBytes: UInt64
            let compressions: [String: Files]
            let missing: [String]
            let mostWanted: [Wanted]?
            let roundTripSeconds: Double?

            var counts: [Int] { [asked, available, unsigned, troubles] }
        }
        let version: Int
        let paths: Int
        let available: Int
        let differing: [String]
        let missingEverywhere: [String]
        let unasked: [String]
        let servers: [Server]

        init(_ text: String) throws { self = try JSONDecoder().decode(Document.self, from: Data(text.utf8)) }
    }

    private static func weather(
        _ arguments: [String], home: Home, input: String = ""
    ) async throws -> (status: Int32, document: Document) {
        let output = try await Program.run(["weather", "--json"] + arguments, home: home, input: input)
        return (output.status, try Document(output.out))
    }

    @Test("Coverage, sizes, signatures and what is missing, for each server")
    func coverage() async throws {
        let scene = try Scene(2)
        let leaf = try Product("leaf")
        var middle = try Product("middle")
        middle.references = [leaf.storePath]
        var top = try Product("top")
        top.references = [middle.storePath, leaf.storePath]
        let (all, other) = ([leaf, middle, top], Product(leaf.storePath, nar: Nar.file(Array("other".utf8))))
        for product in all { try scene.publish(product, at: 0) }
        try scene.caches[1].publish(other, by: Builder(as: "bert", Builder("bert").key))
        let nowhere = try Product("nowhere")
        let paths = (all + [nowhere]).map(\.storePath.path)
        try await scene.run { home in
            let (status, document) = try await Self.weather(["--coverage", "2"] + paths, home: home)
            #expect(status == 1)
            #expect(document.paths == 4)
            #expect(document.available == 3)
            #expect(document.differing == [leaf.storePath.path])
            #expect(document.missingEverywhere == [nowhere.storePath.path])
            let (anna, bert) = (document.servers[0], document.servers[1])
            #expect(anna.counts == [4, 3, 0, 0])
            #expect(anna.narBytes == UInt64(all.map(\.nar.count).reduce(0, +)))
            #expect(anna.compressions == ["none": .init(files: 3, fileBytes: 0, unstatedSizes: 3)])
            #expect(bert.counts == [4, 1, 1, 0])
            // Nothing needs the other two that are missing: of equals the first by name.
            let second = min(all[2].storePath, nowhere.storePath)
            #expect(bert.mostWanted?.map(\.path) == [all[1].storePath.path, second.path])
            #expect(bert.mostWanted?.map(\.dependents) == [1, 0])
            let text = try await Program.run(["weather", "--missing"] + paths, home: home)
            #expect(text.status == 1)
            #expect(text.out.contains("75.0 % available: 3 of 4"))
            #expect(text.out.contains("missing: \(nowhere.storePath.path)"))
            #expect(text.out.contains("no known key signed 1"))
        }
    }

    @Test("--closure follows what the servers say, --manifest takes the paths that a file names")
    func sources() async throws {
        let scene = try Scene(2)
        let leaf = try Product("leaf")
        var top = try Product("top")
        top.references = [leaf.storePath]
        for product in [top, leaf] { try scene.publish(product, at: 0, 1) }
        let (whole, one) = (top, leaf)
        try await scene.run { home in
            let (status, document) = try await Self.weather(["--closure", whole.storePath.path], home: home)
            #expect(status == 0)
            #expect(document.paths == 2)
            #expect(document.servers.map(\.available) == [2, 2])
            try home.folder.write("profile/manifest.json", #"{"storePaths":["\#(one.storePath.path)"]}"#)
            let (_, profile) = try await Self.weather(["--manifest", home.folder.file("profile")], home: home)
            #expect(profile.paths == 1)
            let (_, lines) = try await Self.weather(["-"], home: home, input: "\(one.storePath.path)\n")
            #expect(lines.paths == 1)
        }
    }

    @Test("What no server was asked about is not there, however much the servers have of the rest")
    func unasked() async throws {
        let scene = try Scene(2)
        let product = try Product("there")
        try scene.publish(product, at: 0, 1)
        let paths = [product.storePath.path, "/gnu/store/ra3zvhy7kz9mqngxjgql9d8sskbkz60b-timestamp-1.0"]
        try await scene.run { home in
            let (status, document) = try await Self.weather(paths, home: home)
            #expect(status == 1)
            #expect(document.servers.map(\.available) == [1, 1])
            #expect(document.unasked == [paths[1]])
            let text = try await Program.run(["weather", "--missing"] + paths, home: home)
            #expect(text.out.contains("no server was asked about 1 of /gnu/store"))
            #expect(text.out.contains("not asked about: \(paths[1])"))
            let (whole, _) = try await Self.weather([paths[0]], home: home)
            #expect(whole == 0)
        }
    }

    @Test("How soon nothing came is no speed")
    func noPace() async throws {
        let path = "/nix/store/00000000000000000000000000000000-x"
        let output = try await Program.run(["weather", "--url", "http://127.0.0.1:1", path], home: Home())
        #expect(output.status == 1)
        #expect(!output.out.contains("a second for many"))
        #expect(output.out.contains("no usable answer about 1"))
    }

    @Test("What one question costs is what a question about a path costs")
    func roundTrip() async throws {
        let scene = try Scene(2)
        let product = try Product("slow")
        try scene.publish(product, at: 0)
        let narInfo = try product.narInfo([scene.builders[0]]).serialized
        scene.caches[0].set(
            "/\(product.hashPart).narinfo", .late(.milliseconds(300), UpstreamAnswer(body: narInfo)))
        scene.caches[1].setEverything(.dropped)
        try await scene.run { home in
            let (_, document) = try await Self.weather([product.storePath.path], home: home)
            #expect(document.servers[0].available == 1)
            #expect(try #require(document.servers[0].roundTripSeconds) >= 0.3)
            #expect(document.servers[1].roundTripSeconds == nil)
        }
    }

    @Test("A server that is down, and one that lies, are named; the others are counted")
    func trouble() async throws {
        let scene = try Scene(3)
        let (product, other) = (try Product("sound"), try Product("other"))
        try scene.publish(product, at: 0)
        scene.caches[1].setEverything(.dropped)
        scene.caches[2].set("/\(product.hashPart).narinfo", try other.narInfo([scene.builders[2]]).serialized)
        try await scene.run { home in
            let (status, document) = try await Self.weather(
                ["--deadline", "1", product.storePath.path], home: home)
            #expect(status == 1)
            #expect(document.servers.map(\.available) == [1, 0, 0])
            #expect(document.servers.map(\.troubles) == [0, 1, 1])
        }
    }

    @Test(
        "What cannot be understood is one clear line on standard error and nothing on standard output",
        arguments: [
            ([], 64), (["--substitute-urls", "", "x"], 64), (["--coverage", "0", "x"], 64),
            (["--manifest", "-", "-"], 64), (["--manifest", "/no/such"], 66),
            (["--manifest", "/etc/passwd"], 65), (["/nix/store/x"], 65),
        ] as [([String], Int32)])
    func badInput(arguments: [String], status: Int32) async throws {
        let output = try await Program.run(["weather"] + arguments, home: Home(policy: ""))
        #expect(output.status == status)
        #expect(output.out == "")
        #expect(!output.err.isEmpty)
    }
}
