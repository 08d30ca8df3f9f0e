import Compression
import Foundation
import GuixFormats
import StoreFormats
import TestSupport
import Testing

/// A real guix behind a gateway whose caches have every fault that there is: whatever they do, `guix build` ends well,
/// and without `--fallback`. What cannot be had is built.
@Suite("A real guix and the gateway", .enabled(if: GuixClient.found != nil, "needs guix"), .serialized)
struct GuixClientTests {
    /// What caches do wrong with one path.
    struct Fault: Sendable {
        let name: String
        /// Whether the client gets the NAR all the same.
        var isServed = false
        /// Publishes a product at the caches of two builders, wrongly.
        let publish: @Sendable (Product, GuixScene) throws -> Void

        /// The second of two caches sends another narinfo.
        static func narInfo(
            _ name: String, _ bytes: @escaping @Sendable (Product, GuixBuilder) throws -> [UInt8]
        ) -> Fault {
            Fault(name: name) { product, scene in
                try scene.publish(product)
                try scene.builders[1].publish(product, bytes(product, scene.builders[1]))
            }
        }

        static func text(_ name: String, _ change: @escaping @Sendable (String) -> String) -> Fault {
            narInfo(name) { product, builder in
                let text = String(decoding: try builder.narInfo(product).serialized, as: UTF8.self)
                guard change(text) != text else { throw TestFailure("the fault '\(name)' changes nothing") }
                return Array(change(text).utf8)
            }
        }

        /// A line becomes another, and the signature stays.
        static func line(_ name: String, _ field: String, _ value: String) -> Fault {
            text(name) { text in
                text.split(separator: "\n", omittingEmptySubsequences: false).map {
                    $0.hasPrefix(field + ":") ? "\(field): \(value)" : String($0)
                }.joined(separator: "\n")
            }
        }

        /// A line becomes another, and the builder signs that.
        static func signed(_ name: String, _ field: String, _ value: String) -> Fault {
            narInfo(name) { product, builder in
                let part = String(decoding: try builder.narInfo(product).signedPart, as: UTF8.self)
                    .split(separator: "\n").map { $0.hasPrefix(field + ":") ? "\(field): \(value)\n" : "\($0)\n" }
                    .joined()
                let download = try GuixBuilder.download(product, .gzip)
                let signature = try builder.key.sign(Array(part.utf8), host: builder.name)
                return Array("\(part)Signature: \(signature)\nURL: \(download.url)\nCompression: gzip\n".utf8)
            }
        }

        /// Both caches answer with this for the narinfo, or for the NAR.
        static func reply(_ name: String, nar: Bool, _ reply: FakeCache.Reply) -> Fault {
            Fault(name: "\(nar ? "NAR" : "narinfo") \(name)") { product, scene in
                try scene.publish(product)
                for builder in scene.builders {
                    let url = try GuixBuilder.download(product, .gzip).url
                    builder.cache.set(nar ? "/\(url)" : "/\(product.hashPart).narinfo", reply)
                }
            }
        }

        /// Both caches send this in the place of the NAR.
        static func nar(
            _ name: String, _ format: CompressionFormat = .gzip, _ file: @escaping @Sendable (Product) throws -> [UInt8]
        ) -> Fault {
            Fault(name: "NAR \(name)") { product, scene in
                try scene.publish(product, [format])
                for builder in scene.builders {
                    builder.cache.set("/" + (try GuixBuilder.download(product, format).url), try file(product))
                }
            }
        }
    }

    static let zeros = "sha256:" + String(repeating: "0", count: 52)
    static let other = "/gnu/store/00000000000000000000000000000000-x"

    static let narInfoFaults: [Fault] = [
        .text("carriage returns") { $0.split(separator: "\n").map { $0 + "\r\n" }.joined() },
        .text("nothing") { _ in "" },
        .text("a page of HTML") { _ in "<html><body>Welcome to this network, please log in</body></html>\n" },
        .text("NarSize twice") { "NarSize: 1\n" + $0 },
        .text("NarHash twice") { "NarHash: \(zeros)\n" + $0 },
        .text("StorePath twice") { "StorePath: \(other)\n" + $0 },
        .text("References twice") { "References: \n" + $0 },
        .line("negative NarSize", "NarSize", "-1"), .signed("negative NarSize, signed", "NarSize", "-1"),
        .signed("NarSize 0, signed", "NarSize", "0"), .signed("NarSize with a sign", "NarSize", "+120"),
        .signed("NarSize over 64 bits", "NarSize", "18446744073709551616"),
        .signed("the largest NarSize", "NarSize", "9223372036854775807"),
        .line("NarHash of zeros", "NarHash", zeros), .signed("NarHash of zeros, signed", "NarHash", zeros),
        .signed("NarHash by md5", "NarHash", "md5:" + String(repeating: "0", count: 26)),
        .line("a reference that was not signed", "References", "00000000000000000000000000000000-x"),
        .signed("a reference out of the store", "References", "../../etc/passwd"),
        .line("another StorePath", "StorePath", other), .signed("another StorePath, signed", "StorePath", other),
        .signed("another store", "StorePath", "/nix/store/00000000000000000000000000000000-x"),
        .signed("a StorePath with dots", "StorePath", "/gnu/store/../../etc/passwd"),
        .text("no signature") { $0.split(separator: "\n").filter { !$0.hasPrefix("Sig") }.map { $0 + "\n" }.joined() },
        .line("a signature of no bytes", "Signature", "1;x;"),
        .line("a signature that is no expression", "Signature", "1;x;aGFsbG8="),
        .text("version 2 of signatures") { $0.replacingOccurrences(of: "Signature: 1;", with: "Signature: 2;") },
        .narInfo("another path's narinfo") { _, builder in try builder.narInfo(Product(guix: "other")).serialized },
        .narInfo("a key that the policy does not name") { product, _ in
            try GuixBuilder("stranger").narInfo(product).serialized
        },
        .narInfo("another outcome") { product, builder in
            try builder.narInfo(Product(product.storePath, nar: Nar.file([1]))).serialized
        },
    ]

    static let narFaults: [Fault] = [
        Fault(name: "none", isServed: true) { try $1.publish($0) },
        Fault(name: "no narinfo") { _, _ in },
        Fault(name: "one cache only") { try $1.builders[0].publish($0) },
        Fault(name: "no URL at one", isServed: true) { product, scene in
            try scene.publish(product)
            try scene.builders[1].publish(
                product, Array(scene.builders[1].narInfo(product, []).serialized))
        },
        Fault(name: "no URL at both") { product, scene in
            for builder in scene.builders { try builder.publish(product, builder.narInfo(product, []).serialized) }
        },
        Fault(name: "NAR wrong at one", isServed: true) { product, scene in
            try scene.publish(product)
            scene.builders[0].cache.set("/" + (try GuixBuilder.download(product, .gzip).url), [1, 2, 3])
        },
        .nar("truncated") { try compressed(Array($0.nar.dropLast(8)), .gzip) }, .nar("empty") { _ in [] },
        .nar("with a byte behind it") { try compressed($0.nar + [0], .gzip) },
        .nar("twice") { try compressed($0.nar + $0.nar, .gzip) },
        .nar("with one bit other") { product in
            var nar = product.nar
            nar[nar.count / 2] ^= 1
            return try compressed(nar, .gzip)
        },
        .nar("of another file") { _ in try compressed(Nar.file(Array("evil".utf8)), .gzip) },
        .nar("with a name that leaves") { _ in try compressed(Nar.folder([("..", "1")]), .gzip) },
        .nar("that is none") { _ in try compressed(Array("<html>".utf8), .gzip) },
        .nar("that is a bomb", .xz) { _ in try compressed([UInt8](repeating: 0, count: 64 << 20), .xz) },
        .nar("that is a bomb of many frames", .zstd) { _ in
            let frame = try compressed([UInt8](repeating: 0, count: 1 << 20), .zstd)
            return (0..<512).flatMap { _ in frame }
        },
        .nar("not compressed as it says", .xz) { $0.nar },
        .nar("cut short", .zstd) { Array(try compressed($0.nar, .zstd).dropLast(3)) },
        .nar("with rubbish behind it", .xz) { try compressed($0.nar, .xz) + [1, 2, 3, 4] },
        .nar("with another file behind it") { try compressed($0.nar, .gzip) + compressed([1], .gzip) },
    ]

    /// After these a cache is left alone for a while, so that nothing else is had from it.
    static let troubles: [Fault] = [
        .reply("says 500", nar: false, .answer(UpstreamAnswer(500))),
        .reply("says 403", nar: false, .answer(UpstreamAnswer(403))),
        .reply("is dropped", nar: false, .dropped), .reply("hangs", nar: false, .nothing),
        .reply("leads elsewhere", nar: false, .answer(UpstreamAnswer(302, headers: ["Location: http://127.0.0.1:1/"]))),
        .reply("says 404", nar: true, .answer(UpstreamAnswer(404))),
        .reply("says 500", nar: true, .answer(UpstreamAnswer(500))), .reply("is dropped", nar: true, .dropped),
        .reply(
            "is closed within", nar: true, .raw(Array("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nx".utf8))),
    ]

    /// Derivations that all machines can build, one for each fault: `$1` is their number. Prints their outputs.
    private static let derivations = """
        cat > $T/many.scm <<'END'
        (use-modules (guix store) (guix derivations) (srfi srfi-1))
        (with-store store
          (let ((shell (add-to-store store "sh" #t "sha256" (canonicalize-path "/bin/sh"))))
            (for-each
             (lambda (i)
               (let ((d (derivation store (format #f "quorate-~a" i) shell
                                    (list "-c" (format #f "echo built ~a > $out" i)) #:sources (list shell)
                                    #:system "x86_64-linux" #:env-vars '(("PATH" . "/usr/bin:/bin")))))
                 (format #t "~a ~a~%" (derivation-file-name d) (derivation->output-path d))))
             (iota (string->number (getenv "COUNT"))))))
        END
        COUNT=$1 guix repl $T/many.scm > $T/many

        """

    /// Authorizes a key, builds everything with the gateway as the only server, and prints what each output holds.
    private static let building = """
        echo "$2" | guix archive --authorize
        guix build -v1 --keep-going $(cut -d ' ' -f 1 $T/many) --substitute-urls="$3" > $T/out 2>&1 || status=$?
        cut -d ' ' -f 2 $T/many | while read out; do echo "HAS $(head -1 $out)"; done
        cat $T/out; exit ${status:-0}

        """

    private static func check(_ faults: [Fault], _ options: [String]) async throws {
        let guix = try #require(GuixClient.found)
        let listing = try await guix.run(derivations + "cat $T/many", [String(faults.count)])
        let outputs = listing.text.split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) }
        try #require(listing.status == 0 && outputs.count == faults.count, "\(listing.text)")
        let scene = try GuixScene()
        for (index, (output, fault)) in zip(outputs, faults).enumerated() {
            let path = try StorePath(baseName: String(output.dropFirst("/gnu/store/".count)), in: .gnu)
            try fault.publish(Product(path, nar: Nar.file(Array("fetched \(index)\n".utf8))), scene)
        }
        try await scene.run { home in
            try await withGateway(home, ["--mode", "enforce"] + options) { gateway async throws in
                var keys = scene.builders.map(\.key.publicKey)
                if !options.contains("filter") { keys = [try await gateway.guixKey()] }
                for key in keys {
                    let text = String(decoding: key.fileContents, as: UTF8.self)
                    let output = try await guix.run(
                        derivations + building, [String(faults.count), text, gateway.address])
                    #expect(output.status == 0, "\(output.text.suffix(4000))")
                    let contents = output.text.split(separator: "\n").filter { $0.hasPrefix("HAS ") }
                    #expect(contents.count == faults.count)
                    let isFiltered = options.contains("filter")
                    for (index, (line, fault)) in zip(contents, faults).enumerated() {
                        // With one of the builders' keys alone a client may refuse the other's narinfo, and builds.
                        let expected =
                            fault.isServed
                            ? ["fetched \(index)"] + (isFiltered ? ["built \(index)"] : []) : ["built \(index)"]
                        #expect(expected.contains(String(line.dropFirst(4))), "\(fault.name): \(line)")
                    }
                }
            }
        }
    }

    @Test("Whatever is wrong with narinfos, everything is built")
    func narInfos() async throws { try await Self.check(Self.narInfoFaults + Self.narFaults.prefix(2), []) }

    @Test("Whatever is wrong with NARs, everything is fetched or built", arguments: ["re-sign", "filter"])
    func nars(_ signing: String) async throws { try await Self.check(Self.narFaults, ["--signing", signing]) }

    @Test("Whatever trouble caches have, everything is built")
    func troubled() async throws { try await Self.check(Self.troubles, []) }
}
